//! Listings: what level 0 makes of each kind of opcode, to the letter.

use gasworks_abi::escalation::Escalation;
use gasworks_abi::fork::Fork;
use gasworks_abi::micro_op::{MicroOp, Op};
use gasworks_translate::{Level, Target, disassemble, translate};

/// The listing with single spaces and without the indices in front.
fn listing(code: &[u8], fork: Fork) -> Vec<String> {
    let program = translate(code, fork, Level::Zero).unwrap();
    let text = disassemble(&program).to_string();
    let lines = text.lines();
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    lines.map(words).collect()
}

#[track_caller]
fn expect(code: &[u8], expected: &[&str]) {
    assert_eq!(listing(code, Fork::Osaka), expected);
}

#[test]
fn arithmetic() {
    expect(
        &[0x60, 2, 0x5f, 0x01, 0x15, 0x80, 0x91, 0x50],
        &[
            "8 block need 1 growth 2 instructions 8 gas 19 ; 0x0000",
            "9 mov s[0] = 0x2 sp+1 ; 0x0000 PUSH1",
            "10 mov s[0] = 0x0 sp+1 ; 0x0002 PUSH0",
            "11 add s[-2] = s[-1], s[-2] sp-1 ; 0x0003 ADD",
            "12 iszero s[-1] = s[-1] ; 0x0004 ISZERO",
            "13 mov s[0] = s[-1] sp+1 ; 0x0005 DUP1",
            "14 swap s[-3] = s[-1], s[-3] ; 0x0006 SWAP2",
            "15 nop sp-1 ; 0x0007 POP",
            "16 stop ; 0x0008 STOP",
        ],
    );
}

#[test]
fn operands_beyond_two_travel_before_their_opcode() {
    expect(
        &[0x08, 0x37, 0x3c, 0xa1, 0xa4, 0x00],
        &[
            "8 block need 18 growth 0 instructions 6 gas 2736 ; 0x0000",
            "9 arg s[-3], 0x0 words 0 ; 0x0000 ADDMOD",
            "10 addmod s[-3] = s[-1], s[-2], c sp-2 ; 0x0000",
            "11 arg s[-3], 0x0 words 0 ; 0x0001 CALLDATACOPY",
            "12 cdcopy s[-1], s[-2], c sp-3 ; 0x0001",
            "13 exttouch s[-1] sp-1 ; 0x0002 EXTCODECOPY",
            "14 arg s[-3], 0x0 words 0 ; 0x0002",
            "15 extcopy s[-1], s[-2], c sp-3 ; 0x0002",
            "16 arg s[-3], 0x0 words 0 ; 0x0003 LOG1",
            "17 log s[-1], s[-2] topics 1 sp-3 ; 0x0003",
            "18 arg s[-3], s[-4] words 0 ; 0x0004 LOG4",
            "19 arg s[-5], s[-6] words 2 ; 0x0004",
            "20 log s[-1], s[-2] topics 4 sp-6 ; 0x0004",
            "21 stop ; 0x0005 STOP",
        ],
    );
}

#[test]
fn static_jumps_are_resolved() {
    // PUSH1 4 JUMP, dead POP, JUMPDEST CALLDATASIZE PUSH1 4 JUMPI, JUMPDEST as push data.
    expect(
        &[0x60, 4, 0x56, 0x50, 0x5b, 0x36, 0x60, 4, 0x57, 0x60, 0x5b],
        &[
            "8 block need 0 growth 1 instructions 2 gas 11 ; 0x0000",
            "9 mov s[0] = 0x4 sp+1 ; 0x0000 PUSH1",
            "10 jump @11 sp-1 ; 0x0002 JUMP",
            "11 block need 0 growth 2 instructions 4 gas 16 ; 0x0004 JUMPDEST",
            "12 mov s[0] = env CalldataSize sp+1 ; 0x0005 CALLDATASIZE",
            "13 mov s[0] = 0x4 sp+1 ; 0x0006 PUSH1",
            "14 jumpi s[-2] @11 taken sp-2 ; 0x0008 JUMPI",
            "15 block need 0 growth 1 instructions 2 gas 3 ; 0x0009",
            "16 mov s[0] = 0x5b sp+1 ; 0x0009 PUSH1",
            "17 stop ; 0x000b STOP",
        ],
    );
}

#[test]
fn other_jumps() {
    // An internal call: PUSH1 5 (return) PUSH1 6 JUMP, then a return by JUMP.
    expect(
        &[0x60, 5, 0x60, 6, 0x56, 0x5b, 0x5b, 0x56, 0x5b, 0x57],
        &[
            "8 block need 0 growth 2 instructions 3 gas 14 ; 0x0000",
            "9 pushl s[0] = 0x5 @12 sp+1 ; 0x0000 PUSH1",
            "10 mov s[0] = 0x6 sp+1 ; 0x0002 PUSH1",
            "11 jump @13 sp-1 ; 0x0004 JUMP",
            "12 block need 0 growth 0 instructions 1 gas 1 ; 0x0005 JUMPDEST",
            "13 block need 1 growth 0 instructions 2 gas 9 ; 0x0006 JUMPDEST",
            "14 jumpd s[-1] sp-1 ; 0x0007 JUMP",
            "15 block need 2 growth 0 instructions 2 gas 11 ; 0x0008 JUMPDEST",
            "16 jumpid s[-1], s[-2] sp-2 ; 0x0009 JUMPI",
            "17 block need 0 growth 0 instructions 1 gas 0 ; 0x000a",
            "18 stop ; 0x000a STOP",
        ],
    );
}

#[test]
fn jumps_to_nowhere() {
    expect(
        &[0x60, 1, 0x56],
        &[
            "8 block need 0 growth 1 instructions 2 gas 11 ; 0x0000",
            "9 mov s[0] = 0x1 sp+1 ; 0x0000 PUSH1",
            "10 halt invalid_jump ; 0x0002 JUMP",
        ],
    );
    let conditional = listing(&[0x36, 0x60, 1, 0x57], Fork::Osaka);
    assert_eq!(conditional[3], "11 jumpid s[-1], s[-2] sp-2 ; 0x0003 JUMPI");
}

#[test]
fn blocks_end_where_gas_is_seen() {
    expect(
        &[0x5a, 0x5f, 0x55, 0xfe],
        &[
            "8 block need 0 growth 1 instructions 1 gas 2 ; 0x0000",
            "9 gas s[0] sp+1 ; 0x0000 GAS",
            "10 block need 1 growth 1 instructions 2 gas 2 ; 0x0001",
            "11 mov s[0] = 0x0 sp+1 ; 0x0001 PUSH0",
            "12 sstore s[-1], s[-2] sp-2 ; 0x0002 SSTORE",
            "13 block need 0 growth 0 instructions 1 gas 0 ; 0x0003",
            "14 halt invalid_opcode ; 0x0003 INVALID",
        ],
    );
}

#[test]
fn calls_latch_their_operands_and_end_their_block() {
    expect(
        &[0xf1, 0xf4, 0x00],
        &[
            "8 block need 7 growth 0 instructions 1 gas 100 ; 0x0000",
            "9 arg s[-1], s[-3] words 0 ; 0x0000 CALL",
            "10 arg s[-2], s[-2] words 2 ; 0x0000",
            "11 inrange s[-4], s[-5] ; 0x0000",
            "12 outrange s[-6], s[-7] ; 0x0000",
            "13 call s[-2], s[-3], c call ; 0x0000",
            "14 enter sp-7 ; 0x0000",
            "15 mov s[0] = env CallResult sp+1 ; 0x0000",
            "16 block need 6 growth 0 instructions 1 gas 100 ; 0x0001",
            "17 arg s[-1], 0x0 words 0 ; 0x0001 DELEGATECALL",
            "18 arg s[-2], s[-2] words 2 ; 0x0001",
            "19 inrange s[-3], s[-4] ; 0x0001",
            "20 outrange s[-5], s[-6] ; 0x0001",
            "21 callview s[-2], c delegatecall ; 0x0001",
            "22 enter sp-6 ; 0x0001",
            "23 mov s[0] = env CallResult sp+1 ; 0x0001",
            "24 block need 0 growth 0 instructions 1 gas 0 ; 0x0002",
            "25 stop ; 0x0002 STOP",
        ],
    );
    assert_eq!(
        listing(&[0xf2], Fork::Osaka)[5],
        "13 call s[-2], s[-3], c callcode ; 0x0000"
    );
    assert_eq!(
        listing(&[0xfa], Fork::Osaka)[5],
        "13 callview s[-2], c staticcall ; 0x0000"
    );
}

#[test]
fn creations_pay_for_initcode_by_fork() {
    expect(
        &[0xf0, 0xf5, 0x47, 0xff, 0x50],
        &[
            "8 block need 3 growth 0 instructions 1 gas 32000 ; 0x0000",
            "9 arg s[-1], s[-1] words 0 ; 0x0000 CREATE",
            "10 inrange s[-2], s[-3] per word 2 limit ; 0x0000",
            "11 create s[-1] create ; 0x0000",
            "12 enter sp-3 ; 0x0000",
            "13 mov s[0] = env CallResult sp+1 ; 0x0000",
            "14 block need 4 growth 0 instructions 1 gas 32000 ; 0x0001",
            "15 arg s[-1], s[-4] words 0 ; 0x0001 CREATE2",
            "16 inrange s[-2], s[-3] per word 8 limit ; 0x0001",
            "17 create s[-1] create2 ; 0x0001",
            "18 enter sp-4 ; 0x0001",
            "19 mov s[0] = env CallResult sp+1 ; 0x0001",
            "20 block need 0 growth 1 instructions 2 gas 5005 ; 0x0002",
            "21 selfbalance s[0] sp+1 ; 0x0002 SELFBALANCE",
            "22 selfdestruct s[-1] sp-1 ; 0x0003 SELFDESTRUCT",
            "23 stop ; 0x0003",
        ],
    );
    let range = |opcode| listing(&[opcode], Fork::Merge)[2].clone();
    assert_eq!(range(0xf0), "10 inrange s[-2], s[-3] ; 0x0000");
    assert_eq!(range(0xf5), "10 inrange s[-2], s[-3] per word 6 ; 0x0000");
}

#[test]
fn with_one_frame_what_makes_another_escalates() {
    let target = Target {
        fork: Fork::Osaka,
        calls: false,
    };
    for (opcode, reason) in [
        (0xf0, Escalation::Create),
        (0xf1, Escalation::Call),
        (0xf2, Escalation::Call),
        (0xf4, Escalation::Call),
        (0xf5, Escalation::Create),
        (0xfa, Escalation::Call),
        (0xff, Escalation::SelfDestruct),
    ] {
        let program = translate(&[opcode, 0x50], target, Level::Zero).unwrap();
        let ops: Vec<MicroOp> = program.micro_ops().collect();
        assert_eq!(ops.len(), 2, "{opcode:#x}");
        assert_eq!(ops[1].op(), Some(Op::Escalate));
        assert_eq!(ops[1].imm(), reason as u32);
    }
    let program = translate(&[0x47, 0x3d, 0x3e], target, Level::Zero).unwrap();
    assert!(program.micro_ops().all(|op| op.op() != Some(Op::Escalate)));
}

#[test]
fn opcodes_of_later_forks_halt() {
    let older = listing(&[0x5f, 0x00], Fork::Merge);
    assert_eq!(older[1], "9 halt invalid_opcode ; 0x0000 PUSH0");
}

#[test]
fn constants_are_kept_once() {
    let mut code = vec![0x7f];
    code.extend([0xff; 32]);
    code.extend([0x7f]);
    code.extend([0xff; 32]);
    // 2^24, and a push that the end of the code cuts off: 0x0100_0000.
    code.extend([0x63, 1, 0, 0, 0, 0x63, 1]);
    let program = translate(&code, Fork::Osaka, Level::Zero).unwrap();
    let mut two_to_24 = [0; 32];
    two_to_24[3] = 1;
    assert_eq!(program.constants, [[0xff; 32], two_to_24]);
    let lines = listing(&code, Fork::Osaka);
    assert_eq!(lines[4], "12 mov s[0] = #1 0x01000000 sp+1 ; 0x0047 PUSH4");
    assert_eq!(lines[5], "13 stop ; 0x004c STOP");
}

/// The branch at a code position.
fn is_taken(code: &[u8], position: u32) -> bool {
    let program = translate(code, Fork::Osaka, Level::Zero).unwrap();
    let (op, _) = program
        .micro_ops()
        .zip(&program.origins)
        .find(|(op, origin)| op.op() == Some(Op::JumpIf) && origin.position == position)
        .unwrap();
    MicroOp::taken(op)
}

#[test]
fn hints() {
    // require: CALLVALUE ISZERO PUSH1 8 JUMPI, PUSH0 PUSH0 REVERT, JUMPDEST STOP.
    let require = [0x34, 0x15, 0x60, 8, 0x57, 0x5f, 0x5f, 0xfd, 0x5b, 0x00];
    assert!(is_taken(&require, 4));
    // The same behind a jump to a shared revert.
    let shared = [
        0x34, 0x60, 7, 0x57, 0x60, 9, 0x56, 0x5b, 0x00, 0x5b, 0x5f, 0x5f, 0xfd,
    ];
    assert!(is_taken(&shared, 3));
    // if: CALLVALUE PUSH1 6 JUMPI STOP STOP JUMPDEST.
    assert!(!is_taken(&[0x34, 0x60, 6, 0x57, 0, 0, 0x5b], 3));
    // Dispatch: DUP1 PUSH4 EQ PUSH1 12 JUMPI STOP JUMPDEST; the last one, with INVALID for STOP.
    let dispatch = |after| {
        [
            0x5f, 0x80, 0x63, 1, 2, 3, 4, 0x14, 0x60, 12, 0x57, after, 0x5b,
        ]
    };
    assert!(!is_taken(&dispatch(0x00), 10));
    assert!(is_taken(&dispatch(0xfe), 10));
    // Dispatch by halves: GT for EQ.
    let halves = [0x5f, 0x80, 0x63, 1, 2, 3, 4, 0x11, 0x60, 12, 0x57, 0, 0x5b];
    assert!(is_taken(&halves, 10));
    // A backward jump to a shared revert: JUMPDEST INVALID, JUMPDEST CALLVALUE PUSH1 0 JUMPI.
    assert!(!is_taken(&[0x5b, 0xfe, 0x5b, 0x34, 0x60, 0, 0x57], 6));
    // An error string behind an internal call: CALLVALUE PUSH1 13 JUMPI, PUSH3 0x461bcd, JUMP.
    let error = [0x34, 0x60, 9, 0x57, 0x62, 0x46, 0x1b, 0xcd, 0x56, 0x5b];
    assert!(is_taken(&error, 3));
    // A loop.
    assert!(is_taken(&[0x5b, 0x34, 0x60, 0, 0x57], 4));
}
