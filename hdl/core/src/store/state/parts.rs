//! Parts of the state unit by themselves, against models of a few lines.

use gasworks_verilog::harness::Stimulus;
use rust_hdl::prelude::*;

use super::call_price::CallPrice;
use super::journal::Journal;

macro_rules! cycle {
    ($block:expr) => {
        cycle!($block, {})
    };
    ($block:expr, $check:block) => {
        $block.clock.next = false.into();
        assert!(simulate(&mut $block, 100));
        $check
        $block.clock.next = true.into();
        assert!(simulate(&mut $block, 100));
    };
}

#[test]
fn gas_is_shared_as_eip_150_says() {
    let mut price = CallPrice::default();
    price.connect_all();
    let mut stimulus = Stimulus::new(1);
    for round in 0..2000 {
        let gas = match round % 4 {
            0 => stimulus.below(200),
            1 => u64::MAX - stimulus.below(3),
            2 => 63 + 64 * stimulus.below(1000),
            _ => stimulus.draw() >> stimulus.below(40),
        };
        let cost = stimulus.below(1 + gas.min(39_100));
        let most = (gas - cost) - (gas - cost) / 64;
        let limit = match stimulus.below(4) {
            0 => most,
            1 => most.saturating_sub(1),
            2 => most.wrapping_add(1),
            _ => stimulus.draw(),
        };
        let (unlimited, has_value) = (stimulus.bit(), stimulus.bit());
        let given = if unlimited { most } else { limit.min(most) };
        price.gas.next = gas.into();
        price.cost.next = cost.into();
        price.limit.next = limit.into();
        price.is_unlimited.next = unlimited;
        price.has_value.next = has_value;
        for step in 0..4 {
            price.start.next = step == 0;
            cycle!(price, { assert_eq!(price.done.val(), step == 3) });
            if step == 2 {
                price.clock.next = false.into();
                assert!(simulate(&mut price, 100));
                let stipend = if has_value { 2300 } else { 0 };
                assert_eq!(price.callee_gas.val().low(), given.wrapping_add(stipend));
            }
        }
        assert_eq!(price.total.val().low(), cost + given);
    }
}

#[derive(Clone, Default)]
struct Model {
    saved: Vec<(u64, u64, u64)>,
    refund: i64,
    is_static: bool,
    marks: Vec<(usize, i64, bool)>,
}

#[test]
fn frames_give_back_what_they_saved() {
    let (mut journal, mut stimulus) = (Journal::new(3, 2), Stimulus::new(2));
    journal.connect_all();
    journal.capacity.next = 8u64.into();
    let mut models = vec![Model::default(); 4];
    let (mut backs, mut pops) = (0, 0);
    for _ in 0..8000 {
        let hart = stimulus.below(4) as usize;
        let model = &mut models[hart];
        journal.hart.next = (hart as u64).into();
        for strobe in [
            &mut journal.save,
            &mut journal.back,
            &mut journal.push,
            &mut journal.pop,
            &mut journal.pop_refund,
            &mut journal.refund_add,
            &mut journal.clear,
        ] {
            strobe.next = false;
        }
        cycle!(journal); // what needs the hart for a cycle
        let mark = model.marks.last().copied();
        let at_mark = mark.is_some_and(|mark| mark.0 == model.saved.len());
        let index = stimulus.below(512);
        let (meta, value) = (stimulus.below(1 << 25), stimulus.draw());
        match stimulus.below(12) {
            0..4 if model.saved.len() < 8 => {
                journal.save.next = true;
                journal.index.next = index.into();
                journal.meta.next = meta.into();
                journal.value.next = value.into();
                model.saved.push((index, meta, value));
            }
            4..6 if mark.is_some() && !at_mark => {
                journal.clock.next = false.into();
                assert!(simulate(&mut journal, 100));
                let got = (
                    journal.saved_index.val().low(),
                    journal.saved_meta.val().low(),
                    journal.saved_value.val().low(),
                );
                assert_eq!(Some(got), model.saved.pop());
                journal.back.next = true;
                backs += 1;
            }
            6 if model.marks.len() < 3 => {
                let is_static = stimulus.bit();
                journal.push.next = true;
                journal.push_static.next = is_static;
                model
                    .marks
                    .push((model.saved.len(), model.refund, model.is_static));
                model.is_static = is_static;
            }
            7..9 if mark.is_some() => {
                let undo = stimulus.bit();
                journal.pop.next = true;
                journal.pop_refund.next = undo;
                let (_, refund, was_static) = model.marks.pop().expect("there is one");
                model.is_static = was_static;
                if undo {
                    model.refund = refund;
                }
                pops += 1;
            }
            9..11 => {
                let (clears, restores) = (stimulus.below(30_001) as i64 - 15_000, 19_900);
                journal.refund_add.next = true;
                journal.clears.next = u64::from(clears as u16).into();
                journal.restores.next = (restores as u64).into();
                model.refund += clears + restores;
            }
            _ if stimulus.chance(200) => {
                journal.clear.next = true;
                *model = Model::default();
            }
            _ => {}
        }
        cycle!(journal, {
            if mark.is_some() && !journal.back.val() {
                assert_eq!(journal.is_at_mark.val(), at_mark);
            }
        });
        for strobe in [
            &mut journal.save,
            &mut journal.back,
            &mut journal.push,
            &mut journal.pop,
            &mut journal.pop_refund,
            &mut journal.refund_add,
            &mut journal.clear,
        ] {
            strobe.next = false;
        }
        cycle!(journal);
        let model = &models[hart];
        assert_eq!(journal.refund.val().low() as i64, model.refund);
        assert_eq!(journal.in_frame.val(), !model.marks.is_empty());
        assert_eq!(journal.is_full.val(), model.saved.len() == 8);
        let statics: u64 = journal.is_static.val().into();
        for (hart, model) in models.iter().enumerate() {
            assert_eq!(statics >> hart & 1 == 1, model.is_static);
        }
    }
    assert!(backs > 100 && pops > 100);
}
