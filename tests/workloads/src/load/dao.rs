//! Votes of a DAO.

use alloy_primitives::{Address, U256};

use crate::abi::Calldata;
use crate::artefact::{Artefact, array, mapping};
use crate::seal::NUMBER;
use crate::world::World;

const GAS_LIMIT: u64 = 250_000;

const REASONS: [&str; 4] = [
    "For.",
    "The treasury can afford this and the audit is clean.",
    "I would rather see a smaller grant first, paid in two parts, with a report after each of them.",
    "Delegates asked for milestones twice and got none; against until the proposal names what will be delivered, \
     by whom and when, and what happens to the remaining funds if it is not.",
];

/// The contract under construction.
struct Governor {
    artefact: Artefact,
    address: Address,
}

/// Hot transactions all vote on one proposal, the others each on their own.
pub(super) fn fill(world: &mut World, indices: &[usize]) {
    let artefact = Artefact::governor();
    let address = world.deploy(&artefact, "governor", 0);
    let governor = Governor { artefact, address };
    // Ids are hashes, as they are in governors that identify a proposal by its content.
    let hot = world.hash("dao hot proposal", 0).into();
    governor.propose(world, hot);

    for &index in indices {
        let proposal = if world.is_hot(index) {
            hot
        } else {
            world.hash("dao proposal", index).into()
        };
        if !world.is_hot(index) {
            governor.propose(world, proposal);
        }
        governor.delegate(world, world.sender(index));
        let support = world.rng.range(0, 3);
        let input = if world.rng.one_in(2) {
            let reason = REASONS[world.rng.range(0, REASONS.len() as u64) as usize];
            let selector = governor
                .artefact
                .selector("castVoteWithReason(uint256,uint8,string)");
            Calldata::new(selector)
                .word(proposal)
                .number(support)
                .bytes(reason.as_bytes())
        } else {
            Calldata::new(governor.artefact.selector("castVote(uint256,uint8)"))
                .word(proposal)
                .number(support)
        };
        world.call(index, governor.address, input.finish(), GAS_LIMIT);
    }
}

impl Governor {
    /// Opens a vote that began up to 5,000 blocks ago, with some votes cast.
    fn propose(&self, world: &mut World, id: U256) {
        let base = mapping(self.artefact.variable("proposals").slot, id);
        let start = NUMBER - world.rng.range(1, 5_000);
        let fields = [
            (
                "proposer",
                world.address("dao proposer", 0).into_word().into(),
            ),
            ("startBlock", U256::from(start)),
            ("endBlock", U256::from(start + 50_400)),
            ("againstVotes", world.amount(1, 1_000_000_000)),
            ("forVotes", world.amount(1, 1_000_000_000)),
            ("abstainVotes", world.amount(1, 1_000_000_000)),
            ("voters", U256::from(world.rng.range(3, 5_000))),
        ];
        for (label, value) in fields {
            world.store(
                self.address,
                self.artefact.member("Proposal", label).at(base),
                value,
            );
        }
    }

    /// Gives `voter` up to 32 checkpoints, some of them after the vote began.
    fn delegate(&self, world: &mut World, voter: Address) {
        let length = mapping(
            self.artefact.variable("checkpoints").slot,
            voter.into_word(),
        );
        let count = world.rng.range(1, 33);
        world.store_word(self.address, length, U256::from(count));
        let mut from_block = NUMBER - 1_000_000;
        for n in 0..count {
            let base = array(length) + U256::from(n);
            let votes = world.amount(1, 10_000_000);
            world.store(
                self.address,
                self.artefact.member("Checkpoint", "fromBlock").at(base),
                U256::from(from_block),
            );
            world.store(
                self.address,
                self.artefact.member("Checkpoint", "votes").at(base),
                votes,
            );
            from_block += world.rng.range(1, (NUMBER - from_block) / 4);
        }
    }
}
