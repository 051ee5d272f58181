// Test bench of the pipeline: loads programs, plays the units, prints what retires and what ends.
// The script (see `script.rs`) is a text file, one command a line; SCRIPT is its path.
#include "Vdut.h"
#include "verilated.h"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

static uint64_t rng_state = 1;
static uint64_t rng() {
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state * 0x2545f4914f6cdd1dull;
}

static int flags[256];
enum { FLAG_A = 1, FLAG_B = 2, FLAG_C = 16 };
static Vdut *dut;
static uint64_t cycle;
static unsigned max_latency;
// From the request to the answer, if it is always the same; then the units announce their answers.
static unsigned fixed_latency;

template <class T> static void load_hex(T &to, const std::string &text, int words) {
    for (int i = 0; i < words; i++) {
        std::string part = text.substr(text.size() - 8 * (i + 1), 8);
        to[i] = strtoul(part.c_str(), nullptr, 16);
    }
}
template <class T> static std::string hex(const T &from, int words) {
    std::string s;
    char part[16];
    for (int i = words - 1; i >= 0; i--) {
        snprintf(part, sizeof part, "%08x", (unsigned)from[i]);
        s += part;
    }
    return s;
}

struct Unit {
    bool busy = false, done = false, tells = false;
    unsigned left = 0, hart = 0, op = 0, imm = 0, index = 0;
    uint32_t a[8], b[8], c[8], arg[4][8];
};
static Unit units[4];

#define EACH_UNIT(X) X(0, memory) X(1, shift) X(2, math) X(3, state)

static void drive_units() {
    dut->arg_index = units[0].index;
#define X(i, name)                                                                               \
    {                                                                                            \
        Unit &u = units[i];                                                                      \
        dut->name##_ready = !u.busy;                                                             \
        dut->name##_rsp_valid = u.done;                                                          \
        dut->name##_rsp_hart = u.hart;                                                           \
        dut->name##_rsp_soon = u.busy && !u.done && u.left == 0 && u.tells;                      \
        unsigned how = u.imm >> 16;                                                              \
        bool ends = u.op == 0x3e || u.op == 0x3f;                                                \
        dut->name##_rsp_status = ends ? 3 : how == 0x71 ? 1 : how == 0x72 ? 2 : 0;               \
        dut->name##_rsp_code = ends ? u.op - 0x3d : how == 0x71 ? 5 : how == 0x72 ? 0x11 : 0;    \
        dut->name##_rsp_cost = u.imm & 31;                                                       \
        for (int w = 0; w < 8; w++) {                                                            \
            uint32_t a = flags[u.op] & FLAG_A ? u.a[w] : 0, b = flags[u.op] & FLAG_B ? u.b[w] : 0; \
            uint32_t c = flags[u.op] & FLAG_C ? u.c[w] : 0;                                      \
            dut->name##_rsp_value[w] = (u.done ? (a * 3 + b * 5) ^ (c + u.op) : rng());          \
        }                                                                                        \
    }
    EACH_UNIT(X)
#undef X
}

static void step_units() {
#define X(i, name)                                                                               \
    {                                                                                            \
        Unit &u = units[i];                                                                      \
        if (u.done && dut->name##_rsp_ready) u.busy = u.done = false;                            \
        else if (u.busy && !u.done) {                                                            \
            if (u.left == 0) u.done = true; else u.left--;                                       \
        }                                                                                        \
        if (dut->name##_valid && dut->name##_ready) {                                            \
            u.busy = true; u.done = false;                                                       \
            u.left = 1 + (max_latency ? rng() % max_latency : 0);                                \
            if (fixed_latency) u.left = fixed_latency - 1;                                       \
            u.tells = fixed_latency || (max_latency && rng() & 1);                               \
            if (u.left == 0) u.done = true; else u.left--;                                       \
            u.hart = dut->req_hart; u.op = dut->req_op; u.imm = dut->req_imm;                    \
            for (int w = 0; w < 8; w++) { u.a[w] = dut->req_a[w]; u.b[w] = dut->req_b[w]; u.c[w] = dut->req_c[w]; } \
            printf("U %u %02x %llu\n", u.hart, u.op, (unsigned long long)dut->req_gas);          \
            if (i == 0 && u.op == 0x3b) { u.left = 6; u.done = false; }                          \
        }                                                                                        \
    }
    EACH_UNIT(X)
#undef X
}

// The memory unit reads all four arg words of a log and prints them.
static void step_args() {
    Unit &u = units[0];
    if (u.busy && !u.done && u.op == 0x3b) {
        for (int w = 0; w < 8; w++) u.arg[u.index][w] = dut->arg_value[w];
        if (u.index == 3) printf("G %u %s %s %s %s\n", u.hart, hex(u.arg[0], 8).c_str(), hex(u.arg[1], 8).c_str(), hex(u.arg[2], 8).c_str(), hex(u.arg[3], 8).c_str());
        u.index = (u.index + 1) & 3;
    } else u.index = 0;
}

// The harts between their runs, as `model.rs` does it: every other `enter` calls the program itself.
struct Place { unsigned pc, sp, base; unsigned long long gas; };
struct Hart {
    unsigned program = 0;
    bool waits = false, loaded = false, first = false;
    unsigned left = 0;
    Place now{};
    std::vector<Place> callers;
    void go(const Place &place, unsigned delay) { now = place; waits = true; loaded = first = false; left = delay; }
    // True when the transaction is over.
    bool end(unsigned status, unsigned pc, unsigned sp, unsigned long long gas) {
        unsigned delay = max_latency ? rng() % max_latency : 0;
        if (status == 5 && gas % 2 && callers.size() < 3) {
            callers.push_back({pc, sp, now.base, gas - gas / 2});
            go({8, sp, sp, gas / 2}, delay);
        } else if (status == 5) {
            go({pc, sp, now.base, gas}, delay);
        } else if (status != 4 && !callers.empty()) {
            Place place = callers.back();
            callers.pop_back();
            place.gas += gas;
            go(place, delay);
        } else return true;
        return false;
    }
};
static Hart harts[4];
static Hart *starting;
static unsigned starting_hart;

// Of the harts that wait: counts down, writes environment words 4 and 5, starts one.
static void drive_starts() {
    dut->start_valid = 0;
    dut->frame_busy = 0;
    starting = nullptr;
    for (unsigned h = 0; h < 4; h++) {
        Hart &hart = harts[h];
        if (!hart.waits) continue;
        if (!hart.first) dut->frame_busy |= 1 << h;
        if (hart.left) { hart.left--; continue; }
        if (!hart.first && !hart.loaded) {
            if (dut->load_valid) continue;
            dut->load_valid = 1;
            dut->load_target = 2;
            dut->load_hart = h;
            dut->load_address = 2;
            for (int w = 0; w < 16; w++) dut->load_data[w] = 0;
            dut->load_data[0] = hart.now.gas;
            dut->load_data[8] = hart.now.pc;
            hart.loaded = true;
            continue;
        }
        if (starting) continue;
        starting = &hart;
        starting_hart = h;
        dut->start_valid = 1;
        dut->start_hart = h;
        dut->start_gas = hart.now.gas;
        dut->start_program = hart.program;
        dut->start_pc = hart.now.pc;
        dut->start_sp = hart.now.sp;
        dut->start_base = hart.now.base;
        dut->start_first = hart.first;
    }
}

static unsigned end_stall;
static bool tick() {
    bool ended = false, script_loads = dut->load_valid;
    drive_units();
    drive_starts();
    dut->end_select = dut->end_hart;
    dut->end_ready = end_stall ? rng() % end_stall == 0 : 1;
    dut->clock = 0;
    dut->eval();
    if (dut->trace_valid)
        printf("T %u %u %016llx %s %s %llu %u %u %llu\n", dut->trace_hart, dut->trace_pc, (unsigned long long)dut->trace_op,
               hex(dut->trace_a, 8).c_str(), hex(dut->trace_b, 8).c_str(), (unsigned long long)dut->trace_gas, dut->trace_sp,
               dut->trace_posted, (unsigned long long)cycle);
    if (dut->program_valid)
        printf("P %u %llx %u\n", dut->program_hart, (unsigned long long)dut->program_code_iova, dut->program_code_len);
    if (dut->end_valid && dut->end_ready) {
        printf("E %u %u %u %llu %u %u %u %llu\n", dut->end_hart, dut->end_status, dut->end_reason, (unsigned long long)dut->end_gas,
               dut->end_instructions, dut->end_micro_ops, dut->end_cycles, (unsigned long long)cycle);
        ended = harts[dut->end_hart].end(dut->end_status, dut->end_pc, dut->end_sp, dut->end_gas);
    }
    if (starting && dut->start_ready) starting->waits = false;
    step_args();
    step_units();
    dut->clock = 1;
    dut->eval();
    if (!script_loads) dut->load_valid = 0;
    cycle++;
    return ended;
}

static void load(int target, unsigned hart, unsigned address, const std::string &data) {
    dut->load_valid = 1;
    dut->load_target = target;
    dut->load_hart = hart;
    dut->load_address = address;
    load_hex(dut->load_data, data, 16);
    tick();
    dut->load_valid = 0;
}

int main() {
    VerilatedContext *context = new VerilatedContext;
    dut = new Vdut{context, "dut"};
    std::ifstream script(SCRIPT);
    std::string line;
    int running = 0;
    while (std::getline(script, line)) {
        std::istringstream in(line);
        std::string word, data;
        in >> word;
        if (word == "flags") {
            int op, bits;
            in >> op >> bits;
            flags[op] = bits;
        } else if (word == "begin") {
            std::string name;
            in >> name >> rng_state >> max_latency >> end_stall >> fixed_latency;
            for (Unit &u : units) u = Unit();
            for (Hart &h : harts) h = Hart();
            dut->reset = 1;
            tick();
            dut->reset = 0;
            for (int i = 0; i < 4; i++) tick();
            running = 0;
            cycle = 0;
            printf("begin %s\n", name.c_str());
        } else if (word == "load") {
            int target;
            unsigned hart, address;
            in >> target >> hart >> address >> data;
            load(target, hart, address, data);
        } else if (word == "start") {
            unsigned hart, program;
            unsigned long long gas;
            in >> hart >> gas >> program;
            harts[hart].program = program;
            harts[hart].go({8, 0, 0, gas}, 0);
            harts[hart].first = true;
            running++;
            for (int i = 0; i < 1000 && harts[hart].waits; i++)
                if (tick()) running--;
        } else if (word == "run") {
            long limit;
            in >> limit;
            while (running > 0 && limit-- > 0)
                if (tick()) running--;
            if (running > 0) printf("stuck\n");
            for (int i = 0; i < 8; i++) tick();
            printf("counters");
            for (int i = 0; i < 15; i++) {
                dut->counter_select = i;
                tick();
                tick();
                printf(" %llu", (unsigned long long)dut->counter_value);
            }
            printf("\n");
        }
    }
    delete dut;
    delete context;
    return 0;
}
