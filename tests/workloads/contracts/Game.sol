// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// Heroes walk, dig for gold and fight on the torus-shaped boards of many arenas. Gold is neither made nor
/// lost. Workload `game`: one transaction is many small moves of state.
contract Game {
    /// Side of a board: coordinates are bytes, and wrap.
    uint256 public constant SIDE = 256;
    uint16 public constant FULL_HEALTH = 100;

    struct Hero {
        uint64 arena;
        uint8 x;
        uint8 y;
        uint16 health;
        uint32 wins;
        uint32 steps;
        uint64 gold;
    }

    struct Tile {
        address hero;
        uint64 gold;
    }

    struct Arena {
        uint64 turns;
        uint64 treasury;
        address champion;
        uint32 championWins;
    }

    mapping(address player => Hero) public heroes;
    mapping(uint256 arena => mapping(uint256 position => Tile)) public tiles;
    mapping(uint256 arena => Arena) public arenas;

    event Played(uint256 indexed arena, address indexed player, uint256 moves, uint64 gold);
    event Defeated(uint256 indexed arena, address indexed winner, address indexed loser, uint64 loot);
    event NewChampion(uint256 indexed arena, address indexed player, uint32 wins);

    error NoHero(address player);
    error TooManyMoves(uint256 moves);

    /// Plays one byte of `moves` after the other: bits [1:0] are the direction (north, east, south, west), and
    /// bits [4:2] the strength of the blow if someone stands there.
    function play(bytes calldata moves) external {
        if (moves.length > 64) revert TooManyMoves(moves.length);
        Hero memory hero = heroes[msg.sender];
        if (hero.health == 0) revert NoHero(msg.sender);
        uint32 winsBefore = hero.wins;
        for (uint256 i = 0; i < moves.length; i++) {
            _move(hero, uint8(moves[i]));
        }
        _endTurn(hero, winsBefore);
        heroes[msg.sender] = hero;
        emit Played(hero.arena, msg.sender, moves.length, hero.gold);
    }

    function _move(Hero memory hero, uint8 move) private {
        (uint8 x, uint8 y) = _neighbour(hero.x, hero.y, move & 3);
        Tile storage target = tiles[hero.arena][_position(x, y)];
        address other = target.hero;
        if (other != address(0)) {
            _fight(hero, other, uint16(move >> 2) & 7);
            return;
        }
        delete tiles[hero.arena][_position(hero.x, hero.y)].hero;
        // A hero digs up half of what lies there, rounded up.
        uint64 found = (target.gold + 1) / 2;
        target.hero = msg.sender;
        target.gold -= found;
        hero.gold += found;
        (hero.x, hero.y) = (x, y);
        hero.steps++;
    }

    /// Strikes `other`; whoever is beaten loses half of his gold and stands up again in his place.
    function _fight(Hero memory hero, address other, uint16 strength) private {
        Hero storage opponent = heroes[other];
        uint16 blow = strength * 5 + 1;
        uint16 health = opponent.health;
        if (health > blow) {
            opponent.health = health - blow;
            return;
        }
        uint64 loot = opponent.gold / 2;
        opponent.health = FULL_HEALTH;
        opponent.gold -= loot;
        hero.gold += loot;
        hero.wins++;
        emit Defeated(hero.arena, msg.sender, other, loot);
    }

    /// Counts the turn, takes the arena's tithe, and crowns a new champion.
    function _endTurn(Hero memory hero, uint32 winsBefore) private {
        Arena storage arena = arenas[hero.arena];
        uint64 tithe = hero.gold / 10;
        hero.gold -= tithe;
        arena.turns++;
        arena.treasury += tithe;
        if (hero.wins > winsBefore && hero.wins > arena.championWins) {
            arena.champion = msg.sender;
            arena.championWins = hero.wins;
            emit NewChampion(hero.arena, msg.sender, hero.wins);
        }
    }

    function _neighbour(uint8 x, uint8 y, uint8 direction) private pure returns (uint8, uint8) {
        unchecked {
            if (direction == 0) return (x, y - 1);
            if (direction == 1) return (x + 1, y);
            if (direction == 2) return (x, y + 1);
            return (x - 1, y);
        }
    }

    function _position(uint8 x, uint8 y) private pure returns (uint256) {
        return uint256(y) * SIDE + x;
    }
}
