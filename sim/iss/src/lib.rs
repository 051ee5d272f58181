//! The instruction set as a program: interprets micro-ops exactly as a hart does, without timing.
