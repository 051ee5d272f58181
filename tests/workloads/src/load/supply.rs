//! Custody records of a supply chain.

use alloy_primitives::{Address, B256, U256, keccak256};

use crate::abi::Calldata;
use crate::artefact::{Artefact, mapping};
use crate::seal::TIMESTAMP;
use crate::world::World;

const GAS_LIMIT: u64 = 250_000;

/// Least depth of a manifest's Merkle tree.
const DEPTH: usize = 6;

/// What the sensors saw; units as in the contract.
struct Reading {
    lowest: i64,
    highest: i64,
    humidity: u64,
    latitude: i64,
    longitude: i64,
    document: B256,
}

/// The contract under construction.
struct Custody {
    artefact: Artefact,
    address: Address,
}

/// Hot transactions hand over items of one shipment, whose counter every hand-over writes; the others each an
/// item of their own shipment.
pub(super) fn fill(world: &mut World, indices: &[usize]) {
    let artefact = Artefact::custody();
    let address = world.deploy(&artefact, "custody", 0);
    let custody = Custody { artefact, address };
    let hot = world.hot_of(indices);
    let items: Vec<_> = hot
        .iter()
        .map(|index| world.hash("supply item", *index))
        .collect();
    let tree = Tree::new(&items, |n| world.hash("supply other item", n));
    custody.ship(world, 0, tree.root());

    for &index in indices {
        let item = world.hash("supply item", index);
        let (shipment, proof) = match hot.binary_search(&index) {
            Ok(leaf) => (0, tree.proof(leaf)),
            Err(_) => {
                let proof: Vec<_> = (0..DEPTH)
                    .map(|level| world.hash("supply sibling", index * DEPTH + level))
                    .collect();
                let root = proof
                    .iter()
                    .fold(leaf_hash(item), |node, sibling| pair_hash(node, *sibling));
                custody.ship(world, index + 1, root);
                (index + 1, proof)
            }
        };
        custody.own(world, item, world.sender(index));
        let recipient = world.address("supply recipient", index);
        custody.license(world, recipient);
        let reading = read_sensors(world, index);
        let input = custody.hand_over(item, shipment, recipient, &reading, &proof);
        world.call(index, custody.address, input, GAS_LIMIT);
    }
}

/// A reading that breaks the shipment's limits about once in ten.
fn read_sensors(world: &mut World, index: usize) -> Reading {
    let lowest = world.rng.range(150, 600) as i64;
    let warm = if world.rng.one_in(10) { 900 } else { 200 };
    Reading {
        lowest,
        highest: lowest + world.rng.range(0, warm) as i64,
        humidity: world.rng.range(3_000, 8_000),
        latitude: world.rng.range(0, 1_400_000_000) as i64 - 700_000_000,
        longitude: world.rng.range(0, 3_600_000_000) as i64 - 1_800_000_000,
        document: world.hash("supply document", index),
    }
}

impl Custody {
    fn ship(&self, world: &mut World, id: usize, manifest: B256) {
        let base = mapping(self.artefact.variable("shipments").slot, U256::from(id));
        let fields = [
            ("manifest", manifest.into()),
            ("handOvers", U256::from(world.rng.range(1, 1_000))),
            (
                "updatedAt",
                U256::from(TIMESTAMP - world.rng.range(12, 86_400)),
            ),
            ("lowest", U256::from(300)),
            ("highest", U256::from(500)),
            ("alarms", U256::from(world.rng.range(0, 3))),
            ("lowerLimit", U256::from(100)),
            ("upperLimit", U256::from(800)),
        ];
        for (label, value) in fields {
            world.store(
                self.address,
                self.artefact.member("Shipment", label).at(base),
                value,
            );
        }
    }

    fn own(&self, world: &mut World, item: B256, custodian: Address) {
        let base = mapping(self.artefact.variable("items").slot, item);
        let fields = [
            ("custodian", custodian.into_word().into()),
            (
                "updatedAt",
                U256::from(TIMESTAMP - world.rng.range(12, 864_000)),
            ),
            ("links", U256::from(world.rng.range(1, 12))),
            ("head", keccak256(item).into()),
        ];
        for (label, value) in fields {
            world.store(
                self.address,
                self.artefact.member("Item", label).at(base),
                value,
            );
        }
    }

    fn license(&self, world: &mut World, party: Address) {
        let slot = mapping(self.artefact.variable("licensed").slot, party.into_word());
        world.store_word(self.address, slot, U256::from(1));
    }

    fn hand_over(
        &self,
        item: B256,
        shipment: usize,
        to: Address,
        reading: &Reading,
        proof: &[B256],
    ) -> alloy_primitives::Bytes {
        let signature =
            "handOver(bytes32,uint256,address,(int32,int32,uint16,int64,int64,bytes32),bytes32[])";
        Calldata::new(self.artefact.selector(signature))
            .hash(item)
            .number(shipment as u64)
            .address(to)
            .signed(reading.lowest)
            .signed(reading.highest)
            .number(reading.humidity)
            .signed(reading.latitude)
            .signed(reading.longitude)
            .hash(reading.document)
            .hashes(proof)
            .finish()
    }
}

/// A Merkle tree whose pairs are hashed in ascending order, from the leaves up; the last level is the root.
struct Tree(Vec<Vec<B256>>);

impl Tree {
    /// The tree over `items`, filled up with `filler` to a power of two of at least 2^[`DEPTH`] leaves.
    fn new(items: &[B256], filler: impl Fn(usize) -> B256) -> Self {
        let width = items.len().next_power_of_two().max(1 << DEPTH);
        let leaves =
            (0..width).map(|n| leaf_hash(items.get(n).copied().unwrap_or_else(|| filler(n))));
        let mut levels = vec![leaves.collect::<Vec<_>>()];
        while levels[levels.len() - 1].len() > 1 {
            let below = &levels[levels.len() - 1];
            levels.push(
                below
                    .chunks(2)
                    .map(|pair| pair_hash(pair[0], pair[1]))
                    .collect(),
            );
        }
        Self(levels)
    }

    fn root(&self) -> B256 {
        self.0[self.0.len() - 1][0]
    }

    /// The siblings on the way from a leaf to the root.
    fn proof(&self, leaf: usize) -> Vec<B256> {
        let levels = &self.0[..self.0.len() - 1];
        levels
            .iter()
            .enumerate()
            .map(|(height, level)| level[(leaf >> height) ^ 1])
            .collect()
    }
}

fn leaf_hash(item: B256) -> B256 {
    keccak256(item)
}

fn pair_hash(a: B256, b: B256) -> B256 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    keccak256([low, high].concat())
}
