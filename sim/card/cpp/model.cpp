// The Verilated card with a host memory behind its AXI master and a register port in front.
//
// Each cycle: inputs were set after the last edge; evaluate with the clock low, look at the
// handshakes, evaluate the rising edge, then set the inputs of the next cycle. Every ready and
// valid that this file drives comes from registers or random numbers, never from an output of the
// same cycle.
#include "model.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "Vcard.h"
#include "verilated.h"
#include "verilated_syms.h"
#if GW_WAVE
#include "verilated_fst_c.h"
#endif
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

namespace {

constexpr uint64_t BEAT = 64;
constexpr uint64_t PAGE = 4096;
constexpr unsigned MAX_READS = 32;

struct Random {
    uint64_t state;
    uint64_t next() {  // splitmix64
        uint64_t z = (state += 0x9e3779b97f4a7c15ull);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }
    uint32_t between(uint32_t low, uint32_t high) {
        return high <= low ? low : low + uint32_t(next() % (high - low + 1));
    }
    bool chance(uint32_t per_1024) { return per_1024 != 0 && (next() & 1023) < per_1024; }
};

struct Burst {
    uint64_t address;
    uint32_t id;
    uint32_t beats;
    uint64_t ready_at;
    uint32_t done;
};

struct Model {
    std::unique_ptr<VerilatedContext> context{new VerilatedContext};
    std::unique_ptr<Vcard> top;
    GwTiming timing{};
    Random random{};
    uint64_t cycle = 0;
    uint8_t* memory = nullptr;
    uint64_t iova = 0, length = 0;
    uint32_t interrupts = 0, interrupts_last = 0;
    std::string error;
    std::deque<Burst> reads, writes, responses;
    bool tracing = false;
    std::vector<GwTrace> trace;
#if GW_WAVE
    std::unique_ptr<VerilatedFstC> wave;
#endif

    void fail(const std::string& text) {
        if (error.empty()) error = "cycle " + std::to_string(cycle) + ": " + text;
    }

    uint8_t* at(uint64_t address) {
        if (address < iova || address - iova > length || length - (address - iova) < BEAT) return nullptr;
        return memory + (address - iova);
    }

    void check_burst(const char* channel, uint64_t address, uint32_t len, uint32_t size, uint32_t burst) {
        if (size != 6) fail(std::string(channel) + ": beats are not 64 bytes");
        if (burst != 1) fail(std::string(channel) + ": burst type is not INCR");
        if (address % BEAT) fail(std::string(channel) + ": address is not 64-byte aligned");
        if (address / PAGE != (address + (uint64_t(len) + 1) * BEAT - 1) / PAGE)
            fail(std::string(channel) + ": burst crosses 4 KiB");
    }

    void accept_read_address() {
        if (!(top->m_axi_arvalid && top->m_axi_arready)) return;
        check_burst("AR", top->m_axi_araddr, top->m_axi_arlen, top->m_axi_arsize, top->m_axi_arburst);
        for (const Burst& other : reads)
            if (other.id == top->m_axi_arid) fail("AR: identifier is already outstanding");
        if (reads.size() >= MAX_READS) fail("AR: more than 32 reads outstanding");
        uint64_t ready = cycle + timing_read();
        reads.push_back({top->m_axi_araddr, uint32_t(top->m_axi_arid), uint32_t(top->m_axi_arlen) + 1, ready, 0});
    }
    uint32_t timing_read() { return random.between(timing.read_latency_min, timing.read_latency_max); }

    void accept_read_data() {
        if (!(top->m_axi_rvalid && top->m_axi_rready)) return;
        Burst& burst = reads.front();
        if (++burst.done == burst.beats) reads.pop_front();
    }

    void accept_write() {
        if (top->m_axi_awvalid && top->m_axi_awready) {
            check_burst("AW", top->m_axi_awaddr, top->m_axi_awlen, top->m_axi_awsize, top->m_axi_awburst);
            writes.push_back({top->m_axi_awaddr, uint32_t(top->m_axi_awid), uint32_t(top->m_axi_awlen) + 1, 0, 0});
        }
        if (top->m_axi_wvalid && top->m_axi_wready) accept_write_beat();
        if (top->m_axi_bvalid && top->m_axi_bready) responses.pop_front();
    }

    void accept_write_beat() {
        if (writes.empty()) return fail("W: data before its address");
        Burst& burst = writes.front();
        if (top->m_axi_wstrb != ~0ull) fail("W: strobes are not all set");
        uint64_t address = burst.address + burst.done * BEAT;
        bool last = ++burst.done == burst.beats;
        if (bool(top->m_axi_wlast) != last) fail("W: WLAST at the wrong beat");
        if (uint8_t* target = at(address)) {
            std::memcpy(target, &top->m_axi_wdata, BEAT);
        } else {
            burst.ready_at = 1;  // decode error
        }
        if (!last) return;
        Burst response = burst;
        response.done = response.ready_at ? 3 : 0;
        response.ready_at = cycle + random.between(timing.write_latency_min, timing.write_latency_max);
        responses.push_back(response);
        writes.pop_front();
    }

    void drive() {
        uint32_t stall = timing.stall_per_1024;
        top->m_axi_arready = !random.chance(stall) && reads.size() < MAX_READS;
        top->m_axi_awready = !random.chance(stall);
        top->m_axi_wready = !writes.empty() && !random.chance(stall);
        drive_read_data(stall);
        bool pending = !responses.empty() && responses.front().ready_at <= cycle;
        // A response that was shown stays until it is taken.
        top->m_axi_bvalid = pending && (top->m_axi_bvalid || !random.chance(stall));
        if (top->m_axi_bvalid) {
            top->m_axi_bid = responses.front().id;
            top->m_axi_bresp = responses.front().done;
        }
        top->irq_ack = top->irq_req;
    }

    void drive_read_data(uint32_t stall) {
        bool pending = !reads.empty() && reads.front().ready_at <= cycle;
        bool held = top->m_axi_rvalid && !taken_read;
        top->m_axi_rvalid = pending && (held || !random.chance(stall));
        if (!top->m_axi_rvalid) return;
        const Burst& burst = reads.front();
        uint64_t address = burst.address + burst.done * BEAT;
        top->m_axi_rid = burst.id;
        top->m_axi_rlast = burst.done + 1 == burst.beats;
        if (uint8_t* source = at(address)) {
            std::memcpy(&top->m_axi_rdata, source, BEAT);
            top->m_axi_rresp = 0;
        } else {
            std::memset(&top->m_axi_rdata, 0, BEAT);
            top->m_axi_rresp = 3;
        }
    }
    bool taken_read = false;

    void dump(uint64_t half) {
#if GW_WAVE
        if (wave) wave->dump(cycle * 2 + half);
#else
        (void)half;
#endif
    }

    void collect();

    void tick() {
        top->clock = 0;
        top->eval();
        dump(0);
        if (tracing) collect();
        interrupts |= top->irq_req & ~interrupts_last;
        interrupts_last = top->irq_req;
        taken_read = top->m_axi_rvalid && top->m_axi_rready;
        bool taken_response = top->m_axi_bvalid && top->m_axi_bready;
        accept_read_data();
        accept_read_address();
        accept_write();
        top->clock = 1;
        top->eval();
        dump(1);
        cycle++;
        if (taken_response) top->m_axi_bvalid = 0;
        drive();
    }
};

// Generated from the card's port table: pushes what every lane's trace port shows.
#include "trace_ports.inc"

Model* of(void* model) { return static_cast<Model*>(model); }

constexpr unsigned REGISTER_TIMEOUT = 10000;

}  // namespace

extern "C" {

void* gw_new(const GwTiming* timing) {
    Model* m = new Model;
    m->timing = *timing;
    m->random.state = timing->seed;
#if GW_WAVE
    m->context->traceEverOn(true);
#endif
    m->top.reset(new Vcard{m->context.get(), "card"});
    m->top->reset = 1;
    for (int i = 0; i < 8; i++) m->tick();
    m->top->reset = 0;
    m->tick();
    return m;
}

void gw_delete(void* model) {
    gw_wave_close(model);
    of(model)->top->final();
    delete of(model);
}

void gw_map(void* model, uint8_t* base, uint64_t iova, uint64_t len) {
    of(model)->memory = base;
    of(model)->iova = iova;
    of(model)->length = len;
}

uint32_t gw_write(void* model, uint32_t offset, uint32_t value) {
    Model* m = of(model);
    Vcard* top = m->top.get();
    top->s_axil_awaddr = offset;
    top->s_axil_awvalid = 1;
    top->s_axil_wdata = value;
    top->s_axil_wstrb = 15;
    top->s_axil_wvalid = 1;
    top->s_axil_bready = 1;
    bool address = false, data = false;
    for (unsigned i = 0; i < REGISTER_TIMEOUT; i++) {
        top->clock = 0;
        top->eval();
        address |= top->s_axil_awvalid && top->s_axil_awready;
        data |= top->s_axil_wvalid && top->s_axil_wready;
        bool done = top->s_axil_bvalid;
        uint32_t response = top->s_axil_bresp;
        m->tick();
        if (address) top->s_axil_awvalid = 0;
        if (data) top->s_axil_wvalid = 0;
        if (done) {
            top->s_axil_bready = 0;
            return response;
        }
    }
    m->fail("AXI4-Lite: no write response");
    return 0xff;
}

uint32_t gw_read(void* model, uint32_t offset, uint32_t* value) {
    Model* m = of(model);
    Vcard* top = m->top.get();
    top->s_axil_araddr = offset;
    top->s_axil_arvalid = 1;
    top->s_axil_rready = 1;
    for (unsigned i = 0; i < REGISTER_TIMEOUT; i++) {
        top->clock = 0;
        top->eval();
        bool address = top->s_axil_arvalid && top->s_axil_arready;
        bool done = top->s_axil_rvalid;
        uint32_t response = top->s_axil_rresp;
        *value = top->s_axil_rdata;
        m->tick();
        if (address) top->s_axil_arvalid = 0;
        if (done) {
            top->s_axil_rready = 0;
            return response;
        }
    }
    m->fail("AXI4-Lite: no read data");
    return 0xff;
}

uint64_t gw_run(void* model, uint64_t max_cycles) {
    Model* m = of(model);
    uint64_t start = m->cycle;
    while (m->cycle - start < max_cycles && !m->interrupts && m->error.empty()) m->tick();
    m->interrupts = 0;
    return m->cycle - start;
}

uint64_t gw_cycles(void* model) { return of(model)->cycle; }

const char* gw_error(void* model) { return of(model)->error.empty() ? nullptr : of(model)->error.c_str(); }

void gw_trace_enable(void* model, uint32_t on) { of(model)->tracing = on != 0; }

size_t gw_trace_take(void* model, GwTrace* out, size_t max) {
    auto& trace = of(model)->trace;
    size_t count = trace.size() < max ? trace.size() : max;
    std::memcpy(out, trace.data(), count * sizeof(GwTrace));
    trace.erase(trace.begin(), trace.begin() + long(count));
    return count;
}

uint32_t gw_wave_open(void* model, const char* path) {
#if GW_WAVE
    Model* m = of(model);
    m->wave.reset(new VerilatedFstC);
    m->top->trace(m->wave.get(), 99);
    m->wave->open(path);
    return m->wave->isOpen() ? 0 : 2;
#else
    (void)model;
    (void)path;
    return 1;
#endif
}

void gw_wave_close(void* model) {
#if GW_WAVE
    if (of(model)->wave) {
        of(model)->wave->close();
        of(model)->wave.reset();
    }
#else
    (void)model;
#endif
}

uint32_t gw_poison(void* model, const char* scope, const char* memory, uint32_t width, uint64_t seed) {
    Model* m = of(model);
    const std::string path = std::string("card.") + scope;
    const VerilatedScope* found = m->context->scopeFind(path.c_str());
    const VerilatedVar* var = found ? found->varFind(memory) : nullptr;
    if (!var || var->udims() != 1) return 0;
    const uint32_t words = uint32_t(var->elements(1));
    const size_t stride = var->totalSize() / words;
    auto* bytes = static_cast<uint8_t*>(var->datap());
    Random random{seed};
    for (uint32_t word = 0; word < words; word++, bytes += stride) {
        for (uint32_t bit = 0; bit < stride * 8; bit += 8) {
            // Bits above the width stay zero: the model relies on it.
            const uint32_t used = bit >= width ? 0 : std::min(width - bit, 8u);
            const uint8_t value = seed ? uint8_t(random.next() >> 24) : 0xff;
            bytes[bit / 8] = uint8_t(value & ((1u << used) - 1));
        }
    }
    return words;
}
uint32_t gw_coverage(void* model, const char* path) {
#if VM_COVERAGE
    of(model)->context->coveragep()->write(path);
    return 0;
#else
    (void)model;
    (void)path;
    return 1;
#endif
}
}
