//! Builds the Verilated card and puts it behind the driver's transport.
