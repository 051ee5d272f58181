//! Which rules a block runs under.

use std::fmt;

use gasworks_abi::fork::Fork;
use revm::primitives::hardfork::SpecId;

use crate::bundle::Block;

/// How the rules of a block are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForkChoice {
    /// By number and timestamp, as on the Ethereum mainnet.
    #[default]
    Auto,
    /// The same for every block.
    Fixed(SpecId),
}

/// A fork name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fork {name:?} is not known; known are auto, {}", known())]
pub struct UnknownFork {
    /// The name.
    pub name: String,
}

/// Name, rules and activation on the mainnet. The activation is a block number below the Merge
/// and a timestamp above it; Constantinople was repaired by Petersburg before it took effect.
const FORKS: [(&str, SpecId, u64); 15] = [
    ("Frontier", SpecId::FRONTIER, 0),
    ("Homestead", SpecId::HOMESTEAD, 1_150_000),
    ("Tangerine", SpecId::TANGERINE, 2_463_000),
    ("SpuriousDragon", SpecId::SPURIOUS_DRAGON, 2_675_000),
    ("Byzantium", SpecId::BYZANTIUM, 4_370_000),
    ("Petersburg", SpecId::PETERSBURG, 7_280_000),
    ("Istanbul", SpecId::ISTANBUL, 9_069_000),
    ("Berlin", SpecId::BERLIN, 12_244_000),
    ("London", SpecId::LONDON, 12_965_000),
    ("Merge", SpecId::MERGE, 15_537_394),
    ("Shanghai", SpecId::SHANGHAI, 1_681_338_455),
    ("Cancun", SpecId::CANCUN, 1_710_338_135),
    ("Prague", SpecId::PRAGUE, 1_746_612_311),
    ("Osaka", SpecId::OSAKA, 1_764_798_551),
    // TODO: no date yet; chosen by name only, and always run on revm.
    ("Amsterdam", SpecId::AMSTERDAM, u64::MAX),
];

/// Blob schedule: first timestamp, base fee update fraction, blobs per block (EIP-4844, EIP-7691,
/// EIP-7892: the two blob-parameter-only forks after Osaka).
const BLOBS: [(u64, u64, u64); 4] = [
    (1_710_338_135, 3_338_477, 6),
    (1_746_612_311, 5_007_716, 9),
    (1_765_290_071, 8_346_193, 15),
    (1_767_747_671, 11_684_671, 21),
];

fn known() -> String {
    FORKS.map(|row| row.0).join(", ")
}

/// The name of a fork in reports.
#[must_use]
pub fn name(spec: SpecId) -> &'static str {
    FORKS
        .iter()
        .find(|row| row.1 == spec)
        .map_or("unknown", |row| row.0)
}

/// The fork as the card numbers it; `None` where the card does not run it.
#[must_use]
pub fn card_fork(spec: SpecId) -> Option<Fork> {
    Fork::from_u8(spec as u8)
}

impl std::str::FromStr for ForkChoice {
    type Err = UnknownFork;

    /// `auto` or a name, in any case; `Paris` is the Merge, `Constantinople` is Petersburg.
    fn from_str(text: &str) -> Result<Self, UnknownFork> {
        let wanted = text.to_ascii_lowercase().replace([' ', '_', '-'], "");
        let wanted = match wanted.as_str() {
            "auto" => return Ok(Self::Auto),
            "paris" => "merge",
            "constantinople" => "petersburg",
            "tangerinewhistle" => "tangerine",
            other => other,
        };
        FORKS
            .iter()
            .find(|row| row.0.eq_ignore_ascii_case(wanted))
            .map(|row| Self::Fixed(row.1))
            .ok_or_else(|| UnknownFork {
                name: text.to_owned(),
            })
    }
}

impl fmt::Display for ForkChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Fixed(spec) => f.write_str(name(*spec)),
        }
    }
}

impl ForkChoice {
    /// The rules of a block.
    #[must_use]
    pub fn spec(self, block: &Block) -> SpecId {
        let (number, time) = match self {
            Self::Fixed(spec) => return spec,
            Self::Auto => (block.number.0, block.timestamp.0),
        };
        let active = |row: &&(&str, SpecId, u64)| {
            if row.1 >= SpecId::SHANGHAI {
                time >= row.2
            } else {
                number >= row.2
            }
        };
        FORKS
            .iter()
            .rev()
            .find(active)
            .map_or(SpecId::FRONTIER, |row| row.1)
    }
}

/// Base fee update fraction and blobs per block. A fork that was chosen by name for an earlier
/// block takes its own first entry.
#[must_use]
pub fn blob_schedule(spec: SpecId, timestamp: u64) -> (u64, u64) {
    let by_fork = BLOBS[usize::from(spec >= SpecId::PRAGUE)];
    let by_time = BLOBS.iter().rev().find(|row| timestamp >= row.0);
    match by_time {
        Some(row) if spec >= SpecId::PRAGUE && row.0 > by_fork.0 => (row.1, row.2),
        _ => (by_fork.1, by_fork.2),
    }
}

/// Blobs of one transaction: those of a block, but six at most from Osaka on (EIP-7594 "Parameters").
#[must_use]
pub fn max_blobs_per_tx(spec: SpecId, timestamp: u64) -> u64 {
    let of_block = blob_schedule(spec, timestamp).1;
    match spec >= SpecId::OSAKA {
        true => of_block.min(6),
        false => of_block,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_has_six_blobs_at_most_from_osaka_on() {
        let last = BLOBS[3].0;
        assert_eq!(max_blobs_per_tx(SpecId::CANCUN, 0), 6);
        assert_eq!(max_blobs_per_tx(SpecId::PRAGUE, 0), 9);
        assert_eq!(max_blobs_per_tx(SpecId::OSAKA, 0), 6);
        assert_eq!(max_blobs_per_tx(SpecId::OSAKA, last), 6);
    }

    #[test]
    fn names_parse_and_unknown_ones_are_listed() {
        assert_eq!("auto".parse(), Ok(ForkChoice::Auto));
        assert_eq!("cancun".parse(), Ok(ForkChoice::Fixed(SpecId::CANCUN)));
        assert_eq!("Paris".parse(), Ok(ForkChoice::Fixed(SpecId::MERGE)));
        assert_eq!(
            "SPURIOUS_DRAGON".parse(),
            Ok(ForkChoice::Fixed(SpecId::SPURIOUS_DRAGON))
        );
        let error = "Atlantis".parse::<ForkChoice>().unwrap_err().to_string();
        assert!(
            error.contains("Atlantis") && error.contains("Osaka"),
            "{error}"
        );
    }

    #[test]
    fn card_forks_are_berlin_to_osaka() {
        for (_, spec, _) in FORKS {
            let runs = (SpecId::BERLIN..=SpecId::OSAKA).contains(&spec);
            assert_eq!(card_fork(spec).is_some(), runs, "{spec:?}");
        }
    }

    #[test]
    fn blob_parameters_follow_fork_and_time() {
        assert_eq!(blob_schedule(SpecId::CANCUN, 1_720_000_000).1, 6);
        assert_eq!(blob_schedule(SpecId::PRAGUE, 0).1, 9);
        assert_eq!(blob_schedule(SpecId::OSAKA, 1_764_798_551).1, 9);
        assert_eq!(blob_schedule(SpecId::OSAKA, 1_768_000_000).1, 21);
    }
}
