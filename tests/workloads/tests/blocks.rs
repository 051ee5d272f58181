//! Every workload at every degree of conflict, executed on revm from its JSON text alone.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Transaction, Typed2718, proofs};
use alloy_primitives::{U256, b256, keccak256};
use alloy_trie::TrieAccount;
use alloy_trie::root::{state_root_unhashed, storage_root_unhashed};
use common::{BASE_FEE, Cell, Run, json_of, run};
use gasworks_workloads::{Bundle, Params, Workload, WorkloadError, bundle};

const TXS: usize = 40;
const CONFLICTS: [f64; 3] = [0.0, 0.5, 1.0];

fn params(conflict: f64) -> Params {
    Params {
        txs: TXS,
        conflict,
        seed: 42,
    }
}

/// Makes the bundle, sends it through JSON, and executes it.
fn executed(workload: Workload, conflict: f64) -> (Bundle, Run) {
    let bundle = bundle(workload, &params(conflict)).unwrap();
    let run = run(&serde_json::from_str(&bundle.to_json()).unwrap());
    (bundle, run)
}

fn for_every_block(check: impl Fn(Workload, f64, &Bundle, &Run)) {
    for workload in Workload::ALL {
        for conflict in CONFLICTS {
            let (bundle, run) = executed(workload, conflict);
            check(workload, conflict, &bundle, &run);
        }
    }
}

#[test]
fn all_transactions_succeed_and_the_header_agrees() {
    for_every_block(|workload, conflict, bundle, run| {
        let header = &bundle.block.header.inner;
        assert!(
            run.txs.iter().all(|tx| tx.is_success),
            "{workload} {conflict}"
        );
        assert_eq!(run.txs.len(), TXS);
        assert_eq!(header.gas_used, run.gas_used, "{workload} {conflict}");
        assert_eq!(header.logs_bloom, run.logs_bloom, "{workload} {conflict}");
        assert_eq!(
            header.receipts_root, run.receipts_root,
            "{workload} {conflict}"
        );
        assert_eq!(bundle.block.header.hash, header.hash_slow());
        assert!(header.gas_used <= header.gas_limit);
    });
}

#[test]
fn senders_recover_from_their_signatures() {
    for_every_block(|workload, _, bundle, _| {
        let transactions = bundle.block.clone().into_transactions_vec();
        let envelopes: Vec<_> = transactions
            .iter()
            .map(|tx| tx.inner.inner().clone())
            .collect();
        assert_eq!(
            bundle.block.header.transactions_root,
            proofs::calculate_transaction_root(&envelopes)
        );
        let senders: BTreeSet<_> = transactions.iter().map(|tx| tx.inner.signer()).collect();
        assert_eq!(senders.len(), TXS, "{workload}: every sender is another");
        for transaction in &transactions {
            assert_eq!(
                transaction.inner.inner().recover_signer().unwrap(),
                transaction.inner.signer()
            );
            assert_eq!((transaction.ty(), transaction.chain_id()), (2, Some(1)));
        }
    });
}

#[test]
fn nothing_but_the_beneficiary_is_shared_without_conflict() {
    for workload in Workload::ALL {
        let (_, run) = executed(workload, 0.0);
        let mut writers: BTreeMap<&Cell, usize> = BTreeMap::new();
        for (index, tx) in run.txs.iter().enumerate() {
            for cell in &tx.writes {
                let other = writers.insert(cell, index);
                assert_eq!(
                    other, None,
                    "{workload}: {cell:?} is written by {index} too"
                );
            }
        }
        for (index, tx) in run.txs.iter().enumerate() {
            for cell in &tx.reads {
                let writer = writers.get(cell).copied().unwrap_or(index);
                assert_eq!(writer, index, "{workload}: {index} reads {cell:?}");
            }
        }
    }
}

#[test]
fn the_hot_state_is_written_by_the_share_asked_for() {
    for workload in Workload::ALL
        .into_iter()
        .filter(|workload| *workload != Workload::Mixed)
    {
        for conflict in [0.25, 0.5, 1.0] {
            let (_, run) = executed(workload, conflict);
            let mut writers: BTreeMap<&Cell, usize> = BTreeMap::new();
            run.txs
                .iter()
                .flat_map(|tx| &tx.writes)
                .for_each(|cell| *writers.entry(cell).or_default() += 1);
            let wanted = (conflict * TXS as f64) as usize;
            assert_eq!(
                writers.values().max(),
                Some(&wanted),
                "{workload} {conflict}"
            );
        }
    }
}

#[test]
fn single_frame_workloads_enter_one_frame() {
    for_every_block(|workload, conflict, _, run| {
        for tx in &run.txs {
            if workload.is_single_frame() {
                assert_eq!(tx.frames, 1, "{workload} {conflict}");
            }
            assert!(
                workload != Workload::SwapRouted || tx.frames == 8,
                "{} frames",
                tx.frames
            );
            assert!(tx.opcodes > 100, "{workload}: only {} opcodes", tx.opcodes);
        }
    });
}

#[test]
fn the_pre_state_is_what_the_block_touches() {
    for_every_block(|workload, conflict, bundle, run| {
        let mut touched: BTreeSet<Cell> = run
            .txs
            .iter()
            .flat_map(|tx| tx.reads.iter().cloned())
            .collect();
        touched.insert(Cell::Account(bundle.block.header.beneficiary));
        let mut held = BTreeSet::new();
        for (address, account) in &bundle.pre_state {
            held.insert(Cell::Account(*address));
            held.extend(
                account
                    .storage
                    .keys()
                    .map(|slot| Cell::Slot(*address, *slot)),
            );
        }
        assert_eq!(touched, held, "{workload} {conflict}");
        let named: BTreeSet<_> = bundle
            .pre_state
            .values()
            .filter_map(|account| account.code_hash)
            .collect();
        assert_eq!(
            named,
            bundle.codes.keys().copied().collect(),
            "{workload} {conflict}"
        );
    });
}

#[test]
fn the_state_root_is_that_of_the_accounts_after_the_block() {
    for_every_block(|workload, conflict, bundle, run| {
        let leaves = run.post_state.iter().map(|(address, account)| {
            let slots = account.storage.iter().filter(|(_, value)| !value.is_zero());
            let leaf = TrieAccount {
                nonce: account.nonce,
                balance: account.balance,
                storage_root: storage_root_unhashed(
                    slots.map(|(slot, value)| ((*slot).into(), *value)),
                ),
                code_hash: account.code_hash.unwrap_or(keccak256([])),
            };
            (*address, leaf)
        });
        assert_eq!(
            bundle.block.header.state_root,
            state_root_unhashed(leaves),
            "{workload} {conflict}"
        );
    });
}

#[test]
fn ether_is_only_burnt() {
    for_every_block(|workload, conflict, bundle, run| {
        let before: U256 = bundle
            .pre_state
            .values()
            .map(|account| account.balance)
            .sum();
        let burnt = U256::from(run.gas_used) * U256::from(BASE_FEE);
        assert_eq!(before, run.balances() + burnt, "{workload} {conflict}");
    });
}

#[test]
fn the_same_parameters_give_the_same_bytes() {
    for workload in Workload::ALL {
        let text = bundle(workload, &params(0.5)).unwrap().to_json();
        assert_eq!(text, bundle(workload, &params(0.5)).unwrap().to_json());
        let other = Params {
            seed: 43,
            ..params(0.5)
        };
        assert_ne!(text, bundle(workload, &other).unwrap().to_json());
    }
}

#[test]
fn json_has_the_shape_of_the_real_blocks() {
    for_every_block(|workload, _, bundle, _| {
        assert_eq!(
            &serde_json::from_str::<Bundle>(&bundle.to_json()).unwrap(),
            bundle,
            "{workload}"
        );
    });
    let value = json_of(&bundle(Workload::Transfer, &params(0.0)).unwrap());
    let keys: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        BTreeSet::from_iter(keys),
        BTreeSet::from(["block", "pre_state", "codes", "block_hashes"])
    );
    let block = &value["block"];
    for key in common::HEADER_KEYS {
        assert!(!block[key].is_null(), "block.{key}");
    }
    for key in common::TRANSACTION_KEYS {
        assert!(
            !block["transactions"][0][key].is_null(),
            "block.transactions[0].{key}"
        );
    }
    assert_eq!(block["number"], format!("{:#x}", 22_600_000));
    assert_eq!(block["withdrawals"], serde_json::json!([]));
    for account in value["pre_state"].as_object().unwrap().values() {
        assert!(
            account["nonce"].is_u64()
                && account["balance"].is_string()
                && account["storage"].is_object()
        );
    }
    assert!(value["block_hashes"]["22599999"].is_string());
}

#[test]
fn parameters_out_of_range_are_refused() {
    let made = |txs, conflict| {
        bundle(
            Workload::Dao,
            &Params {
                txs,
                conflict,
                seed: 0,
            },
        )
    };
    assert!(matches!(
        made(0, 0.0),
        Err(WorkloadError::TxCount { txs: 0 })
    ));
    assert!(matches!(
        made(1_000_000, 0.0),
        Err(WorkloadError::TxCount { .. })
    ));
    for conflict in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(
            made(1, conflict),
            Err(WorkloadError::Conflict { .. })
        ));
    }
    assert_eq!(made(1, 1.0).unwrap().block.transactions.len(), 1);
    let error = "votes".parse::<Workload>().unwrap_err().to_string();
    assert!(
        error.contains("votes") && error.contains("swap-routed"),
        "{error}"
    );
    for workload in Workload::ALL {
        assert_eq!(workload.to_string().parse::<Workload>().unwrap(), workload);
    }
}

/// A changed hash is a changed workload: say so in the changelog, for results are no longer comparable.
#[test]
fn a_seed_names_the_same_block_for_ever() {
    let hashes = [
        (
            Workload::Transfer,
            b256!("7d945fc00003495937f5838430f7fedca978bfe3b8e44b0a0ce98632b6cfd452"),
        ),
        (
            Workload::Swap,
            b256!("5cc7b9488348e08247dc2ba17fb244af9cdf192af8eeee49fbc3112729bddc64"),
        ),
        (
            Workload::SwapRouted,
            b256!("24ca33fe6b9fd4c12a2f142857729b9137da70fdf921aeeb4eb81490977f4559"),
        ),
        (
            Workload::Game,
            b256!("3a48be5f6035b5d6048bde100ef609c2c50deef5a3bf098f3be078f312c45bef"),
        ),
        (
            Workload::Supply,
            b256!("1768a38851938c2e87e22f3d709b810cd58d5f661f0d5feff76157e1770b4a1c"),
        ),
        (
            Workload::Dao,
            b256!("f333b99933caad5aa1710023b090f32cdb1e3512feebbc4186e2e29205f23256"),
        ),
        (
            Workload::Nft,
            b256!("faa1bed969dc55ff7edf55ad0dde60833a1d469938881b1bdc4f00c9334b8406"),
        ),
        (
            Workload::Mixed,
            b256!("3f4a5a8d77169fef4a9966ad766b11fa970aa03829a9562088b44fd56990cfe7"),
        ),
    ];
    for (workload, hash) in hashes {
        let made = bundle(
            workload,
            &Params {
                txs: 10,
                conflict: 0.5,
                seed: 1,
            },
        )
        .unwrap();
        assert_eq!(made.block.header.hash, hash, "{workload}");
    }
}
