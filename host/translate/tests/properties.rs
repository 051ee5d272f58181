//! What holds for the program of any bytes.

use gasworks_abi::fork::Fork;
use gasworks_abi::micro_op::{BSource, MicroOp, Op};
use gasworks_abi::opcode;
use gasworks_abi::program::ENTRY;
use gasworks_translate::{Level, MAX_CODE_LEN, Program, TranslateError, disassemble, translate};
use proptest::prelude::*;
use proptest::sample::select;

fn program(code: &[u8], fork: Fork) -> Program {
    translate(code, fork, Level::Zero).unwrap()
}

fn at(program: &Program, pc: u32) -> MicroOp {
    MicroOp::from_bits(program.words[pc as usize])
}

fn jumpdests(code: &[u8]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut position = 0;
    while position < code.len() {
        match code[position] {
            0x5b => found.push(position as u32),
            push @ 0x60..=0x7f => position += usize::from(push - 0x5f),
            _ => {}
        }
        position += 1;
    }
    found
}

/// Walks the blocks: each starts with a header, and its fields are the sums over its instructions.
fn check_blocks(program: &Program, fork: Fork) -> Result<(), TestCaseError> {
    let ops: Vec<MicroOp> = program.micro_ops().collect();
    let mut index = 0;
    while index < ops.len() {
        let header = ops[index];
        prop_assert_eq!(header.op(), Some(Op::Block), "micro-op {}", index);
        let (mut gas, mut count, mut height) = (0, 0, 0i32);
        let (mut need, mut growth) = (0, 0);
        let mut end = index;
        while end < ops.len() && (end == index || ops[end].op() != Some(Op::Block)) {
            let origin = program.origins[end];
            if origin.is_first_of_instruction {
                let row = opcode::info(origin.opcode).filter(|row| row.gas_in(fork).is_some());
                gas += row.map_or(0, |row| row.gas);
                prop_assert_eq!(origin.static_gas, row.map_or(0, |row| row.gas));
                count += 1;
                let (pops, pushes) = row.map_or((0, 0), |row| (row.stack_in, row.stack_out));
                need = need.max(i32::from(pops) - height);
                height += i32::from(pushes) - i32::from(pops);
                growth = growth.max(height);
            } else {
                prop_assert_eq!(origin.static_gas, 0);
            }
            end += 1;
        }
        prop_assert_eq!(header.imm(), gas);
        prop_assert_eq!(header.block_instructions(), count);
        prop_assert_eq!(i32::from(header.block_need()), need);
        prop_assert_eq!(i32::from(header.block_growth()), growth);
        index = end;
    }
    Ok(())
}

/// Inside a block `delta` follows the stack effect of the opcodes, and no operand lies below what
/// the header demands.
fn check_operands(program: &Program) -> Result<(), TestCaseError> {
    let (mut height, mut need) = (0i32, 0i32);
    for op in program.micro_ops() {
        let kind = op.op().unwrap();
        if kind == Op::Block {
            (height, need) = (0, op.block_need().into());
            continue;
        }
        let flags = kind.info().flags;
        let mut lowest = 0i32;
        if flags.has(gasworks_abi::micro_op::OpFlags::A) {
            lowest = lowest.min(op.a().into());
        }
        let from_window = op.b_source() == BSource::Window;
        if flags.has(gasworks_abi::micro_op::OpFlags::B) && from_window {
            lowest = lowest.min(op.b().into());
        }
        prop_assert!(height + need + lowest >= 0, "{op:?} reads below its block");
        if op.b_source() == BSource::Constant {
            prop_assert!((op.imm() as usize) < program.constants.len());
        }
        height += i32::from(op.delta());
    }
    Ok(())
}

fn check(code: &[u8], fork: Fork) -> Result<(), TestCaseError> {
    let program = program(code, fork);
    let header = program.header();
    prop_assert_eq!(header.code_len as usize, code.len());
    prop_assert_eq!(header.word_count as usize, program.words.len());
    prop_assert_eq!(program.words.len() % 8, 0);
    check_blocks(&program, fork)?;
    check_operands(&program)?;
    let last = program.micro_ops().last().and_then(MicroOp::op);
    let falls = [
        Op::JumpIf,
        Op::JumpIfDynamic,
        Op::Block,
        Op::Gas,
        Op::SStore,
        Op::Enter,
    ];
    prop_assert!(!falls.contains(&last.unwrap()), "falls off the end");
    // The jump map leads every JUMPDEST, and nothing else, to its header.
    let expected = jumpdests(code);
    for (ordinal, position) in expected.iter().enumerate() {
        let word = program.words[(header.jump_map + position / 32) as usize];
        let below = (word & ((1 << (position % 32)) - 1)).count_ones();
        prop_assert_eq!((word >> 32) as u32 + below, ordinal as u32);
        let pair = program.words[header.jump_targets as usize + ordinal / 2];
        let target = (pair >> (32 * (ordinal % 2))) as u32;
        prop_assert_eq!(at(&program, target).op(), Some(Op::Block));
        prop_assert_eq!(
            program.origin(target).map(|origin| origin.position),
            Some(*position)
        );
    }
    let bits: u32 = (header.jump_map..header.jump_targets)
        .map(|word| (program.words[word as usize] as u32).count_ones())
        .sum();
    prop_assert_eq!(bits as usize, expected.len());
    // Static targets are headers of JUMPDESTs.
    for op in program.micro_ops() {
        if matches!(op.op(), Some(Op::Jump | Op::JumpIf | Op::PushLabel)) {
            prop_assert_eq!(at(&program, op.imm()).op(), Some(Op::Block));
            let origin = program.origin(op.imm()).unwrap();
            prop_assert_eq!(origin.opcode, 0x5b);
            if op.op() == Some(Op::PushLabel) {
                prop_assert_eq!(u32::from(op.label()), origin.position);
            }
        }
    }
    prop_assert!(!disassemble(&program).to_string().is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_become_sound_blocks(
        code in proptest::collection::vec(any::<u8>(), 0..400),
        fork in select(&Fork::ALL[..]),
    ) {
        check(&code, fork)?;
    }

    #[test]
    fn jumps_and_pushes_become_sound_blocks(
        code in proptest::collection::vec(
            select(&[
                0x5b, 0x5b, 0x60, 0x61, 0x62, 0x7f, 0x56, 0x57, 0x00, 0x5a, 0x55, 0x08, 0xa3, 0x3c,
                0xf0, 0xf1, 0xf4, 0xf5, 0xff, 0x47, 1, 2, 3,
            ][..]),
            0..300,
        ),
        fork in select(&Fork::ALL[..]),
    ) {
        check(&code, fork)?;
    }
}

#[test]
fn long_blocks_are_split() {
    for opcode in [0x50u8, 0x5f, 0x80, 0x20, 0xa4, 0x00, 0xf1, 0xf5] {
        check(&vec![opcode; 70_000], Fork::Osaka).unwrap();
    }
    // More than 65,535 instructions without any other reason to split.
    let mut code = [0x5f, 0x50].repeat(40_000);
    code.push(0);
    check(&code, Fork::Osaka).unwrap();
    // More than 2^24 gas.
    check(&[0x5f, 0x5f, 0xa0].repeat(50_000), Fork::Osaka).unwrap();
}

#[test]
fn code_that_is_too_long_is_refused() {
    let longest = vec![0xf1; MAX_CODE_LEN];
    let program = program(&longest, Fork::Osaka);
    assert!(program.words.len() < 1 << 24);
    assert_eq!(
        translate(&vec![0; MAX_CODE_LEN + 1], Fork::Osaka, Level::Zero),
        Err(TranslateError::CodeTooLong {
            len: MAX_CODE_LEN + 1
        })
    );
}

#[test]
fn entry_is_the_first_header() {
    let program = program(&[], Fork::Berlin);
    assert_eq!(at(&program, ENTRY), MicroOp::block(0, 0, 1, 0));
    assert_eq!(at(&program, ENTRY + 1).op(), Some(Op::Stop));
}
