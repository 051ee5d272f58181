//! What the bench compares with the model besides beats: responses, and what the lane is shown.

use super::bench::Bench;
use crate::unit::memory::model::{DONE, END, Request, Response};
use crate::unit::memory::unit::MemoryUnit;
use gasworks_abi::micro_op::Op;

impl Bench {
    /// The lane sees the lengths of the hart whose task is offered.
    pub(super) fn check_lengths(&self, unit: &MemoryUnit, hart: usize) {
        let model = &self.model.harts[hart];
        let (shown, expected) = (unit.in_range_len.val().index(), model.in_range.1);
        assert_eq!(shown, expected, "in_range_len of hart {hart}");
        let (shown, expected) = (unit.return_len.val().index(), model.return_data.len());
        assert_eq!(shown, expected, "return_len of hart {hart}");
    }

    pub(super) fn check_selected(&mut self, unit: &MemoryUnit) {
        // Something begins in the cycle of the select: its effects may show.
        let Some(hart) = self.selected.take().filter(|_| self.under_way.is_none()) else {
            return;
        };
        if !self.alive[hart] || self.start.is_some() {
            return;
        }
        let model = &self.model.harts[hart];
        assert_eq!(
            unit.output_len.val().to_u64(),
            u64::from(model.output_len),
            "output_len"
        );
        assert_eq!(
            unit.log_beats.val().to_u64(),
            u64::from(model.log_beats),
            "log_beats"
        );
        assert_eq!(
            unit.log_count.val().to_u64(),
            u64::from(model.log_count),
            "log_count"
        );
        assert_eq!(unit.cursor.val().low(), model.cursor(), "cursor");
        let limit = model.result_iova + u64::from(model.result_len);
        assert_eq!(unit.limit.val().low(), limit, "limit");
    }
}

/// A response must be that of the model, in what counts of it.
pub(super) fn compare(request: &Request, expected: &Response, got: &Response) {
    let with_value = matches!(
        request.op,
        Op::MLoad | Op::MSize | Op::CalldataLoad | Op::Keccak256
    );
    let same = got.status == expected.status
        && got.code == expected.code
        && (got.cost == expected.cost || (got.status != DONE && got.status != END))
        && (got.value == expected.value || !with_value || got.status != DONE);
    assert!(
        same,
        "{request:x?}\nexpected {expected:x?}\ngot      {got:x?}"
    );
}
