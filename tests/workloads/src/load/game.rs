//! Heroes that walk, dig and fight.

use std::collections::BTreeSet;

use alloy_primitives::{Address, U256};

use crate::abi::Calldata;
use crate::artefact::{Artefact, mapping};
use crate::world::World;

const GAS_LIMIT: u64 = 1_000_000;

/// Side of the contract's boards.
const SIDE: u64 = 256;

/// Heroes without a player in every arena, to fight with.
const BYSTANDERS: usize = 6;

/// A hero before the block.
struct Hero {
    player: Address,
    x: u64,
    y: u64,
}

/// The contract under construction.
struct Game {
    artefact: Artefact,
    address: Address,
}

/// Hot transactions all play in one arena, whose turns and treasury every play writes, and where the heroes
/// meet each other; the others play each in their own.
pub(super) fn fill(world: &mut World, indices: &[usize]) {
    let artefact = Artefact::game();
    let address = world.deploy(&artefact, "game", 0);
    let game = Game { artefact, address };
    let hot_players: Vec<_> = world
        .hot_of(indices)
        .into_iter()
        .map(|index| world.sender(index))
        .collect();
    game.open(world, 0, &hot_players);

    for &index in indices {
        if !world.is_hot(index) {
            let player = world.sender(index);
            game.open(world, index + 1, &[player]);
        }
        let moves: Vec<u8> = (0..world.rng.range(8, 17))
            .map(|_| world.rng.range(0, 32) as u8)
            .collect();
        let input = Calldata::new(game.artefact.selector("play(bytes)"))
            .bytes(&moves)
            .finish();
        world.call(index, game.address, input, GAS_LIMIT);
    }
}

impl Game {
    /// Opens an arena and crowds its heroes, one on every fourth tile or so, into a square.
    fn open(&self, world: &mut World, arena: usize, players: &[Address]) {
        let bystanders: Vec<_> = (0..BYSTANDERS)
            .map(|n| world.address("game bystander", arena * BYSTANDERS + n))
            .collect();
        let heroes = players.len() + BYSTANDERS;
        let side = (2 * (heroes as u64).isqrt() + 2).min(SIDE);
        let (left, top) = (world.rng.range(0, SIDE), world.rng.range(0, SIDE));
        let mut taken = BTreeSet::new();
        for player in players.iter().chain(&bystanders) {
            let (x, y) = loop {
                let x = (left + world.rng.range(0, side)) % SIDE;
                let y = (top + world.rng.range(0, side)) % SIDE;
                if taken.insert((x, y)) {
                    break (x, y);
                }
            };
            self.place(
                world,
                arena,
                &Hero {
                    player: *player,
                    x,
                    y,
                },
            );
        }
        self.bury(world, arena, (left, top), side);
        let base = mapping(self.artefact.variable("arenas").slot, U256::from(arena));
        let fields = [
            ("turns", U256::from(world.rng.range(1, 100_000))),
            ("treasury", U256::from(world.rng.range(0, 1_000_000))),
            ("champion", bystanders[0].into_word().into()),
            ("championWins", U256::from(world.rng.range(1, 20))),
        ];
        for (label, value) in fields {
            world.store(
                self.address,
                self.artefact.member("Arena", label).at(base),
                value,
            );
        }
    }

    fn place(&self, world: &mut World, arena: usize, hero: &Hero) {
        let base = mapping(
            self.artefact.variable("heroes").slot,
            hero.player.into_word(),
        );
        let fields = [
            ("arena", arena as u64),
            ("x", hero.x),
            ("y", hero.y),
            ("health", world.rng.range(1, 101)),
            ("wins", world.rng.range(0, 20)),
            ("steps", world.rng.range(0, 10_000)),
            ("gold", world.rng.range(0, 10_000)),
        ];
        for (label, value) in fields {
            world.store(
                self.address,
                self.artefact.member("Hero", label).at(base),
                U256::from(value),
            );
        }
        let tile = self
            .artefact
            .member("Tile", "hero")
            .at(self.tile(arena, hero.x, hero.y));
        world.store(self.address, tile, hero.player.into_word().into());
    }

    /// Buries gold under every other tile of the square.
    fn bury(&self, world: &mut World, arena: usize, (left, top): (u64, u64), side: u64) {
        let gold = self.artefact.member("Tile", "gold");
        for index in 0..side * side {
            if world.rng.one_in(2) {
                let (x, y) = ((left + index % side) % SIDE, (top + index / side) % SIDE);
                let found = U256::from(world.rng.range(1, 1_000));
                world.store(self.address, gold.at(self.tile(arena, x, y)), found);
            }
        }
    }

    /// The first slot of a tile.
    fn tile(&self, arena: usize, x: u64, y: u64) -> U256 {
        let board = mapping(self.artefact.variable("tiles").slot, U256::from(arena));
        mapping(board, U256::from(y * SIDE + x))
    }
}
