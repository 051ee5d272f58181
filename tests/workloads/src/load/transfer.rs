//! ERC-20 transfers.

use alloy_primitives::U256;

use crate::abi::Calldata;
use crate::artefact::{Artefact, mapping};
use crate::world::World;

const GAS_LIMIT: u64 = 120_000;

/// Hot transactions all pay one account; the others pay each their own, which every other time is new to the
/// token. One transaction in four spends an allowance, every other time an unlimited one.
pub(super) fn fill(world: &mut World, indices: &[usize]) {
    let artefact = Artefact::token();
    let token = world.deploy(&artefact, "token", 0);
    let balances = artefact.variable("balanceOf").slot;
    let allowances = artefact.variable("allowance").slot;
    let hot = world.address("transfer hot recipient", 0);
    let hot_balance = world.amount(1, 1_000_000);
    world.store_word(token, mapping(balances, hot.into_word()), hot_balance);

    for &index in indices {
        let sender = world.sender(index);
        let balance = world.amount(1, 1_000_000);
        let value = balance / U256::from(world.rng.range(2, 100));
        let recipient = if world.is_hot(index) {
            hot
        } else {
            world.address("transfer recipient", index)
        };
        if !world.is_hot(index) && world.rng.one_in(2) {
            let known = world.amount(0, 1_000);
            world.store_word(token, mapping(balances, recipient.into_word()), known);
        }
        let (payer, call) = if world.rng.one_in(4) {
            let owner = world.address("transfer owner", index);
            let allowed = if world.rng.one_in(2) {
                U256::MAX
            } else {
                balance
            };
            world.store_word(
                token,
                mapping(mapping(allowances, owner.into_word()), sender.into_word()),
                allowed,
            );
            let selector = artefact.selector("transferFrom(address,address,uint256)");
            (owner, Calldata::new(selector).address(owner))
        } else {
            (
                sender,
                Calldata::new(artefact.selector("transfer(address,uint256)")),
            )
        };
        world.store_word(token, mapping(balances, payer.into_word()), balance);
        world.call(
            index,
            token,
            call.address(recipient).word(value).finish(),
            GAS_LIMIT,
        );
    }
}
