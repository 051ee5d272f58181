//! Writes the C++ that reads the trace ports of every lane.

use std::fmt::Write as _;

/// The text of `trace_ports.inc` for a card with that many lanes.
///
/// Lane `i` shows a retired micro-op on the ports `trace_<field>_<i>`.
#[must_use]
pub fn trace_ports(lanes: u32) -> String {
    let mut out = String::from(
        "void Model::collect() {\n    GwTrace record;\n    record.cycle = cycle;\n    record.reserved = 0;\n",
    );
    for lane in 0..lanes {
        let _ = writeln!(out, "    if (top->trace_valid_{lane}) {{");
        let _ = writeln!(out, "        record.lane = {lane};");
        for field in ["hart", "pc", "sp", "op", "gas", "posted"] {
            let _ = writeln!(out, "        record.{field} = top->trace_{field}_{lane};");
        }
        for field in ["a", "b"] {
            let _ = writeln!(
                out,
                "        std::memcpy(record.{field}, &top->trace_{field}_{lane}, 32);"
            );
        }
        out.push_str("        trace.push_back(record);\n    }\n");
    }
    out.push_str("}\n");
    out
}
