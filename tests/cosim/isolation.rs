//! A transaction sees nothing of those before it: the same results, to the cycle, whatever the
//! memories of the card hold when it begins, and those of revm.

use alloy_primitives::{Address, Bytes, TxKind, U256};
use gasworks::Venue;
use gasworks::case::{Outcome, Runner, State};
use gasworks::env::BlockInput;
use gasworks_abi::config::Config;
use gasworks_driver::Execution;
use gasworks_hdl::generate_card;
use gasworks_sim::build::Source;
use gasworks_sim::{SimDevice, SimError, SimOptions, open_source, source};
use gasworks_tests::assemble::assemble;
use gasworks_tests::poison::{LASTING, Pattern, Poisoned};
use gasworks_verilog::{Memory, PlacedMemory};
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::primitives::hardfork::SpecId;

const SENDER: Address = Address::repeat_byte(0x5e);
const TARGET: Address = Address::repeat_byte(0xc0);
/// Returns what it finds in fresh memory and fails to see its caller's.
const CALLEE: &str = "0x2100000000000000000000000000000000000021";
/// Gas of every transaction.
const GAS: u64 = 3_000_000;

/// A transaction: name, code, calldata.
struct Probe {
    name: String,
    code: Vec<u8>,
    calldata: Vec<u8>,
}

fn probe(name: impl Into<String>, code: &str) -> Probe {
    Probe {
        name: name.into(),
        code: assemble(code),
        calldata: vec![0xca; 37],
    }
}

/// Lengths and offsets around words, beats and rows.
const EDGES: [u32; 9] = [1, 31, 32, 33, 63, 64, 65, 127, 2049];

/// Reads of fresh memory in every way that an operation reads memory.
fn memory_probes() -> Vec<Probe> {
    let mut out = Vec::new();
    for at in EDGES {
        let mut add = |name: &str, code: &str| {
            let code = code.replace('@', &at.to_string());
            out.push(probe(format!("{name} {at}"), &code));
        };
        add("mload", "@ MLOAD 0 SSTORE");
        add("return from zero", "@ 0 RETURN");
        add("return from", "99 @ RETURN");
        add("revert", "@ 3 REVERT");
        add("keccak", "@ 5 KECCAK256 0 SSTORE");
        add("log", "1 2 @ 7 LOG2");
        add("store then return", "0xff @ MSTORE8 160 @ ADD 0 RETURN");
        add("word then return", "1 NOT @ MSTORE 192 @ ADD 0 RETURN");
        add("mcopy", "@ 1 @ ADD 3 MCOPY @ 64 ADD 0 RETURN");
        add("mcopy back", "@ 0 @ MCOPY @ @ ADD 0 RETURN");
        add("calldata", "@ 11 5 CALLDATACOPY @ 64 ADD 0 RETURN");
        add("calldata word", "@ CALLDATALOAD 0 SSTORE");
        add("code", "@ 2 5 CODECOPY @ 64 ADD 0 RETURN");
        add("nobody's code", "@ 0 5 0x77 EXTCODECOPY @ 64 ADD 0 RETURN");
        add("initcode", "@ 0 0 CREATE 0 SSTORE");
        let call = format!("@ 9 @ 0 0 {CALLEE} GAS CALL POP @ 128 ADD 0 RETURN");
        add("call", &call);
        let failed = format!("@ 0 100 3 {CALLEE} 500 STATICCALL POP @ 128 ADD 0 RETURN");
        add("failed call", &failed);
        add(
            "identity",
            "@ 9 @ 0 4 GAS STATICCALL POP @ 128 ADD 0 RETURN",
        );
    }
    out
}

/// Everything else that a hart keeps.
fn hart_probes() -> Vec<Probe> {
    let sizes = "MSIZE RETURNDATASIZE CALLDATASIZE GAS 0 SSTORE 1 SSTORE 2 SSTORE 3 SSTORE";
    let accounts = format!(
        "GAS {CALLEE} BALANCE {CALLEE} EXTCODESIZE {CALLEE} EXTCODEHASH GAS 0x77 EXTCODEHASH \
         0 SSTORE 1 SSTORE 2 SSTORE 3 SSTORE 4 SSTORE 5 SSTORE"
    );
    let undone =
        format!("5 9 SSTORE 0 0 0 0 0 {CALLEE} GAS CALL RETURNDATASIZE 0 MSTORE8 1 0 RETURN");
    let transient = "7 TLOAD 0 TLOAD OR 1 3 TSTORE 3 TLOAD 4 TLOAD 0 SSTORE 1 SSTORE 2 SSTORE";
    let mut out = vec![
        probe("nothing at all", "STOP"),
        probe("sizes", sizes),
        probe("return data of no call", "1 0 0 RETURNDATACOPY"),
        probe("no return data", "0 0 0 RETURNDATACOPY MSIZE 0 SSTORE"),
        probe("transient slots", transient),
        probe(
            "cold slots",
            "GAS 1 SLOAD GAS 1 SLOAD GAS 0 SSTORE 1 SSTORE 2 SSTORE 3 SSTORE 4 SSTORE",
        ),
        probe(
            "slots written once",
            "9 1 SSTORE 9 1 SSTORE 0 1 SSTORE 1 SLOAD 2 SLOAD 3 SSTORE 4 SSTORE",
        ),
        probe("refund", "0 200 SSTORE"),
        probe("cold accounts", &accounts),
        probe("undone frame", &undone),
        probe("logs", "LOG0 STOP"),
        probe("two logs", "0 0 LOG0 3 4 5 6 40 0 LOG4 1 7 0 LOG1"),
        probe(
            "power without gas",
            "CALLER ADDRESS EQ 19 JUMPI 0 0 0 0 0 ADDRESS 700 CALL 0 SSTORE STOP \
             JUMPDEST 0 NOT 3 EXP 0 SSTORE",
        ),
        probe("wrong jump", "3 JUMP JUMPDEST"),
        probe(
            "computed jump",
            "10 1 ADD DUP1 JUMP STOP STOP STOP STOP JUMPDEST 7 0 SSTORE",
        ),
        probe(
            "creation",
            "0x6005600055600a600af3 0 MSTORE 10 22 0 CREATE EXTCODESIZE 0 SSTORE",
        ),
        probe(
            "environment",
            "ADDRESS CALLER ORIGIN CALLVALUE GASPRICE NUMBER TIMESTAMP COINBASE \
            XOR XOR XOR XOR XOR XOR XOR 0 SSTORE SELFBALANCE CHAINID BASEFEE GASLIMIT DIFFICULTY \
            XOR XOR XOR XOR 1 SSTORE",
        ),
        probe(
            "arithmetic",
            "7 3 9 MULMOD 5 7 11 ADDMOD 3 200 EXP 97 1000 DIV 5 77 MOD \
            0 SSTORE 1 SSTORE 2 SSTORE 3 SSTORE 4 SSTORE",
        ),
    ];
    for name in [
        "ADD", "POP", "DUP1", "DUP16", "SWAP1", "SWAP16", "MSTORE", "SSTORE", "LOG4", "CALL",
    ] {
        let info = gasworks_abi::opcode::OPCODES
            .iter()
            .find(|info| info.name == name);
        let needs = info.map_or(0, |info| info.stack_in);
        for words in [0, needs.saturating_sub(1)] {
            let code = format!("{} {name} 1 0 SSTORE", "2 ".repeat(words.into()));
            out.push(probe(format!("{name} on {words} words"), &code));
        }
    }
    out
}

fn probes() -> Vec<Probe> {
    let mut out = memory_probes();
    out.extend(hart_probes());
    out
}

/// What the transactions run on.
fn state(code: &[u8]) -> State {
    let mut state = State::new(Default::default());
    let callee = assemble(
        "0 SLOAD 1 TLOAD 64 MLOAD OR OR 0 MSTORE 1 1 TSTORE 1 1 SSTORE 4 0 LOG0 96 0 CALLDATASIZE \
         ISZERO 35 JUMPI RETURN JUMPDEST REVERT",
    );
    let one = U256::from(1);
    state.insert(SENDER, U256::from(u128::MAX), 0, &Bytes::new(), []);
    let storage = [(U256::from(200), one)];
    state.insert(TARGET, one, 1, &Bytes::copy_from_slice(code), storage);
    let address: Address = CALLEE.parse().expect("an address");
    state.insert(address, one, 1, &callee.into(), []);
    state
}

fn input(probe: &Probe) -> BlockInput {
    BlockInput {
        spec: SpecId::OSAKA,
        cfg: CfgEnv::new_with_spec(SpecId::OSAKA),
        block: BlockEnv {
            gas_limit: 30_000_000,
            prevrandao: Some(Default::default()),
            ..BlockEnv::default()
        },
        txs: vec![TxEnv {
            caller: SENDER,
            kind: TxKind::Call(TARGET),
            gas_limit: GAS,
            data: probe.calldata.clone().into(),
            ..TxEnv::default()
        }],
    }
}

/// Runs a transaction; in what it differs from revm, or the failure of the device.
fn run(card: &mut Poisoned, probe: &Probe) -> Vec<String> {
    let mut runner = Runner::new(Some(card), None);
    let (outcome, errors) = runner
        .run(&state(&probe.code), &input(probe), true)
        .unwrap_or_else(|error| panic!("{}: {error:?}", probe.name));
    let Outcome::Ran(ran) = outcome else {
        panic!("{}: {outcome:?}", probe.name)
    };
    let differences = ran.differences.iter().map(|found| format!("{found:?}"));
    // revm takes over what escalates: a wrong limit must not hide behind that.
    let elsewhere = (ran.venue != Venue::Card).then(|| format!("{:?}", ran.venue));
    errors
        .into_iter()
        .chain(differences)
        .chain(elsewhere)
        .collect()
}

/// The card of `source`, or nothing (said loudly) where there is no Verilator.
fn card(source: &Source) -> Option<SimDevice> {
    match open_source(source, &SimOptions::default(), &mut |text| {
        eprintln!("{text}")
    }) {
        Ok(card) => Some(card),
        Err(SimError::NoVerilator) => {
            eprintln!("skipped: no verilator (run `cargo xtask tools`)");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

fn is_lasting(placed: &PlacedMemory) -> bool {
    LASTING
        .iter()
        .any(|(place, _)| placed.scope.ends_with(place))
}

/// What is overwritten between transactions.
fn forgotten(source: &Source) -> Vec<PlacedMemory> {
    let memories = source.memories.iter();
    memories
        .filter(|placed| !is_lasting(placed))
        .cloned()
        .collect()
}

/// Everything but the number that the host gave it.
fn comparable(execution: &Execution) -> Execution {
    Execution {
        tag: 0,
        ..execution.clone()
    }
}

#[test]
fn every_memory_of_the_design_is_listed() {
    let card = generate_card(&Config::SIM).expect("is generated");
    let listed = card.design.memories();
    for module in &card.design.modules {
        let declared = module.text.lines().filter(|line| {
            let line = line.trim_start();
            line.contains("reg [") && line.ends_with("];") && line.contains(" [0:")
        });
        assert_eq!(declared.count(), module.memories.len(), "{}", module.name);
        for memory in &module.memories {
            let is_listed =
                |placed: &PlacedMemory| placed.module == module.name && placed.memory == *memory;
            assert!(listed.iter().any(is_listed), "{} {memory:?}", module.name);
        }
    }
    for (place, why) in LASTING {
        let found = listed.iter().any(|placed| placed.scope.ends_with(place));
        assert!(found, "{place} ({why}) is no memory of the card");
    }
    let bits: usize = listed.iter().map(|p| p.memory.width * p.memory.words).sum();
    println!(
        "{} memories of {bits} bits, {} kept",
        listed.len(),
        listed.iter().filter(|p| is_lasting(p)).count()
    );
}

#[test]
fn a_transaction_sees_nothing_of_what_the_memories_held() {
    let source = source(&Config::SIM, false).expect("is generated");
    let memories = forgotten(&source);
    let mut clean: Option<Vec<Execution>> = None;
    for pattern in [Pattern::Left, Pattern::Ones, Pattern::Random] {
        let Some(card) = card(&source) else { return };
        let mut card = Poisoned::new(card, memories.clone(), pattern);
        for probe in probes() {
            let differences = run(&mut card, &probe);
            assert!(
                differences.is_empty(),
                "{pattern:?}, {}: {differences:#?}",
                probe.name
            );
        }
        let executions: Vec<Execution> = card.executions.iter().map(comparable).collect();
        assert!(executions.len() > 190, "only {} ran", executions.len());
        match &clean {
            None => clean = Some(executions),
            Some(clean) => {
                for (at, (a, b)) in clean.iter().zip(&executions).enumerate() {
                    assert_eq!(a, b, "{pattern:?}, transaction {at}");
                }
            }
        }
    }
}

/// A fault put into the printed Verilog: name, module, text, text with `mutation[0]` in it.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "memory that grows is not zeroed",
        "memory_zeroer",
        "if (start) begin",
        "if (start & ~mutation[0]) begin",
    ),
    (
        "progress of the hart stays",
        "memory_hart_file",
        "fresh_d = fresh | start_bit;",
        "fresh_d = fresh | (start_bit & {4{~mutation[0]}});",
    ),
    (
        "ranges and return data stay",
        "memory_range",
        "fresh_d = kept | start_bit;",
        "fresh_d = kept | (start_bit & {4{~mutation[0]}});",
    ),
    (
        "the table is not emptied",
        "state_table",
        "counts_write_data = 10'd0;",
        "counts_write_data = counts_read_data & {10{mutation[0]}};",
    ),
    (
        "the refund stays",
        "state_journal",
        "refunds_write_data = 64'd0;",
        "refunds_write_data = refunds_read_data & {64{mutation[0]}};",
    ),
    (
        "the stack may underflow",
        "card_pipe",
        "assign retire_block_fails = retire_underflow |",
        "assign retire_block_fails = (retire_underflow & ~mutation[0]) |",
    ),
    (
        "calldata has no end",
        "memory_unit",
        "reader_limit = {2'd0, calldata_len};",
        "reader_limit = {2'd0, calldata_len | {32{mutation[0]}}};",
    ),
];

/// The card with a switch in it for every fault.
fn faulty() -> (Source, Vec<PlacedMemory>) {
    let mut card = generate_card(&Config::SIM).expect("is generated");
    let before = card.design.memories();
    for (name, module, text, faulty) in FAULTS {
        let found = card
            .design
            .modules
            .iter_mut()
            .find(|known| known.name == *module);
        let module = found.unwrap_or_else(|| panic!("{name}: no module {module}"));
        assert!(
            module.text.contains(text),
            "{name}: no {text:?} in {}",
            module.name
        );
        let (head, body) = module.text.split_once(");\n").expect("a module has ports");
        let body = body.replace(text, faulty);
        let switch = "  reg [0:0] mutation [0:0];\n  initial mutation[0] = 1'd0;\n";
        module.text = format!("{head});\n{switch}{body}");
        module.memories.push(Memory {
            name: "mutation".into(),
            width: 1,
            words: 1,
        });
    }
    let memories = card.design.memories();
    let source = Source {
        verilog: card.design.text(),
        memories,
        ..source(&Config::SIM, false).expect("is generated")
    };
    (source, before)
}

#[test]
fn a_store_that_is_not_cleared_is_found() {
    let (source, before) = faulty();
    let memories: Vec<PlacedMemory> = before.into_iter().filter(|p| !is_lasting(p)).collect();
    for (name, module, ..) in FAULTS {
        let Some(mut card) = card(&source) else {
            return;
        };
        let switches = source.memories.iter();
        for switch in switches.filter(|p| p.module == *module && p.memory.name == "mutation") {
            card.transport_mut().poison(switch, 0).expect("is switched");
        }
        let mut card = Poisoned::new(card, memories.clone(), Pattern::Random);
        let found = probes().iter().find_map(|probe| {
            let differences = run(&mut card, probe);
            (!differences.is_empty()).then(|| probe.name.clone())
        });
        let found = found.unwrap_or_else(|| panic!("{name}: no probe finds it"));
        println!("{name}: found by {found}");
    }
}
