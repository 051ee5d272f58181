// C ABI of the Verilated card. sim/card/src/ffi.rs declares the same types; keep them equal.
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {

/// Behaviour of the simulated host memory and of the shell around the card.
struct GwTiming {
    uint64_t seed;
    /// Cycles from a read address to its first beat, uniform between the two.
    uint32_t read_latency_min, read_latency_max;
    /// Cycles from the last beat of a write to its response, uniform between the two.
    uint32_t write_latency_min, write_latency_max;
    /// Chance that a channel is not ready (or not valid) in a cycle, in 1/1024.
    uint32_t stall_per_1024;
    uint32_t reserved;
};

/// One retired micro-op.
struct GwTrace {
    uint64_t cycle;
    uint32_t lane, hart;
    uint32_t pc, sp;
    uint64_t op, gas;
    uint32_t posted, reserved;
    uint64_t a[4], b[4];
};

void* gw_new(const GwTiming* timing);
void gw_delete(void* model);
/// Host memory that the card may reach: [iova, iova + len). One region; `base` outlives the model.
void gw_map(void* model, uint8_t* base, uint64_t iova, uint64_t len);
/// AXI4-Lite accesses. They run the clock; the return value is the response (0: OKAY), 0xff: no answer.
uint32_t gw_write(void* model, uint32_t offset, uint32_t value);
uint32_t gw_read(void* model, uint32_t offset, uint32_t* value);
/// Runs until an interrupt line rises or a bus rule is broken, at most `max_cycles`. A line that rose
/// since the last call ends it at once. Returns the cycles run.
uint64_t gw_run(void* model, uint64_t max_cycles);
uint64_t gw_cycles(void* model);
/// First violation of the bus rules; null while there is none.
const char* gw_error(void* model);
void gw_trace_enable(void* model, uint32_t on);
/// Takes up to `max` records; returns how many.
size_t gw_trace_take(void* model, GwTrace* out, size_t max);
/// Opens a wave file. 0: done, 1: this model was built without waves.
uint32_t gw_wave_open(void* model, const char* path);
void gw_wave_close(void* model);
/// Overwrites a memory: `scope` is its place in the hierarchy, from the top module on. Every word gets
/// ones when `seed` is 0, else random bits. Returns the words overwritten; 0: there is no such memory.
uint32_t gw_poison(void* model, const char* scope, const char* memory, uint32_t width, uint64_t seed);
/// Writes the line coverage to a file; 0: done, 1: built without coverage.
uint32_t gw_coverage(void* model, const char* path);
}
