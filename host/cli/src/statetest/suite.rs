//! Files of state tests, as ethereum/tests and execution-spec-tests write them: what they hold, and
//! the transaction of each case.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use alloy_primitives::map::AddressMap;
use alloy_primitives::{U256, keccak256};
use color_eyre::eyre::{Report, Result, WrapErr as _, eyre};
use gasworks::ForkChoice;
use gasworks::case::State;
use gasworks::env::BlockInput;
use gasworks::fork::{blob_schedule, max_blobs_per_tx};
use revm::context::CfgEnv;
use revm::primitives::hardfork::SpecId;
use revm_statetest_types::{AccountInfo, Env, Test, TestUnit, TransactionParts};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_path_to_error::Segment;

/// Blocks whose hash `BLOCKHASH` gives (Yellow Paper H.2).
const BLOCK_HASH_WINDOW: u64 = 256;

/// How state tests begin a number that does not fit 256 bits.
const BIG: &str = "\"0x:bigint 0x";

/// A test: one state and one transaction with variants, and what each fork makes of them.
#[derive(Debug, Deserialize)]
struct Shape {
    env: Env,
    pre: AddressMap<AccountInfo>,
    post: BTreeMap<String, Vec<Test>>,
    transaction: TransactionParts,
    #[serde(default)]
    config: Config,
}

#[derive(Debug, Default, Deserialize)]
struct Config {
    chainid: Option<U256>,
}

/// Only what says how many cases there are.
#[derive(Debug, Deserialize)]
struct Outline {
    post: BTreeMap<String, Vec<IgnoredAny>>,
}

/// The rules that a fork's name in a state test means; `None` where revm does not know them.
/// Constantinople is not its repair, Petersburg.
#[must_use]
pub fn spec(name: &str) -> Option<SpecId> {
    let name = match name.to_ascii_lowercase().as_str() {
        "eip150" => "Tangerine",
        "eip158" => "SpuriousDragon",
        "constantinoplefix" => "Petersburg",
        "constantinople" => return None,
        _ => name,
    };
    match name.parse() {
        Ok(ForkChoice::Fixed(spec)) => Some(spec),
        _ => None,
    }
}

/// True when cases of these rules are wanted.
fn is_wanted(spec: SpecId, wanted: Option<SpecId>) -> bool {
    wanted.is_none_or(|wanted| wanted == spec)
}

/// How many cases a file has.
#[derive(Debug, Clone)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// The argument's folder that it was found under.
    pub root: PathBuf,
    /// Cases that can be run and are wanted.
    pub cases: usize,
    /// Cases of forks that revm does not know.
    pub unsupported: usize,
}

impl File {
    /// Counts the cases of a file, without reading what they are.
    ///
    /// # Errors
    /// When it cannot be read or is no state test.
    pub fn scan(path: PathBuf, root: PathBuf, wanted: Option<SpecId>) -> Result<Self> {
        let text = readable(read(&path)?);
        let tests: BTreeMap<String, Outline> = parse(&path, &text)?;
        let (mut cases, mut unsupported) = (0, 0);
        for (fork, tests) in tests.values().flat_map(|test| &test.post) {
            match spec(fork) {
                Some(spec) if is_wanted(spec, wanted) => cases += tests.len(),
                None if wanted.is_none() => unsupported += tests.len(),
                _ => {}
            }
        }
        Ok(Self {
            path,
            root,
            cases,
            unsupported,
        })
    }

    /// The first folder below the argument, or the argument itself.
    #[must_use]
    pub fn top(&self) -> String {
        let below = self.path.strip_prefix(&self.root).unwrap_or(&self.path);
        let mut parts = below.components();
        let first = parts.next().map(|part| part.as_os_str().to_string_lossy());
        match (first, parts.next()) {
            (Some(first), Some(_)) => first.into_owned(),
            _ => {
                let name = self.root.file_name().unwrap_or(self.root.as_os_str());
                name.to_string_lossy().into_owned()
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).wrap_err_with(|| format!("{}: cannot read", path.display()))
}

/// The text with numbers that can be read.
fn readable(text: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(text) {
        Ok(text) if text.contains(BIG) => without_big(&text).into_bytes(),
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// Numbers above 256 bits, which no transaction can have, become the largest that there is: nobody
/// has that much of anything, and the transaction is as invalid as before.
fn without_big(text: &str) -> String {
    let mut parts = text.split(BIG);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(&format!("\"{:#x}", U256::MAX));
        out.push_str(part.trim_start_matches(|at: char| at.is_ascii_hexdigit()));
    }
    out
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path, text: &[u8]) -> Result<T> {
    if let Ok(value) = serde_json::from_slice(text) {
        return Ok(value);
    }
    // Again, for the place.
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize(&mut deserializer) {
        Ok(value) => {
            let end = deserializer.end().map(|()| value);
            end.wrap_err_with(|| format!("{}: behind the tests", path.display()))
        }
        Err(error) => Err(misshapen(path, &error)),
    }
}

/// Names file, test, field, and what was expected there.
fn misshapen(path: &Path, error: &serde_path_to_error::Error<serde_json::Error>) -> Report {
    let cause = error.inner();
    let file = path.display();
    let mut names = error.path().iter().filter_map(|segment| match segment {
        Segment::Map { key } => Some(key.clone()),
        Segment::Seq { index } => Some(format!("[{index}]")),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    let Some(test) = names.next() else {
        return eyre!(
            "{file}: no state tests: {cause} (expected an object with a test by its name, each \
             with env, pre, transaction and post)"
        );
    };
    let names: Vec<_> = names.collect();
    let field = names.join(".").replace(".[", "[");
    let said = cause.to_string();
    let knows = ["expected", "missing field", "unknown field"];
    let expected = match names.last() {
        Some(name) if !knows.iter().any(|word| said.contains(word)) => {
            format!(" (expected {})", kind(name))
        }
        _ => String::new(),
    };
    let field = match field.as_str() {
        "" => "(whole test)",
        field => field,
    };
    eyre!("{file}: test {test}: field {field}: {said}{expected}")
}

/// What stands in a field, for those whose own message does not say it.
fn kind(field: &str) -> &'static str {
    match field {
        "hash" | "logs" | "secretKey" | "previousHash" | "currentRandom" => {
            "32 bytes as 0x and 64 hexadecimal digits"
        }
        "to" | "sender" | "address" | "currentCoinbase" | "pre" => {
            "an address as 0x and 40 hexadecimal digits"
        }
        "code" | "txbytes" => "bytes as 0x and hexadecimal digits",
        _ => "a number or bytes as 0x and hexadecimal digits",
    }
}

/// A file with everything in it.
#[derive(Debug)]
pub struct Suite {
    path: PathBuf,
    tests: Vec<(String, TestUnit, Posts)>,
}

/// What is expected, by fork.
type Posts = Vec<(String, SpecId, Vec<Test>)>;

/// One case.
#[derive(Debug, Clone, Copy)]
pub struct Case<'s> {
    /// Position of the test in the file: cases of the same test have the same state.
    pub number: usize,
    /// Name of the test.
    pub test: &'s str,
    /// The fork as the file calls it.
    pub fork: &'s str,
    /// Its rules.
    pub spec: SpecId,
    /// What is expected.
    pub expected: &'s Test,
    unit: &'s TestUnit,
}

impl Suite {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is no state test, or a case names a variant that the transaction does not have.
    pub fn load(path: &Path) -> Result<Self> {
        Self::of_text(path, read(path)?)
    }

    /// Reads what stands in a file.
    ///
    /// # Errors
    /// As [`Suite::load`].
    pub fn of_text(path: &Path, text: Vec<u8>) -> Result<Self> {
        let tests: BTreeMap<String, Shape> = parse(path, &readable(text))?;
        let tests = tests.into_iter().map(|(name, shape)| {
            let (unit, posts) = split(shape);
            check(&unit, &posts)
                .map_err(|error| eyre!("{}: test {name}: field {error}", path.display()))?;
            Ok((name, unit, posts))
        });
        Ok(Self {
            path: path.to_owned(),
            tests: tests.collect::<Result<_>>()?,
        })
    }

    /// The cases that [`File::scan`] counts, in its order.
    #[must_use]
    pub fn cases(&self, wanted: Option<SpecId>) -> Vec<Case<'_>> {
        let mut cases = Vec::new();
        for (number, (test, unit, posts)) in self.tests.iter().enumerate() {
            for (fork, spec, tests) in posts.iter().filter(|post| is_wanted(post.1, wanted)) {
                cases.extend(tests.iter().map(|expected| Case {
                    number,
                    test,
                    fork,
                    spec: *spec,
                    expected,
                    unit,
                }));
            }
        }
        cases
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// revm's type without the posts, and these with their rules.
fn split(shape: Shape) -> (TestUnit, Posts) {
    let mut env = shape.env;
    env.current_chain_id = env.current_chain_id.or(shape.config.chainid);
    let unit = TestUnit {
        info: None,
        env,
        pre: shape.pre,
        post: BTreeMap::new(),
        transaction: shape.transaction,
        out: None,
    };
    let posts = shape.post.into_iter();
    let posts = posts.filter_map(|(fork, tests)| spec(&fork).map(|spec| (fork, spec, tests)));
    (unit, posts.collect())
}

/// What revm's types take for granted.
fn check(unit: &TestUnit, posts: &Posts) -> Result<(), String> {
    let have = &unit.transaction;
    for (fork, _, tests) in posts {
        for (at, test) in tests.iter().enumerate() {
            let used = [
                ("data", test.indexes.data, have.data.len()),
                ("gas", test.indexes.gas, have.gas_limit.len()),
                ("value", test.indexes.value, have.value.len()),
            ];
            if let Some((name, index, len)) = used.iter().find(|(_, index, len)| index >= len) {
                return Err(format!(
                    "post.{fork}[{at}].indexes.{name}: expected less than {len} (the transaction \
                     has so many), found {index}"
                ));
            }
        }
    }
    match unit.env.current_excess_blob_gas {
        Some(gas) if gas > U256::from(u64::MAX) => Err(format!(
            "env.currentExcessBlobGas: expected at most 64 bits, found {gas:#x}"
        )),
        _ => Ok(()),
    }
}

impl Case<'_> {
    /// The state before the transaction. As everywhere in state tests, the hash of block N is the
    /// Keccak-256 of N in decimal digits.
    #[must_use]
    pub fn state(&self) -> State {
        let number = self.unit.env.current_number.saturating_to::<u64>();
        let known = number.saturating_sub(BLOCK_HASH_WINDOW)..number;
        let hashes: HashMap<_, _> = known
            .map(|number| (number, keccak256(number.to_string())))
            .collect();
        let mut state = State::new(hashes);
        for (address, account) in &self.unit.pre {
            let storage = account.storage.iter().map(|(key, value)| (*key, *value));
            state.insert(
                *address,
                account.balance,
                account.nonce,
                &account.code,
                storage,
            );
        }
        state
    }

    /// Rules, block and transaction.
    ///
    /// # Errors
    /// When there is no such transaction; why not.
    pub fn input(&self) -> Result<BlockInput, String> {
        let fees = [
            (
                "maxPriorityFeePerGas",
                self.unit.transaction.max_priority_fee_per_gas,
            ),
            (
                "maxFeePerBlobGas",
                self.unit.transaction.max_fee_per_blob_gas,
            ),
        ];
        for (name, fee) in fees {
            if fee.is_some_and(|fee| fee > U256::from(u128::MAX)) {
                return Err(format!("{name} above 128 bits"));
            }
        }
        let tx = self
            .expected
            .tx_env(self.unit)
            .map_err(|error| error.to_string())?;
        let (fraction, _) = blob_schedule(self.spec, 0);
        let mut cfg = CfgEnv::new_with_spec(self.spec);
        let chain = self.unit.env.current_chain_id;
        cfg.chain_id = chain.map_or(1, |id| id.saturating_to());
        cfg.blob_base_fee_update_fraction = Some(fraction);
        cfg.set_max_blobs_per_tx(max_blobs_per_tx(self.spec, 0));
        Ok(BlockInput {
            spec: self.spec,
            block: self.unit.block_env(&mut cfg),
            cfg,
            txs: vec![tx],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_too_big_becomes_the_largest() {
        let text = r#"{"value": ["0x:bigint 0x1f00", "0x01"]}"#;
        let largest = "f".repeat(64);
        let expected = format!(r#"{{"value": ["0x{largest}", "0x01"]}}"#);
        assert_eq!(without_big(text), expected);
    }

    /// Reads a text and makes state and transaction of every case; how many there are.
    fn visit(text: &[u8]) -> usize {
        let Ok(suite) = Suite::of_text(Path::new("text"), text.to_vec()) else {
            return 0;
        };
        let cases = suite.cases(None);
        for case in &cases {
            let (_, _) = (case.state(), case.input());
        }
        cases.len()
    }

    #[test]
    fn any_damage_to_a_file_is_an_error_or_another_test() {
        let text = include_bytes!("../../tests/data/statetest.json");
        assert_eq!(visit(text), 2);
        let with = |at: usize, byte: Option<u8>| {
            let mut damaged = text.to_vec();
            damaged.splice(at..=at, byte);
            visit(&damaged)
        };
        let mut refused = 0;
        for at in 0..text.len() {
            for byte in [
                None,
                Some(b'f'),
                Some(b'"'),
                Some(b'0'),
                Some(b'9'),
                Some(0xff),
            ] {
                refused += usize::from(with(at, byte) == 0);
            }
        }
        assert!(refused > text.len(), "{refused} of {}", 6 * text.len());
    }

    #[test]
    fn forks_are_known_by_the_names_of_state_tests() {
        assert_eq!(spec("EIP158"), Some(SpecId::SPURIOUS_DRAGON));
        assert_eq!(spec("ConstantinopleFix"), Some(SpecId::PETERSBURG));
        assert_eq!(spec("Paris"), spec("Merge"));
        assert_eq!(spec("Constantinople"), None);
        assert_eq!(spec("auto"), None);
    }
}
