//! The opcode table and the forks of the contract against revm's own.

use gasworks_abi::fork::Fork;
use gasworks_abi::opcode::{self, DynamicGas, OPCODES, OpcodeInfo};
use revm::bytecode::Bytecode;
use revm::bytecode::opcode::OPCODE_INFO;
use revm::context::CfgEnv;
use revm::context_interface::cfg::gas_params::GasParams;
use revm::interpreter::instructions::{gas_table_spec, instruction_table};
use revm::interpreter::interpreter::ExtBytecode;
use revm::interpreter::{InputsImpl, InstructionResult, Interpreter, SharedMemory};
use revm::primitives::hardfork::SpecId;
use revm::{Context, MainContext};

fn spec(fork: Fork) -> SpecId {
    SpecId::try_from_u8(fork as u8).unwrap()
}

#[test]
fn fork_numbers_are_those_of_spec_id() {
    let pairs = [
        (Fork::Berlin, SpecId::BERLIN),
        (Fork::London, SpecId::LONDON),
        (Fork::Merge, SpecId::MERGE),
        (Fork::Shanghai, SpecId::SHANGHAI),
        (Fork::Cancun, SpecId::CANCUN),
        (Fork::Prague, SpecId::PRAGUE),
        (Fork::Osaka, SpecId::OSAKA),
    ];
    assert_eq!(pairs.len(), Fork::ALL.len());
    for (fork, expected) in pairs {
        assert_eq!(spec(fork), expected);
        assert_eq!(Fork::from_u8(expected as u8), Some(fork));
    }
    for older in 0..Fork::Berlin as u8 {
        assert_eq!(Fork::from_u8(older), None);
    }
    assert_eq!(Fork::from_u8(SpecId::AMSTERDAM as u8), None);
}

/// Opcodes that revm knows and no fork up to Osaka has.
fn is_of_a_later_fork(code: u8) -> bool {
    // SLOTNUM, DUPN, SWAPN, EXCHANGE: EIP-7843 and EIP-8024, Amsterdam.
    matches!(code, 0x4b | 0xe6..=0xe8)
}

#[test]
fn opcodes_names_and_stack_effects_are_revms() {
    for code in 0..=u8::MAX {
        let revm = OPCODE_INFO[usize::from(code)];
        if is_of_a_later_fork(code) {
            assert!(opcode::info(code).is_none(), "{code:#x}");
            continue;
        }
        let Some(ours) = opcode::info(code) else {
            assert!(revm.is_none(), "{code:#x} is missing");
            continue;
        };
        let revm = revm.unwrap_or_else(|| panic!("{} is unknown to revm", ours.name));
        // EIP-4399 renamed it.
        let name = if code == 0x44 {
            "DIFFICULTY"
        } else {
            revm.name()
        };
        assert_eq!(ours.name, name);
        assert_eq!(ours.stack_in, revm.inputs(), "{name}");
        assert_eq!(ours.stack_out, revm.outputs(), "{name}");
        assert_eq!(
            ours.immediate_len(),
            usize::from(revm.immediate_size()),
            "{name}"
        );
    }
}

/// Static gas as revm charges it: its table, and what it charges per instruction beside the table
/// although it depends on nothing.
fn revm_static_gas(row: &OpcodeInfo, fork: Fork) -> u64 {
    let table = gas_table_spec(spec(fork))[usize::from(row.code)].into();
    let params = GasParams::new_spec(spec(fork));
    let topics = u64::from(row.code.wrapping_sub(0xa0));
    match row.dynamic {
        DynamicGas::Log => table + params.log_cost(topics as u8, 0),
        DynamicGas::Create => table + params.create_cost(),
        _ => table,
    }
}

#[test]
fn static_gas_is_revms_in_every_fork() {
    for fork in Fork::ALL {
        for row in OPCODES {
            let Some(gas) = row.gas_in(fork) else {
                continue;
            };
            assert_eq!(
                u64::from(gas),
                revm_static_gas(row, fork),
                "{} {fork:?}",
                row.name
            );
        }
    }
}

/// What revm says when it executes the opcode with zeros on the stack.
fn execute(row: &OpcodeInfo, fork: Fork) -> Result<(), InstructionResult> {
    let mut code = [0x60, 0].repeat(row.stack_in.into());
    code.push(row.code);
    let mut cfg = CfgEnv::default();
    cfg.set_spec_and_mainnet_gas_params(spec(fork));
    let mut host = Context::mainnet().with_cfg(cfg);
    let mut interpreter: Interpreter = Interpreter::new(
        SharedMemory::new(),
        ExtBytecode::new(Bytecode::new_legacy(code.into())),
        InputsImpl::default(),
        false,
        spec(fork),
        1_000_000,
    );
    let (table, gas) = (instruction_table(), gas_table_spec(spec(fork)));
    for _ in 0..row.stack_in {
        interpreter.step(&table, &gas, &mut host)?;
    }
    interpreter.step(&table, &gas, &mut host)
}

#[test]
fn opcodes_start_with_the_fork_that_revm_gives_them() {
    for fork in Fork::ALL {
        for row in OPCODES {
            let result = execute(row, fork);
            let missing = matches!(
                result,
                Err(InstructionResult::NotActivated | InstructionResult::OpcodeNotFound)
            );
            let ours = row.gas_in(fork).is_none();
            assert_eq!(missing, ours, "{} {fork:?}: {result:?}", row.name);
        }
    }
}
