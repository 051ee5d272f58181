//! Workloads, co-simulation, conformance and integration tests.
