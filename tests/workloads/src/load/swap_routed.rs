//! Swaps through a router, a pair and two tokens: seven calls, at most two deep below the router.

use alloy_primitives::{Address, U256};

use super::swap::quote;
use crate::abi::Calldata;
use crate::artefact::{Artefact, mapping};
use crate::seal::TIMESTAMP;
use crate::world::World;

const GAS_LIMIT: u64 = 400_000;

/// The contracts under construction.
struct Market {
    token: Artefact,
    pair: Artefact,
    router: Artefact,
    tokens: [Address; 2],
    router_address: Address,
}

/// Hot transactions all use one deep pair, the others each their own pair of the same two tokens.
pub(super) fn fill(world: &mut World, indices: &[usize]) {
    let (token, pair, router) = (Artefact::token(), Artefact::pair(), Artefact::router());
    let tokens = [0, 1].map(|n| world.deploy(&token, "routed token", n));
    let router_address = world.deploy(&router, "router", 0);
    let market = Market {
        token,
        pair,
        router,
        tokens,
        router_address,
    };
    let hot_reserves = market.open(world, 0, 1_000_000_000);

    for &index in indices {
        let is_hot = world.is_hot(index);
        let id = if is_hot { 0 } else { index + 1 };
        let reserves = if is_hot {
            hot_reserves
        } else {
            market.open(world, id, 1_000_000)
        };
        let side = world.rng.range(0, 2) as usize;
        let amount = world.amount(1, 10_000);
        let quoted = quote(amount, reserves[side], reserves[1 - side]);
        let minimum = if is_hot {
            quoted / U256::from(2)
        } else {
            quoted * U256::from(995) / U256::from(1000)
        };

        let sender = world.sender(index);
        let recipient = if world.rng.one_in(2) {
            world.address("routed recipient", index)
        } else {
            sender
        };
        market.fund(world, sender, side, amount);
        let signature = "swap(address,address,uint32,uint256,uint256,address,uint256)";
        let input = Calldata::new(market.router.selector(signature))
            .address(market.tokens[side])
            .address(market.tokens[1 - side])
            .number(id as u64)
            .word(amount)
            .word(minimum)
            .address(recipient)
            .number(TIMESTAMP + world.rng.range(0, 1_200))
            .finish();
        world.call(index, market.router_address, input, GAS_LIMIT);
    }
}

impl Market {
    /// Opens pair `id` with at least `depth` of each token, and tells the router.
    fn open(&self, world: &mut World, id: usize, depth: u64) -> [U256; 2] {
        let pair = world.deploy(&self.pair, "pair", id);
        let reserves = [(); 2].map(|()| world.amount(depth * 1_000, depth * 4_000));
        let age = world.rng.range(12, 86_400);
        let fields = [
            ("token0", self.tokens[0].into_word().into()),
            ("token1", self.tokens[1].into_word().into()),
            ("reserve0", reserves[0]),
            ("reserve1", reserves[1]),
            ("updatedAt", U256::from(TIMESTAMP - age)),
            ("entered", U256::from(1)),
        ];
        for (label, value) in fields {
            world.store(pair, self.pair.variable(label), value);
        }
        for side in [0, 1] {
            self.set_balance(world, side, pair, reserves[side]);
            let from = mapping(
                self.router.variable("pairs").slot,
                self.tokens[side].into_word(),
            );
            let to = mapping(from, self.tokens[1 - side].into_word());
            world.store_word(
                self.router_address,
                mapping(to, U256::from(id)),
                pair.into_word().into(),
            );
        }
        reserves
    }

    /// Gives a trader tokens of one side and the router the right to spend them.
    fn fund(&self, world: &mut World, trader: Address, side: usize, amount: U256) {
        let balance = amount * U256::from(world.rng.range(1, 10));
        self.set_balance(world, side, trader, balance);
        let allowed = if world.rng.one_in(2) {
            U256::MAX
        } else {
            balance
        };
        let of_trader = mapping(self.token.variable("allowance").slot, trader.into_word());
        world.store_word(
            self.tokens[side],
            mapping(of_trader, self.router_address.into_word()),
            allowed,
        );
    }

    fn set_balance(&self, world: &mut World, side: usize, account: Address, value: U256) {
        let slot = mapping(self.token.variable("balanceOf").slot, account.into_word());
        world.store_word(self.tokens[side], slot, value);
    }
}
