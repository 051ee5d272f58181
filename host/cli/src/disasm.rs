//! `gasworks disasm`.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use alloy_primitives::{Address, Bytes, hex};
use color_eyre::eyre::{Result, WrapErr as _, eyre};
use gasworks::Bundle;
use gasworks_driver::program::footprint;
use gasworks_translate::{Level, disassemble, translate};

use crate::Exit;
use crate::args::DisasmArgs;

/// Prints the micro-ops of a contract.
pub fn run(args: &DisasmArgs) -> Result<Exit> {
    let code = code(&args.code)?;
    let program = translate(&code, args.fork, Level::Zero)?;
    let (lines, constants) = footprint(&program);
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(
        out,
        "; {} bytes of code, fork {:?}, level {}: {} micro-ops, {constants} constants, {lines} lines of 64 bytes",
        code.len(),
        args.fork,
        args.level,
        program.origins.len(),
    )?;
    write!(out, "{}", disassemble(&program))?;
    out.flush()?;
    Ok(Exit::Success)
}

/// The bytecode that an argument means.
fn code(text: &str) -> Result<Bytes> {
    if text.starts_with("0x") {
        return from_hex(text).wrap_err_with(|| format!("{text}: no bytecode"));
    }
    if let Some((bundle, address)) = text.rsplit_once(':')
        && let Ok(address) = address.parse::<Address>()
    {
        return in_bundle(Path::new(bundle), address);
    }
    let bytes = fs::read(text).wrap_err_with(|| format!("{text}: cannot read"))?;
    let is_hex = bytes
        .iter()
        .all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace() || *byte == b'x');
    match std::str::from_utf8(&bytes) {
        Ok(digits) if is_hex => from_hex(digits).wrap_err_with(|| format!("{text}: no bytecode")),
        _ => Ok(bytes.into()),
    }
}

fn from_hex(text: &str) -> Result<Bytes> {
    let digits: String = text.split_whitespace().collect();
    Ok(hex::decode(digits)?.into())
}

fn in_bundle(path: &Path, address: Address) -> Result<Bytes> {
    let bundle = Bundle::load(path)?;
    let account = bundle.accounts.get(&address);
    let account = account.ok_or_else(|| {
        eyre!(
            "{}: block {}: field pre_state.{address:?}: no such account",
            bundle.name,
            bundle.block.number.0
        )
    })?;
    bundle
        .codes
        .get(&account.code_hash)
        .map(|code| code.original_bytes())
        .ok_or_else(|| eyre!("{}: account {address} has no code", bundle.name))
}
