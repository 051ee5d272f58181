//! What each workload does to its contract's state, seen through the storage layout.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use alloy_consensus::Transaction;
use alloy_primitives::{Address, B256, Log, U256, keccak256};
use common::{Cell, Run, run};
use gasworks_workloads::artefact::{Artefact, Place, mapping};
use gasworks_workloads::{Bundle, Params, Workload, bundle};

const TXS: usize = 60;

/// Makes and executes the workload at every degree of conflict.
fn for_every_conflict(workload: Workload, check: impl Fn(usize, &Bundle, &Run)) {
    for conflict in [0.0, 0.5, 1.0] {
        let bundle = bundle(
            workload,
            &Params {
                txs: TXS,
                conflict,
                seed: 7,
            },
        )
        .unwrap();
        let hot_txs = (conflict * TXS as f64) as usize;
        check(hot_txs, &bundle, &run(&bundle));
    }
}

/// The one contract with the code of `artefact`.
fn address_of(bundle: &Bundle, artefact: &Artefact) -> Address {
    addresses_of(bundle, artefact).into_iter().next().unwrap()
}

fn addresses_of(bundle: &Bundle, artefact: &Artefact) -> Vec<Address> {
    let hash = Some(keccak256(&artefact.runtime));
    bundle
        .pre_state
        .iter()
        .filter(|(_, account)| account.code_hash == hash)
        .map(|(address, _)| *address)
        .collect()
}

fn logs(run: &Run, signature: &str) -> Vec<Log> {
    let topic = keccak256(signature);
    run.txs
        .iter()
        .flat_map(|tx| &tx.logs)
        .filter(|log| log.topics()[0] == topic)
        .cloned()
        .collect()
}

/// Word `n` of a log's data.
fn word(log: &Log, n: usize) -> U256 {
    U256::from_be_slice(&log.data.data[n * 32..n * 32 + 32])
}

/// The value at `place` before and after the block.
fn change(bundle: &Bundle, run: &Run, contract: Address, place: Place) -> (U256, U256) {
    let before = bundle.pre_state[&contract]
        .storage
        .get(&place.slot)
        .copied()
        .unwrap_or_default();
    (
        place.extract(before),
        place.extract(run.slot(contract, place.slot)),
    )
}

/// The sums of the balances of everyone in `holders`, before and after the block.
fn sums(bundle: &Bundle, run: &Run, contract: Address, holders: &BTreeSet<U256>) -> (U256, U256) {
    let pairs = holders.iter().map(|slot| {
        change(
            bundle,
            run,
            contract,
            Place {
                slot: *slot,
                offset: 0,
                bytes: 32,
            },
        )
    });
    pairs.fold((U256::ZERO, U256::ZERO), |sum, pair| {
        (sum.0 + pair.0, sum.1 + pair.1)
    })
}

/// The balance slots of everyone in the `Transfer` events of one token.
fn holders(run: &Run, token: Address) -> BTreeSet<U256> {
    let balances = Artefact::token().variable("balanceOf").slot;
    let events = logs(run, "Transfer(address,address,uint256)");
    let of_token = events.iter().filter(|log| log.address == token);
    of_token
        .flat_map(|log| log.topics()[1..3].to_vec())
        .map(|account| mapping(balances, account))
        .collect()
}

#[test]
fn transfers_conserve_the_token() {
    for_every_conflict(Workload::Transfer, |hot_txs, bundle, run| {
        let token = address_of(bundle, &Artefact::token());
        let (before, after) = sums(bundle, run, token, &holders(run, token));
        assert_eq!(before, after);
        let events = logs(run, "Transfer(address,address,uint256)");
        assert_eq!(events.len(), TXS);
        let mut received: BTreeMap<B256, usize> = BTreeMap::new();
        events
            .iter()
            .for_each(|log| *received.entry(log.topics()[2]).or_default() += 1);
        assert_eq!(received.values().max(), Some(&hot_txs.max(1)));
        assert!(
            run.txs
                .iter()
                .all(|tx| (20_000..70_000).contains(&tx.gas_used))
        );
    });
}

#[test]
fn swaps_conserve_both_tokens_and_never_lower_the_product() {
    for_every_conflict(Workload::Swap, |hot_txs, bundle, run| {
        let exchange = Artefact::exchange();
        let address = address_of(bundle, &exchange);
        let swaps = logs(run, "Swap(uint256,address,address,bool,uint256,uint256)");
        assert_eq!(swaps.len(), TXS);
        let pools: BTreeSet<B256> = swaps.iter().map(|log| log.topics()[1]).collect();
        assert_eq!(pools.len(), TXS - hot_txs + usize::from(hot_txs > 0));
        for pool in pools {
            let base = mapping(exchange.variable("pools").slot, pool);
            let reserves = ["reserve0", "reserve1"].map(|label| {
                change(
                    bundle,
                    run,
                    address,
                    exchange.member("Pool", label).at(base),
                )
            });
            let [(before0, after0), (before1, after1)] = reserves;
            assert!(
                after0 * after1 > before0 * before1,
                "the fee stays in the pool"
            );
            let of_pool = swaps.iter().filter(|log| log.topics()[1] == pool);
            let (mut wanted0, mut wanted1) = (before0, before1);
            for log in of_pool {
                let (amount_in, amount_out) = (word(log, 1), word(log, 2));
                let zero_for_one = !word(log, 0).is_zero();
                let (into, out) = if zero_for_one {
                    (&mut wanted0, &mut wanted1)
                } else {
                    (&mut wanted1, &mut wanted0)
                };
                *into += amount_in;
                *out -= amount_out;
            }
            assert_eq!((after0, after1), (wanted0, wanted1));
        }
        assert_tokens_conserved(bundle, run, &swaps);
    });
}

/// Reserves and deposits together are what they were, token by token.
fn assert_tokens_conserved(bundle: &Bundle, run: &Run, swaps: &[Log]) {
    let exchange = Artefact::exchange();
    let address = address_of(bundle, &exchange);
    let deposits = exchange.variable("deposits").slot;
    for token in 0..=(2 * TXS as u64 + 1) {
        let base = mapping(exchange.variable("pools").slot, U256::from(token / 2));
        let label = ["reserve0", "reserve1"][(token % 2) as usize];
        let reserve = change(
            bundle,
            run,
            address,
            exchange.member("Pool", label).at(base),
        );
        let parties = swaps.iter().flat_map(|log| log.topics()[2..4].to_vec());
        let slots = parties
            .map(|party| mapping(mapping(deposits, party), U256::from(token)))
            .collect();
        let held = sums(bundle, run, address, &slots);
        assert_eq!(reserve.0 + held.0, reserve.1 + held.1, "token {token}");
    }
}

#[test]
fn routed_swaps_conserve_both_tokens_and_the_pairs_follow() {
    for_every_conflict(Workload::SwapRouted, |hot_txs, bundle, run| {
        let (token, pair) = (Artefact::token(), Artefact::pair());
        let tokens = addresses_of(bundle, &token);
        assert_eq!(tokens.len(), 2);
        for token in &tokens {
            let (before, after) = sums(bundle, run, *token, &holders(run, *token));
            assert_eq!(before, after);
        }
        let pairs = addresses_of(bundle, &pair);
        assert_eq!(pairs.len(), TXS - hot_txs + usize::from(hot_txs > 0));
        for address in pairs {
            for side in ["0", "1"] {
                let (of, _) = change(bundle, run, address, pair.variable(&format!("token{side}")));
                let of = Address::from_word(of.into());
                let (_, reserve) = change(
                    bundle,
                    run,
                    address,
                    pair.variable(&format!("reserve{side}")),
                );
                let slot = mapping(token.variable("balanceOf").slot, address.into_word());
                assert_eq!(reserve, run.slot(of, slot));
            }
            let (_, entered) = change(bundle, run, address, pair.variable("entered"));
            assert_eq!(entered, U256::from(1));
        }
    });
}

#[test]
fn games_conserve_gold_and_keep_every_hero_on_one_tile() {
    for_every_conflict(Workload::Game, |hot_txs, bundle, run| {
        let game = Artefact::game();
        let address = address_of(bundle, &game);
        let played = logs(run, "Played(uint256,address,uint256,uint64)");
        let arenas: BTreeMap<B256, Vec<&Log>> =
            played.iter().fold(BTreeMap::new(), |mut arenas, log| {
                arenas
                    .entry(log.topics()[1])
                    .or_insert_with(Vec::new)
                    .push(log);
                arenas
            });
        assert_eq!(arenas.len(), TXS - hot_txs + usize::from(hot_txs > 0));
        let losers = logs(run, "Defeated(uint256,address,address,uint64)");
        let mut gold = [U256::ZERO; 2];
        let mut add = |place: Place| {
            let (before, after) = change(bundle, run, address, place);
            gold[0] += before;
            gold[1] += after;
        };
        let mut heroes: BTreeSet<B256> = played.iter().map(|log| log.topics()[2]).collect();
        heroes.extend(losers.iter().map(|log| log.topics()[3]));
        for hero in &heroes {
            add(game
                .member("Hero", "gold")
                .at(mapping(game.variable("heroes").slot, *hero)));
        }
        for (arena, plays) in &arenas {
            let base = mapping(game.variable("arenas").slot, *arena);
            add(game.member("Arena", "treasury").at(base));
            let (before, after) =
                change(bundle, run, address, game.member("Arena", "turns").at(base));
            assert_eq!(after - before, U256::from(plays.len()));
            let board = mapping(game.variable("tiles").slot, *arena);
            for position in 0..256 * 256u64 {
                let slot = mapping(board, U256::from(position));
                if bundle.pre_state[&address].storage.contains_key(&slot) {
                    add(game.member("Tile", "gold").at(slot));
                }
            }
        }
        assert_eq!(gold[0], gold[1]);
        assert!(hot_txs == 0 || !losers.is_empty(), "nobody won a fight");
        assert_heroes_stand_where_they_think(bundle, run, &played);
    });
}

/// Every player's hero is on the tile that its own record names.
fn assert_heroes_stand_where_they_think(bundle: &Bundle, run: &Run, played: &[Log]) {
    let game = Artefact::game();
    let address = address_of(bundle, &game);
    for player in played.iter().map(|log| log.topics()[2]) {
        let base = mapping(game.variable("heroes").slot, player);
        let now = |label: &str| change(bundle, run, address, game.member("Hero", label).at(base)).1;
        let board = mapping(game.variable("tiles").slot, now("arena"));
        let tile = mapping(board, now("y") * U256::from(256) + now("x"));
        let (_, hero) = change(bundle, run, address, game.member("Tile", "hero").at(tile));
        assert_eq!(B256::from(hero), player);
    }
}

#[test]
fn hand_overs_change_the_custodian_and_extend_the_chain() {
    for_every_conflict(Workload::Supply, |hot_txs, bundle, run| {
        let custody = Artefact::custody();
        let address = address_of(bundle, &custody);
        let signature = "HandedOver(bytes32,address,address,uint256,bytes32,(int32,int32,uint16,int64,int64,bytes32))";
        let records = logs(run, signature);
        assert_eq!(records.len(), TXS);
        let timestamp = B256::from(U256::from(bundle.block.header.timestamp));
        for log in &records {
            let (item, from, to) = (log.topics()[1], log.topics()[2], log.topics()[3]);
            let base = mapping(custody.variable("items").slot, item);
            let of =
                |label: &str| change(bundle, run, address, custody.member("Item", label).at(base));
            assert_eq!(of("custodian"), (from.into(), to.into()));
            assert_eq!(of("links").1, of("links").0 + U256::from(1));
            let (previous, head) = of("head");
            let shipment = B256::from(word(log, 0));
            let reading = &log.data.data[64..256];
            let preimage = [
                &item[..],
                &shipment[..],
                &from[..],
                &to[..],
                reading,
                &timestamp[..],
                &B256::from(previous)[..],
            ];
            assert_eq!(B256::from(head), keccak256(preimage.concat()));
            assert_eq!(word(log, 1), head);
        }
        let base = mapping(custody.variable("shipments").slot, U256::ZERO);
        let (before, after) = change(
            bundle,
            run,
            address,
            custody.member("Shipment", "handOvers").at(base),
        );
        assert_eq!(after - before, U256::from(hot_txs));
    });
}

#[test]
fn votes_are_counted_once() {
    for_every_conflict(Workload::Dao, |hot_txs, bundle, run| {
        let governor = Artefact::governor();
        let address = address_of(bundle, &governor);
        let votes = logs(run, "VoteCast(address,uint256,uint8,uint256,string)");
        assert_eq!(votes.len(), TXS);
        let proposals: BTreeSet<B256> = votes.iter().map(|log| log.topics()[2]).collect();
        assert_eq!(proposals.len(), TXS - hot_txs + usize::from(hot_txs > 0));
        for proposal in proposals {
            let base = mapping(governor.variable("proposals").slot, proposal);
            let of_proposal: Vec<_> = votes
                .iter()
                .filter(|log| log.topics()[2] == proposal)
                .collect();
            for (support, label) in ["againstVotes", "forVotes", "abstainVotes"]
                .into_iter()
                .enumerate()
            {
                let place = governor.member("Proposal", label).at(base);
                let (before, after) = change(bundle, run, address, place);
                let same_side = of_proposal
                    .iter()
                    .filter(|log| word(log, 0) == U256::from(support));
                let cast = same_side
                    .map(|log| word(log, 1))
                    .fold(U256::ZERO, |sum, weight| sum + weight);
                assert_eq!(after, before + cast, "{label}");
            }
            for log in of_proposal {
                let ballot = mapping(
                    mapping(governor.variable("ballots").slot, proposal),
                    log.topics()[1],
                );
                let wanted = (word(log, 1) << 8) | (word(log, 0) + U256::from(1));
                assert_eq!(run.slot(address, ballot), wanted);
            }
        }
    });
}

#[test]
fn collectibles_change_owner_and_are_numbered_in_sequence() {
    for_every_conflict(Workload::Nft, |hot_txs, bundle, run| {
        let nft = Artefact::collectible();
        let address = address_of(bundle, &nft);
        let transfers = logs(run, "Transfer(address,address,uint256)");
        assert_eq!(transfers.len(), TXS);
        let mut owned: BTreeMap<B256, (u64, u64)> = BTreeMap::new();
        for log in &transfers {
            let (from, to, id) = (log.topics()[1], log.topics()[2], log.topics()[3]);
            let owner = change(
                bundle,
                run,
                address,
                whole(mapping(nft.variable("owners").slot, id)),
            );
            assert_eq!(owner, (from.into(), to.into()));
            owned.entry(from).or_default().0 += 1;
            owned.entry(to).or_default().1 += 1;
        }
        owned.remove(&B256::ZERO);
        for (account, (lost, won)) in owned {
            let slot = mapping(nft.variable("balanceOf").slot, account);
            let (before, after) = change(bundle, run, address, whole(slot));
            assert_eq!(after + U256::from(lost), before + U256::from(won));
        }
        if hot_txs > 0 {
            let (first, next) = change(bundle, run, address, nft.variable("nextId"));
            assert_eq!(next - first, U256::from(hot_txs));
            let minted = transfers
                .iter()
                .map(|log| U256::from_be_bytes(log.topics()[3].0))
                .filter(|id| *id >= first && *id < next);
            assert!(
                minted.eq((0..hot_txs).map(|n| first + U256::from(n))),
                "in block order"
            );
        }
        let transactions = bundle.block.clone().into_transactions_vec();
        let paid: U256 = transactions.iter().map(|tx| tx.value()).sum();
        assert_eq!(
            paid,
            U256::from(hot_txs) * U256::from(10_000_000_000_000_000u64)
        );
        assert_eq!(
            run.post_state[&address].balance,
            bundle.pre_state[&address].balance + paid
        );
    });
}

fn whole(slot: U256) -> Place {
    Place {
        slot,
        offset: 0,
        bytes: 32,
    }
}

#[test]
fn mixed_blocks_hold_a_share_of_everything() {
    let bundle = bundle(
        Workload::Mixed,
        &Params {
            txs: 70,
            conflict: 0.5,
            seed: 3,
        },
    )
    .unwrap();
    let mut calls: BTreeMap<Address, usize> = BTreeMap::new();
    for transaction in bundle.block.clone().into_transactions_vec() {
        *calls.entry(transaction.to().unwrap()).or_default() += 1;
    }
    assert_eq!(calls.values().copied().collect::<Vec<_>>(), [10; 7]);
    assert!(
        run(&bundle)
            .txs
            .iter()
            .all(|tx| tx.is_success && tx.writes.iter().any(|cell| matches!(cell, Cell::Slot(..))))
    );
}

#[test]
fn single_frame_contracts_hold_no_instruction_that_calls_or_creates() {
    for artefact in Artefact::all() {
        let mut position = 0;
        let mut frames = 0;
        while let Some(opcode) = artefact.runtime.get(position) {
            // CREATE, CALL, CALLCODE, DELEGATECALL, CREATE2, STATICCALL, SELFDESTRUCT.
            frames += usize::from(matches!(opcode, 0xf0..=0xf2 | 0xf4 | 0xf5 | 0xfa | 0xff));
            // PUSH1 to PUSH32 carry their operand behind them.
            position += 1 + if (0x60..=0x7f).contains(opcode) {
                usize::from(opcode - 0x5f)
            } else {
                0
            };
        }
        let calls = matches!(artefact.contract.as_str(), "Pair" | "Router");
        assert_eq!(frames > 0, calls, "{}", artefact.contract);
    }
}
