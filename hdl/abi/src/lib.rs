//! The contract between host and card: registers, rings, requests, opcodes, micro-ops.
