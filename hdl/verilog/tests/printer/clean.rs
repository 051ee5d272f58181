//! The printed text: the same bytes every run, no warning that is not waived, no latch for yosys.
