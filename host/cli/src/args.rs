//! The command line.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use gasworks::{ForkChoice, SeedPolicy};
use gasworks_abi::config::Config;
use gasworks_abi::fork::Fork;
use gasworks_workloads::Workload;
use revm::primitives::hardfork::SpecId;

use crate::statetest;

/// Executes Ethereum blocks on the Gasworks card and compares every transaction with revm.
///
/// The card runs what it can; the rest runs on revm. Results are exactly revm's, and `replay` says
/// what share the card had, what it gave back and why, and what it waited for.
#[derive(Debug, Parser)]
#[command(name = "gasworks", version, after_help = FIRST_STEPS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  gasworks workload transfer --txs 16 --output block.json   write a block of token transfers
  gasworks replay block.json                                run it on revm alone
  gasworks replay block.json --device iss                   run it on the instruction set simulator
  gasworks replay block.json --device sim                   run it on the simulated card
  gasworks trace block.json --tx 0 --device iss             see every instruction of a transaction

Exit codes: 0 all equal, 1 something differs or the device failed, 2 bad arguments or input.
GASWORKS_LOG=info (or debug, trace) logs to standard error.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run block bundles on a device and compare them with revm and with their headers
    #[command(after_help = REPLAY_HELP)]
    Replay(ReplayArgs),
    /// Run official state tests on a device and check state root and logs
    #[command(after_help = STATETEST_HELP)]
    Statetest(StatetestArgs),
    /// Run generated blocks on a device and compare them with revm
    #[command(after_help = FUZZ_HELP)]
    Fuzz(FuzzArgs),
    /// Print every instruction of one transaction as EIP-3155 JSON lines
    #[command(after_help = TRACE_HELP)]
    Trace(TraceArgs),
    /// Translate bytecode to micro-ops and print them
    #[command(after_help = DISASM_HELP)]
    Disasm(DisasmArgs),
    /// Say what a device is and what fits it
    #[command(after_help = INFO_HELP)]
    Info(InfoArgs),
    /// Write a block bundle made from our own contracts
    #[command(after_help = WORKLOAD_HELP)]
    Workload(WorkloadArgs),
    /// Print the completion script of a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// Shell.
        shell: Shell,
    },
}

const REPLAY_HELP: &str = "\
Examples:
  gasworks replay block.json.gz --device iss
  gasworks replay blocks/ --device iss --report json | jq .total
  gasworks replay block.json --device sim --harts 1 --seeds oracle     the CPI of one hart alone
  gasworks replay block.json --device sim --limit-txs 3 --wave card.fst

A bundle is {block, pre_state, codes, block_hashes}: the block as eth_getBlockByNumber(N, true)
returns it, and the state that it reads. Transactions that run no opcode count as plain, neither as
on the card nor as given back. After --limit-txs the header is not checked.";

const STATETEST_HELP: &str = "\
Examples:
  gasworks statetest GeneralStateTests/ --device iss
  gasworks statetest GeneralStateTests/stShift --device sim --fork Cancun
  gasworks statetest tests/ --device sim --budget 600 --max-opcodes 100000 --report json
  gasworks statetest tests/ --device iss --limit 2000      the same 2000 cases every time

A case is a variant (data, gas, value) of a test under one fork. It passes when the root of the state
and the hash of the logs are as expected, and on a device when it equals revm in everything else too;
where an exception is expected, when the transaction is invalid. Forks that the device does not run
count as given to revm, for the reason fork.

--limit and --budget take the cases in an order of which every beginning is spread over all folders:
one case of each file, folder by folder in turn, then more of each. Cases that did not run are
counted by reason: budget, limit, max_opcodes, max_gas_limit, bad_input, unsupported_fork
(Constantinople, which was never in use), eip_7610 (the test wants a collision where a contract is
created over storage without code and nonce, which no chain has; revm does not know it, and here is
nothing but what revm does).";

const FUZZ_HELP: &str = "\
Examples:
  gasworks fuzz --device iss --seconds 60 --seed 1
  gasworks fuzz --device sim --seconds 600 --seed 2 --report json
  gasworks fuzz --device iss --cases 1000 --seconds 3600      the same 1000 cases every time

A case is a small world of contracts that call, create and destroy each other, and a block of up to
four transactions under the rules of Berlin to Osaka. The same seed gives the same cases whatever the
device and the number of jobs. A case that differs from revm is made small and written to the folder
--out twice: as a bundle that `gasworks replay` takes, and as a case for the corpus of the tests.";

const TRACE_HELP: &str = "\
Examples:
  gasworks trace block.json --tx 3 > revm.jsonl
  gasworks trace block.json --tx 3 --device iss > iss.jsonl
  diff revm.jsonl iss.jsonl
  gasworks trace block.json --tx 3 --device sim > sim.jsonl    RTL in lock-step with the ISS

The trace of the card ends where it gives the transaction back to revm (a call, a limit). On sim
every micro-op of the RTL is compared with the ISS; the first difference ends the trace with both
values and exit code 1. A halt inside a basic block is met at the start of the block, where revm
meets it later; both consume all gas.";

const DISASM_HELP: &str = "\
Examples:
  gasworks disasm 0x6001600201
  gasworks disasm contract.hex --fork Cancun
  gasworks disasm block.json.gz:0xdac17f958d2ee523a2206206994597c13d831ec7

Behind `;` stand the code position and the opcode that a micro-op comes from.";

const INFO_HELP: &str = "\
Examples:
  gasworks info --device sim
  gasworks info --device iss --preset ecp5-85f --report json";

const WORKLOAD_HELP: &str = "\
Examples:
  gasworks workload --list
  gasworks workload swap --txs 100 --conflict 0.2 --seed 7 --output swap.json.gz
  gasworks workload transfer > block.json

The same arguments give the same bytes.";

const COMPLETIONS_HELP: &str = "\
Examples:
  gasworks completions bash > ~/.local/share/bash-completion/completions/gasworks
  gasworks completions zsh > \"${fpath[1]}/_gasworks\"
  gasworks completions fish > ~/.config/fish/completions/gasworks.fish";

/// What executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DeviceKind {
    /// revm alone: the reference, with no card at all
    Software,
    /// The instruction set simulator: the card's exact results and limits, without time
    Iss,
    /// The card itself, its RTL simulated cycle by cycle
    Sim,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Tables
    Human,
    /// One JSON object on standard output
    Json,
}

/// Which slots travel with a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Seeds {
    /// None: the card asks for every slot
    None,
    /// Those of the transaction's access list
    AccessList,
    /// The access list, and what the last transaction to the same function touched
    Predicted,
    /// What the reference run touched: knows the future, for measuring the card without waits
    Oracle,
}

impl From<Seeds> for SeedPolicy {
    fn from(seeds: Seeds) -> Self {
        match seeds {
            Seeds::None => Self::None,
            Seeds::AccessList => Self::AccessList,
            Seeds::Predicted => Self::Predicted,
            Seeds::Oracle => Self::Oracle,
        }
    }
}

/// The device and its sizes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Device")]
pub struct DeviceArgs {
    /// What executes
    #[arg(long, value_enum, default_value = "software")]
    pub device: DeviceKind,
    /// Sizes of the card's stores
    #[arg(long, default_value = "sim", value_parser = presets())]
    pub preset: Config,
    /// Lanes of the card [default: the preset's]
    #[arg(long, value_name = "N", value_parser = PossibleValuesParser::new(["1", "2", "4", "8"]).map(number))]
    pub lanes: Option<u32>,
    /// Harts of a lane [default: the preset's]
    #[arg(long, value_name = "N", value_parser = PossibleValuesParser::new(["1", "2", "4"]).map(number))]
    pub harts: Option<u32>,
    /// Slices of the 256-bit word in the pipeline [default: the preset's]
    #[arg(long, value_name = "K", value_parser = PossibleValuesParser::new(["1", "2", "4", "8"]).map(number))]
    pub slices: Option<u32>,
    /// sim: seed of the host memory's latencies; the same seed gives the same cycles
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub sim_seed: u64,
    /// sim: of 1,024 cycles, in how many the host memory holds each channel back
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..1024))]
    pub sim_stalls: u32,
}

impl DeviceArgs {
    /// The sizes that the arguments give.
    #[must_use]
    pub fn config(&self) -> Config {
        Config {
            lanes: self.lanes.unwrap_or(self.preset.lanes),
            harts: self.harts.unwrap_or(self.preset.harts),
            slices: self.slices.unwrap_or(self.preset.slices),
            ..self.preset
        }
    }
}

fn number(text: String) -> u32 {
    text.parse().expect("the possible values are numbers")
}

fn presets() -> impl TypedValueParser<Value = Config> {
    let values = Config::PRESETS.map(|preset| {
        let help = format!(
            "{} x {} harts; stack {} words, memory {} B, calldata {} B, code {} KiB, {} state entries",
            preset.lanes,
            preset.harts,
            preset.stack_words(),
            preset.memory_bytes(),
            preset.calldata_bytes(),
            preset.code_bytes() / 1024,
            preset.state_entries()
        );
        PossibleValue::new(preset.name).help(help)
    });
    PossibleValuesParser::new(values)
        .map(|name| Config::preset(&name).expect("the possible values are the presets"))
}

/// `gasworks replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Block bundles (.json or .json.gz), or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Rules: auto (by number and time, as on the mainnet) or the name of a fork
    #[arg(long, default_value = "auto", value_name = "auto|NAME")]
    pub spec: ForkChoice,
    /// Which storage slots travel with a transaction
    #[arg(long, value_enum, default_value = "predicted")]
    pub seeds: Seeds,
    /// How to print the results
    #[arg(long, value_enum, default_value = "human")]
    pub report: ReportFormat,
    /// Write the instructions that the device executed as EIP-3155 JSON lines. Transactions then run one at a time
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// sim: write the waves of the card (FST). Large: combine with --limit-txs
    #[arg(long, value_name = "FILE")]
    pub wave: Option<PathBuf>,
    /// Run only the first N transactions of each block
    #[arg(long, value_name = "N")]
    pub limit_txs: Option<usize>,
    /// Most transactions in flight [default: as many as the device has use for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub in_flight: Option<u32>,
    #[command(flatten)]
    pub device: DeviceArgs,
}

/// `gasworks statetest`.
#[derive(Debug, Args)]
pub struct StatetestArgs {
    /// State tests (.json), or folders of them, searched recursively
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only cases of this fork
    #[arg(long, value_name = "NAME", value_parser = statetest_fork)]
    pub fork: Option<SpecId>,
    /// How to print the results
    #[arg(long, value_enum, default_value = "human")]
    pub report: ReportFormat,
    /// Threads, each with a device of its own [default: one per processor; sim: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub jobs: Option<u32>,
    /// Begin no case after so many seconds; building a simulated card does not count
    #[arg(long, value_name = "SECONDS")]
    pub budget: Option<u64>,
    /// Run only N cases, always the same
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Leave out transactions of more EVM instructions, for the sake of a slow device
    #[arg(long, value_name = "N")]
    pub max_opcodes: Option<u64>,
    /// Leave out transactions with a higher gas limit: one instruction can call a precompile that
    /// takes minutes
    #[arg(long, value_name = "GAS")]
    pub max_gas_limit: Option<u64>,
    #[command(flatten)]
    pub device: DeviceArgs,
}

fn statetest_fork(text: &str) -> Result<SpecId, String> {
    statetest::spec(text).ok_or_else(|| match text.parse::<ForkChoice>() {
        Ok(_) => {
            format!("state tests of {text} are not run: no mainnet block ever had these rules")
        }
        Err(error) => error.to_string(),
    })
}

/// `gasworks fuzz`.
#[derive(Debug, Args)]
pub struct FuzzArgs {
    /// Begin no case after so many seconds; building a simulated card does not count
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub seconds: u64,
    /// Decides every case
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Run no more than N cases
    #[arg(long, value_name = "N")]
    pub cases: Option<u64>,
    /// Threads, each with a device of its own [default: one per processor; sim: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub jobs: Option<u32>,
    /// End after so many cases that differ
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub failures: u32,
    /// Folder for cases that differ; made when there is one
    #[arg(long, value_name = "DIR", default_value = "fuzz")]
    pub out: PathBuf,
    /// How to print the results
    #[arg(long, value_enum, default_value = "human")]
    pub report: ReportFormat,
    #[command(flatten)]
    pub device: DeviceArgs,
}

/// `gasworks trace`.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// Block bundle (.json or .json.gz)
    pub bundle: PathBuf,
    /// Position of the transaction in the block, from 0
    #[arg(long, value_name = "N")]
    pub tx: usize,
    /// Rules: auto (by number and time, as on the mainnet) or the name of a fork
    #[arg(long, default_value = "auto", value_name = "auto|NAME")]
    pub spec: ForkChoice,
    /// Which storage slots travel with the transaction
    #[arg(long, value_enum, default_value = "none")]
    pub seeds: Seeds,
    #[command(flatten)]
    pub device: DeviceArgs,
}

/// `gasworks disasm`.
#[derive(Debug, Args)]
pub struct DisasmArgs {
    /// A file with bytecode (hex or binary), bytecode as 0xHEX, or the contract BUNDLE:ADDRESS
    #[arg(value_name = "FILE|0xHEX|BUNDLE:ADDRESS")]
    pub code: String,
    /// Fork whose opcodes count
    #[arg(long, default_value = "Osaka", value_name = "NAME", value_parser = fork)]
    pub fork: Fork,
    /// Level of the translator
    #[arg(long, default_value = "0", value_parser = ["0"])]
    pub level: String,
}

/// `Paris` is the Merge, as everywhere.
fn fork(text: &str) -> Result<Fork, String> {
    let known = || Fork::ALL.map(|fork| format!("{fork:?}")).join(", ");
    let choice = text
        .parse::<ForkChoice>()
        .map_err(|error| error.to_string())?;
    match choice {
        ForkChoice::Fixed(spec) => gasworks::fork::card_fork(spec),
        ForkChoice::Auto => None,
    }
    .ok_or_else(|| format!("the card runs {}", known()))
}

/// `gasworks info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    pub report: ReportFormat,
    #[command(flatten)]
    pub device: DeviceArgs,
}

/// `gasworks workload`.
#[derive(Debug, Args)]
pub struct WorkloadArgs {
    /// Kind of block
    #[arg(required_unless_present = "list", value_parser = workloads())]
    pub name: Option<Workload>,
    /// Transactions
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub txs: usize,
    /// Share of transactions that touch one hot piece of state, 0 to 1
    #[arg(long, value_name = "X", default_value_t = 0.0)]
    pub conflict: f64,
    /// Decides keys, amounts and order
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// File, .json or .json.gz [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// List the workloads
    #[arg(long, exclusive = true)]
    pub list: bool,
}

fn workloads() -> impl TypedValueParser<Value = Workload> {
    let values = Workload::ALL
        .map(|workload| PossibleValue::new(workload.name()).help(workload.description()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Workload>())
}
