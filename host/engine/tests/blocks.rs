//! Real mainnet blocks: every transaction equals sequential revm's, every block its header.

mod common;

use gasworks::{Bundle, Options, Replay};

#[test]
fn software_reproduces_every_header() {
    for path in common::blocks() {
        let bundle = Bundle::load(&path).unwrap();
        let mut last = 0;
        let report = Replay::run(&bundle, None, &Options::default(), |p| last = p.done).unwrap();
        let totals = &report.totals;
        println!(
            "{} {}: {} txs, {} opcodes, plain {}, revm {:.1} ms, wall {:.1} ms",
            report.number,
            report.spec,
            totals.txs,
            totals.opcodes,
            totals.plain,
            totals.revm_ms,
            totals.wall_ms
        );
        assert!(totals.is_ok(), "{report:#?}");
        assert_eq!(totals.gas_used_ok, Some(true));
        assert_eq!(totals.logs_bloom_ok, Some(true));
        let has_root = report.number >= 4_370_000;
        assert_eq!(totals.receipts_root_ok, has_root.then_some(true));
        assert_eq!(last, bundle.block.transactions.len());
    }
}
