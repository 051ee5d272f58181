//! Swaps in an exchange that holds pools and deposits itself.

use alloy_primitives::{Address, U256};

use crate::abi::Calldata;
use crate::artefact::{Artefact, mapping};
use crate::seal::TIMESTAMP;
use crate::world::World;

const GAS_LIMIT: u64 = 200_000;

/// Reserves of a pool, of its first and second token.
type Reserves = [U256; 2];

/// The exchange under construction.
struct Exchange {
    artefact: Artefact,
    address: Address,
}

/// Hot transactions all use one deep pool, the others each their own. Every other trader names another account
/// as the recipient.
pub(super) fn fill(world: &mut World, indices: &[usize]) {
    let artefact = Artefact::exchange();
    let address = world.deploy(&artefact, "exchange", 0);
    let exchange = Exchange { artefact, address };
    let hot_reserves = exchange.pool(world, 0, 1_000_000_000);

    for &index in indices {
        let is_hot = world.is_hot(index);
        let pool = if is_hot { 0 } else { index as u64 + 1 };
        let reserves = if is_hot {
            hot_reserves
        } else {
            exchange.pool(world, pool, 1_000_000)
        };
        let zero_for_one = world.rng.one_in(2);
        let amount = world.amount(1, 10_000);
        let [reserve_in, reserve_out] = if zero_for_one {
            reserves
        } else {
            [reserves[1], reserves[0]]
        };
        let quoted = quote(amount, reserve_in, reserve_out);
        // The hot pool's price moves within the block.
        let minimum = if is_hot {
            quoted / U256::from(2)
        } else {
            quoted * U256::from(995) / U256::from(1000)
        };

        let sender = world.sender(index);
        let recipient = if world.rng.one_in(2) {
            world.address("swap recipient", index)
        } else {
            sender
        };
        let deposit = amount * U256::from(world.rng.range(1, 10));
        exchange.deposit(world, sender, pool * 2 + u64::from(!zero_for_one), deposit);
        let input = Calldata::new(
            exchange
                .artefact
                .selector("swap(uint256,bool,uint256,uint256,address,uint256)"),
        )
        .number(pool)
        .number(u64::from(zero_for_one))
        .word(amount)
        .word(minimum)
        .address(recipient)
        .number(TIMESTAMP + world.rng.range(0, 1_200))
        .finish();
        world.call(index, exchange.address, input, GAS_LIMIT);
    }
}

/// What an exact input buys: the contract's `quote`.
pub(super) fn quote(amount_in: U256, reserve_in: U256, reserve_out: U256) -> U256 {
    let after_fee = amount_in * U256::from(997);
    after_fee * reserve_out / (reserve_in * U256::from(1000) + after_fee)
}

impl Exchange {
    /// Opens a pool of the tokens `2 * id` and `2 * id + 1`, with at least `depth` tokens of each.
    fn pool(&self, world: &mut World, id: u64, depth: u64) -> Reserves {
        let base = mapping(self.artefact.variable("pools").slot, U256::from(id));
        let reserves = [(); 2].map(|()| world.amount(depth * 1_000, depth * 4_000));
        let age = world.rng.range(12, 86_400);
        let fields = [
            ("reserve0", reserves[0]),
            ("reserve1", reserves[1]),
            ("updatedAt", U256::from(TIMESTAMP - age)),
            (
                "price0Cumulative",
                world.hash("swap price0", id as usize).into(),
            ),
            (
                "price1Cumulative",
                world.hash("swap price1", id as usize).into(),
            ),
            ("token0", U256::from(id * 2)),
            ("token1", U256::from(id * 2 + 1)),
        ];
        for (label, value) in fields {
            world.store(
                self.address,
                self.artefact.member("Pool", label).at(base),
                value,
            );
        }
        reserves
    }

    fn deposit(&self, world: &mut World, account: Address, token: u64, value: U256) {
        let of_account = mapping(self.artefact.variable("deposits").slot, account.into_word());
        world.store_word(self.address, mapping(of_account, U256::from(token)), value);
    }
}
