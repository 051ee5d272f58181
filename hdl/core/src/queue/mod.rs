//! The rings and the bus: fetching submissions, loading and starting harts, writing completions and
//! requests, reading answers, and the AXI masters that all of them share.

pub mod answer_decode;
pub mod beat_arbiter;
pub mod burst_stream;
pub mod entry_fifo;
pub mod finish_port;
pub mod job_fetch;
pub mod lane_reader;
pub mod loader;
pub mod read_master;
pub mod request_port;
pub mod ring_fetch;
pub mod ring_writer;
pub mod write_client;
pub mod write_master;
