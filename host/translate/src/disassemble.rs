//! Micro-op programs as text.
//!
//! One line per micro-op: index, assembly, and behind `;` the code position and the opcode it comes
//! from. Slots of the window are `s[n]` relative to the stack pointer before the micro-op, `s[-1]`
//! being the top; `@n` is a micro-op index; `#n` a constant.

use std::fmt;

use gasworks_abi::env::EnvWord;
use gasworks_abi::escalation::{Escalation, Halt};
use gasworks_abi::micro_op::{BSource, CallKind, INRANGE_LIMIT, MicroOp, Op, OpFlags};
use gasworks_abi::opcode;
use gasworks_abi::program::ENTRY;

use crate::Program;

/// A program that prints as assembly; see [`disassemble`].
#[derive(Debug, Clone, Copy)]
pub struct Disassembly<'p> {
    program: &'p Program,
}

/// The program as assembly text, one line per micro-op.
#[must_use]
pub fn disassemble(program: &Program) -> Disassembly<'_> {
    Disassembly { program }
}

impl fmt::Display for Disassembly<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.program.micro_ops().zip(&self.program.origins);
        for (index, (op, origin)) in rows.enumerate() {
            let text = assembly(op, &self.program.constants);
            let name = match (origin.is_first_of_instruction, opcode::info(origin.opcode)) {
                (false, _) => "",
                (true, Some(row)) => row.name,
                (true, None) => "UNKNOWN",
            };
            let line = format!(
                "{:6}  {text:<48} ; {:#06x} {name}",
                index + ENTRY as usize,
                origin.position
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// One micro-op as assembly.
fn assembly(op: MicroOp, constants: &[[u8; 32]]) -> String {
    let Some(kind) = op.op() else {
        return format!("unassigned {:#018x}", op.bits());
    };
    let info = kind.info();
    let mut text = format!("{:<8}", info.name);
    text.push_str(&match kind {
        Op::Block => {
            return format!(
                "{text} need {} growth {} instructions {} gas {}",
                op.block_need(),
                op.block_growth(),
                op.block_instructions(),
                op.imm()
            );
        }
        Op::PushLabel => format!(" s[{}] = {:#x} @{}", op.d(), op.label(), op.imm()),
        _ => operands(op, info.flags, constants),
    });
    match kind {
        Op::Jump | Op::JumpIf => text.push_str(&format!(" @{}", op.imm())),
        Op::Halt => text.push_str(&format!(" {}", reason(op, Halt::from_u8, Halt::name))),
        Op::Escalate => text.push_str(&format!(
            " {}",
            reason(op, Escalation::from_u8, Escalation::name)
        )),
        Op::Log => text.push_str(&format!(" topics {}", op.imm())),
        Op::Call | Op::CallView => text.push_str(&format!(" {}", call_name(op))),
        Op::Create => text.push_str([" create", " create2"][op.imm() as usize & 1]),
        Op::InRange if op.imm() != 0 => {
            text.push_str(&format!(" per word {}", op.imm() & 15));
            if op.imm() & INRANGE_LIMIT != 0 {
                text.push_str(" limit");
            }
        }
        Op::Arg => text.push_str(&format!(" words {}", 2 * op.imm())),
        _ => {}
    }
    if op.taken() {
        text.push_str(" taken");
    }
    if op.delta() != 0 {
        text.push_str(&format!(" sp{:+}", op.delta()));
    }
    text.trim_end().to_owned()
}

fn call_name(op: MicroOp) -> &'static str {
    match CallKind::from_bits(op.imm()) {
        CallKind::Call => "call",
        CallKind::CallCode => "callcode",
        CallKind::DelegateCall => "delegatecall",
        CallKind::StaticCall => "staticcall",
    }
}

fn reason<R>(op: MicroOp, parse: fn(u8) -> Option<R>, name: fn(R) -> &'static str) -> &'static str {
    u8::try_from(op.imm())
        .ok()
        .and_then(parse)
        .map_or("unknown", name)
}

/// ` d = a, b`, with what the operation has of them.
fn operands(op: MicroOp, flags: OpFlags, constants: &[[u8; 32]]) -> String {
    let mut sources = Vec::new();
    if flags.has(OpFlags::A) {
        sources.push(format!("s[{}]", op.a()));
    }
    if flags.has(OpFlags::B) {
        sources.push(operand_b(op, constants));
    }
    if flags.has(OpFlags::C) {
        sources.push("c".to_owned());
    }
    let sources = sources.join(", ");
    match (flags.has(OpFlags::D), sources.is_empty()) {
        (true, true) => format!(" s[{}]", op.d()),
        (true, false) => format!(" s[{}] = {sources}", op.d()),
        (false, true) => String::new(),
        (false, false) => format!(" {sources}"),
    }
}

fn operand_b(op: MicroOp, constants: &[[u8; 32]]) -> String {
    match op.b_source() {
        BSource::Window => format!("s[{}]", op.b()),
        BSource::Immediate => format!("{:#x}", op.imm()),
        BSource::Constant => {
            let value = constants.get(op.imm() as usize).map_or_else(
                || "missing".to_owned(),
                |constant| {
                    let mut hex = String::from("0x");
                    for byte in constant.iter().rev().skip_while(|byte| **byte == 0) {
                        hex.push_str(&format!("{byte:02x}"));
                    }
                    hex
                },
            );
            format!("#{} {value}", op.imm())
        }
        BSource::Environment => EnvWord::ALL
            .iter()
            .find(|word| **word as u32 == op.imm())
            .map_or_else(
                || format!("env {}", op.imm()),
                |word| format!("env {word:?}"),
            ),
    }
}
