//! Mints, claims and transfers of ERC-721 tokens.

use alloy_primitives::{Address, U256};

use crate::abi::Calldata;
use crate::artefact::{Artefact, mapping};
use crate::world::{ETHER, World};

const GAS_LIMIT: u64 = 200_000;

/// Number of the next token that is minted in sequence.
const NEXT_ID: u64 = 1_000_000;

/// The contract under construction.
struct Collectible {
    artefact: Artefact,
    address: Address,
}

/// Hot transactions mint the next token in sequence and pay for it. The others claim a token that was reserved
/// for them, or transfer one: their own, one that they were approved for, or one whose owner made them operator.
pub(super) fn fill(world: &mut World, indices: &[usize]) {
    let artefact = Artefact::collectible();
    let address = world.deploy(&artefact, "collectible", 0);
    let nft = Collectible { artefact, address };
    world.store(
        address,
        nft.artefact.variable("nextId"),
        U256::from(NEXT_ID),
    );
    world.store(
        address,
        nft.artefact.variable("maxSupply"),
        U256::from(2 * NEXT_ID),
    );

    for &index in indices {
        let sender = world.sender(index);
        if world.rng.one_in(2) {
            let owned = U256::from(world.rng.range(1, 20));
            nft.set(world, "balanceOf", sender, owned);
        }
        if world.is_hot(index) {
            nft.mint(world, index);
        } else if world.rng.one_in(2) {
            nft.claim(world, index, sender);
        } else {
            nft.transfer(world, index, sender);
        }
    }
}

impl Collectible {
    fn mint(&self, world: &mut World, index: usize) {
        let input = Calldata::new(self.artefact.selector("mint()")).finish();
        world.call(index, self.address, input, GAS_LIMIT);
        let call = world.calls.get_mut(&index).expect("it was added just now");
        call.value = U256::from(ETHER / 100);
    }

    fn claim(&self, world: &mut World, index: usize, sender: Address) {
        let id = U256::from(2 * NEXT_ID + index as u64);
        world.store_word(
            self.address,
            mapping(self.slot("reservedFor"), id),
            sender.into_word().into(),
        );
        let input = Calldata::new(self.artefact.selector("claim(uint256)"))
            .word(id)
            .finish();
        world.call(index, self.address, input, GAS_LIMIT);
    }

    fn transfer(&self, world: &mut World, index: usize, sender: Address) {
        let id = U256::from(index);
        let way = world.rng.range(0, 4);
        let owner = if way < 2 {
            sender
        } else {
            world.address("nft owner", index)
        };
        let owned = U256::from(world.rng.range(1, 20));
        self.set(world, "balanceOf", owner, owned);
        world.store_word(
            self.address,
            mapping(self.slot("owners"), id),
            owner.into_word().into(),
        );
        if way == 2 {
            world.store_word(
                self.address,
                mapping(self.slot("getApproved"), id),
                sender.into_word().into(),
            );
        } else if way == 3 {
            let of_owner = mapping(self.slot("isApprovedForAll"), owner.into_word());
            world.store_word(
                self.address,
                mapping(of_owner, sender.into_word()),
                U256::from(1),
            );
        }
        let input = Calldata::new(
            self.artefact
                .selector("transferFrom(address,address,uint256)"),
        )
        .address(owner)
        .address(world.address("nft recipient", index))
        .word(id)
        .finish();
        world.call(index, self.address, input, GAS_LIMIT);
    }

    fn set(&self, world: &mut World, variable: &str, account: Address, value: U256) {
        world.store_word(
            self.address,
            mapping(self.slot(variable), account.into_word()),
            value,
        );
    }

    fn slot(&self, variable: &str) -> U256 {
        self.artefact.variable(variable).slot
    }
}
