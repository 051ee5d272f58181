// Test bench of `frames`: a card that loads and starts, a pipe that ends runs, a state and a memory
// unit that take tasks, for random trees of calls and creations. What must happen is worked out when an
// end is taken (`Model`), as one queue per unit and one of the load port; every transfer is compared.
#include "Vdut.h"
#include "verilated.h"
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <vector>

static uint64_t now = 0, state_of_random = 0x9E3779B97F4A7C15ull;
static uint64_t draw() {
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return state_of_random * 0x2545F4914F6CDD1Dull;
}
static uint64_t below(uint64_t n) { return (draw() >> 11) % n; }
static bool chance(unsigned percent) { return below(100) < percent; }
#define CHECK(condition, ...)                                                                  \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            printf("FAILED cycle %llu: %s: ", (unsigned long long)now, #condition);            \
            printf(__VA_ARGS__);                                                               \
            printf("\n");                                                                      \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

typedef std::array<uint32_t, 8> Word;
static Word number(uint64_t low) { return {(uint32_t)low, (uint32_t)(low >> 32)}; }
static Word any(int bits) {
    Word w{};
    for (int i = 0; i < bits / 32; i++) w[i] = draw();
    return w;
}
static uint64_t low64(const Word &w) { return w[0] | (uint64_t)w[1] << 32; }
template <class T> static void put(T &port, const Word &w, int words, int at = 0) {
    for (int i = 0; i < words; i++) port[at + i] = w[i];
}
template <class T> static Word get(const T &port, int words, int at = 0) {
    Word w{};
    for (int i = 0; i < words; i++) w[i] = port[at + i];
    return w;
}

enum { STOP, RETURN, REVERT, HALT, ESCALATED, ENTER };
enum { CALL, CALLCODE, DELEGATECALL, STATICCALL, CREATE, CREATE2 };
enum { PUSH, KEEP, UNDO, NAME_OR_PAYLOAD, FETCH, OUT, FORGET };
static const unsigned WARM = 1, DONE = 0x80, NAMED = 0x20;

struct Frame {
    Word address{}, caller{}, value{};
    uint32_t size = 0, program = 0, pc = 0, sp = 0, base = 0;
    unsigned kind = 0, mark = 0;
    bool is_static = false;
    uint64_t gas = 0;
};
struct Pending {
    unsigned kind;
    Word account;
    uint32_t program;
    uint64_t gas;
    bool has_value, has_code, is_precompile;
};
struct MemoryTask { unsigned hart, op; uint32_t len; uint64_t iova; unsigned status, code; uint32_t return_len; };
struct StateTask {
    unsigned hart, op;
    Word key, address;
    unsigned status, code;
    Word value;
    uint64_t iova;
    uint32_t len, program;
    unsigned effects, flags;
};
struct Load { unsigned hart; uint32_t address; Word low, high; };
struct Start { unsigned hart; uint64_t gas; uint32_t program, pc, sp, base; unsigned depth; };
struct Hart {
    enum { Idle, Loading, Loaded, Runs, Works, Over } state = Idle;
    std::vector<Frame> frames;
    Pending pending{};
    Word args[4];
    uint32_t in_range = 0, return_len = 0;
    unsigned effects = 0, loads = 0;
    uint64_t wake = 0;
};
struct End { unsigned hart, status, reason; uint64_t gas; uint32_t pc, sp; };

static Vdut *dut;
static Hart harts[HARTS];
static unsigned fail_percent, ready_percent, latency;
static std::deque<MemoryTask> memory_tasks;
static std::deque<StateTask> state_tasks;
static std::deque<Load> loads;
static bool ends_over, working;
static Start start_wanted;
static unsigned over_code, worked;
static uint64_t taken_at;
static std::string what;
static std::map<std::string, uint64_t> quickest, counts;
static uint64_t enters, leaves, over_passed, escalations;

// What must happen at an end that is taken.
struct Model {
    unsigned h;
    Hart &hart;
    bool failed = false;
    explicit Model(unsigned h) : h(h), hart(harts[h]) {}

    // True when the transaction escalates here.
    bool fails(unsigned &status, unsigned &code) {
        status = 0;
        code = draw() & 0xff;
        if (failed || !chance(fail_percent)) return false;
        status = 2;
        over_code = code;
        ends_over = failed = true;
        what = "failed";
        return true;
    }
    bool memory(unsigned op, uint32_t len = 0, uint64_t iova = 0) {
        MemoryTask t{h, op, len, iova, 0, 0, hart.return_len};
        bool bad = fails(t.status, t.code);
        if (op == FORGET) t.return_len = hart.return_len = 0;
        if (op == FETCH) t.return_len = hart.return_len = len;
        memory_tasks.push_back(t);
        return bad;
    }
    bool state(unsigned op, Word key, Word address, StateTask *answer = nullptr) {
        StateTask t{h, op, key, address, 0, 0, any(256), draw(), (uint32_t)draw(), (uint32_t)draw(), 0, (unsigned)(draw() & 0xff)};
        bool bad = fails(t.status, t.code);
        if (op >= 7 && op != 12 && chance(90)) hart.effects += op == 7 || op == 10 ? 1 : 2;
        if (op == 12) hart.effects = key[0];
        t.effects = hart.effects &= 0xffff;
        if (chance(50)) t.flags |= NAMED;
        if ((op == 8 || op == 9) && !(t.flags & NAMED)) t.flags &= ~DONE;
        if (op == 7 && chance(50)) t.len = 0;
        t.value[1] &= 0xff;
        if (answer) *answer = t;
        state_tasks.push_back(t);
        return bad;
    }
    void pair(uint32_t at, Word low, Word high) { loads.push_back({h, at, low, high}); }
    void go(uint64_t gas, const Frame &f) { start_wanted = {h, gas, f.program, f.pc, f.sp, f.base, (unsigned)hart.frames.size() - 1}; }

    void frame(uint32_t program, const Word &created) {
        Frame &own = hart.frames.back();
        Pending &p = hart.pending;
        bool creates = p.kind >= CREATE;
        bool keeps = p.kind == CALLCODE || p.kind == DELEGATECALL;
        Frame f;
        f.address = keeps ? own.address : creates ? created : p.account;
        f.caller = p.kind == DELEGATECALL ? own.caller : own.address;
        f.value = p.kind == DELEGATECALL ? own.value : hart.args[creates ? 0 : 1];
        f.size = creates ? 0 : hart.in_range;
        f.kind = p.kind;
        f.is_static = own.is_static || p.kind == STATICCALL;
        f.program = program;
        f.pc = 8;
        f.sp = f.base = own.sp;
        f.mark = (hart.effects - (creates || p.has_value || p.is_precompile)) & 0xffff;
        memory(PUSH, creates);
        state(PUSH, number(f.is_static), {}, nullptr);
        pair(0, f.address, f.caller);
        pair(1, f.value, number(f.size));
        pair(2, {}, {});
        hart.frames.push_back(f);
        go(p.gas, f);
    }
    void no_frame(bool good, uint64_t gas_back) {
        Frame &own = hart.frames.back();
        if (failed) return;
        pair(2, number(hart.return_len), number(good));
        go(own.gas + gas_back, own);
    }
    void enter(const End &e) {
        Frame &own = hart.frames.back();
        Pending &p = hart.pending;
        own.pc = e.pc;
        own.sp = e.sp;
        own.gas = e.gas;
        bool creates = p.kind >= CREATE, has_frame = creates || (p.has_code && !p.is_precompile);
        bool asks = creates || p.has_value || p.is_precompile;
        what = "call";
        if (has_frame && hart.frames.size() == FRAMES) {
            ends_over = true;
            over_code = FRAME_LIMIT;
            what = "limit";
            return;
        }
        if (!asks && has_frame) return frame(p.program, {});
        if (!asks) {
            what = "no_code";
            if (memory(FORGET)) return;
            return no_frame(true, p.gas);
        }
        what = creates ? "create" : "asked";
        if (memory(NAME_OR_PAYLOAD, 1 | (creates || p.is_precompile) << 1)) return;
        Word key = number(p.gas);
        if (!creates) key[2] = p.kind;
        StateTask a;
        if (state(creates ? 4 + p.kind : 7, key, creates ? own.address : p.account, &a)) return;
        bool done = a.flags & DONE;
        if (!creates) {
            if (has_frame && done) return frame(p.program, {});
            if (a.len) {
                if (memory(FETCH, a.len, a.iova)) return;
                if (memory(OUT)) return;
            } else if (memory(FORGET)) return;
            return no_frame(done, low64(a.value));
        }
        Word created = a.value;
        created[5] = created[6] = created[7] = 0;
        if (a.flags & NAMED && state(NAME_OR_PAYLOAD, number(a.flags & WARM), created)) return;
        if (done) return frame(a.program, created);
        if (memory(FORGET)) return;
        no_frame(false, a.flags & NAMED ? 0 : p.gas);
    }
    void leave(const End &e) {
        Frame own = hart.frames.back();
        bool creates = own.kind >= CREATE, good = e.status == STOP || e.status == RETURN, lost = e.status == HALT;
        uint64_t gas = e.gas;
        what = creates ? "end_creation" : e.status == STOP ? "stop" : e.status == RETURN ? "return" : e.status == REVERT ? "revert" : "halt";
        if (good && e.status == RETURN && !creates && !hart.return_len) what = "return_empty";
        if (creates && e.status == RETURN) {
            uint32_t len = hart.return_len;
            if (gas < 200ull * len) lost = true;
            else if (len) {
                gas -= 200ull * len;
                StateTask a;
                if (memory(NAME_OR_PAYLOAD, 2)) return;
                if (state(10, number(len), own.address, &a)) return;
                lost = !(a.flags & DONE);
            }
        }
        if (lost) {
            good = false;
            gas = 0;
            if (memory(FORGET)) return;
        } else if (good && (creates || e.status == STOP) && memory(FORGET)) return;
        bool bad = memory(good ? KEEP : UNDO);
        if (state(good ? KEEP : UNDO, {}, {}) || bad) return;
        if (!good && hart.effects != own.mark && state(12, number(own.mark), own.address)) return;
        bad = !creates && hart.return_len && memory(OUT);
        hart.frames.pop_back();
        Frame &f = hart.frames.back();
        pair(0, f.address, f.caller);
        pair(1, f.value, number(f.size));
        if (bad) return;
        pair(2, number(hart.return_len), good && creates ? own.address : number(good));
        go(f.gas + gas, f);
    }
};

// The pipe.
static std::deque<End> ends;
static void wake_harts() {
    for (unsigned h = 0; h < HARTS; h++) {
        Hart &hart = harts[h];
        if (hart.state != Hart::Runs || now < hart.wake) continue;
        Frame &own = hart.frames.back();
        End e{h, ENTER, (unsigned)(draw() & 0xff), below(3000000), (uint32_t)(draw() & 0xffffff), own.sp + (uint32_t)below(30)};
        unsigned deep = hart.frames.size();
        if (!chance(deep == 1 ? 85 : 100 - 60 * deep / FRAMES)) {
            static const unsigned statuses[] = {STOP, RETURN, RETURN, REVERT, HALT, ESCALATED};
            e.status = statuses[below(chance(95) ? 5 : 6)];
            if (e.status == HALT) e.gas = 0;
        }
        e.sp &= 0xfff;
        Pending &p = hart.pending;
        p = {(unsigned)below(6), any(160), (uint32_t)draw(), below(3000000), chance(30), chance(80), chance(10)};
        if (p.kind == DELEGATECALL || p.kind == STATICCALL || p.kind >= CREATE) p.has_value = false;
        if (fail_percent == 0 && !chance(40)) p.has_value = p.is_precompile = false;
        for (Word &a : hart.args) a = any(256);
        if (!p.has_value && p.kind < CREATE) hart.args[1] = {};
        hart.in_range = draw();
        hart.return_len = chance(30) ? 0 : below(5000);
        if (chance(50)) hart.effects = (hart.effects + below(3)) & 0xffff;
        ends.push_back(e);
        hart.state = Hart::Works;
    }
}

// The units. `left` counts down to the pulse of `task_done`.
struct Unit { bool busy = false, done = false; unsigned left = 0; };
static Unit memory_unit, state_unit;
static MemoryTask memory_now;
static StateTask state_now;
static unsigned served, lane_beats;
static bool payload_seen, written_seen = true;
// Inputs that go low behind the edge.
static bool load_over, card_over;

static void drive() {
    wake_harts();
    dut->start_ready = chance(ready_percent);
    dut->over_ready = chance(ready_percent);
    dut->load_ready = chance(ready_percent);
    static bool offered = false;
    if (ends.empty()) offered = false;
    else if (!offered) offered = chance(ready_percent);
    dut->end_valid = offered;
    if (!ends.empty()) {
        const End &e = ends.front();
        dut->end_hart = e.hart; dut->end_status = e.status; dut->end_reason = e.reason;
        dut->end_gas = e.gas; dut->end_pc = e.pc; dut->end_sp = e.sp;
    }
    // The card: one hart after the other.
    static unsigned hart = 0;
    if (harts[hart].state != Hart::Loading && harts[hart].state != Hart::Loaded) {
        dut->card_valid = dut->in_load_valid = 0;
        hart = below(HARTS);
        if (harts[hart].state == Hart::Idle && chance(20)) {
            harts[hart] = Hart();
            harts[hart].state = Hart::Loading;
            harts[hart].frames.push_back({any(160), any(160), any(256), (uint32_t)draw()});
            harts[hart].frames[0].program = draw();
        }
    }
    Hart &h = harts[hart];
    if (h.state == Hart::Loading && !dut->in_load_valid && chance(ready_percent)) {
        dut->in_load_valid = 1;
        dut->in_load_hart = hart;
        dut->in_load_target = h.loads < 16 ? 2 : 3;
        dut->in_load_address = h.loads & 15;
        put(dut->in_load_data, any(256), 8);
        put(dut->in_load_data, any(256), 8, 8);
        const Frame &f = h.frames[0];
        if (h.loads == 0) { put(dut->in_load_data, f.address, 8); put(dut->in_load_data, f.caller, 8, 8); }
        if (h.loads == 1) { put(dut->in_load_data, f.value, 8); put(dut->in_load_data, number(f.size), 8, 8); }
    }
    if (h.state == Hart::Loaded && !dut->card_valid && chance(ready_percent)) {
        dut->card_valid = 1;
        dut->card_hart = hart;
        dut->card_gas = below(3000000);
        dut->card_program = h.frames[0].program;
    }
    // Units; another hart's request may change whom the memory unit serves.
    if (!memory_unit.busy && chance(20)) served = below(HARTS);
    dut->memory_task_ready = !memory_unit.busy && chance(ready_percent);
    dut->memory_task_done = memory_unit.busy && memory_unit.left == 0;
    dut->memory_task_status = dut->memory_task_done ? memory_now.status : draw() & 3;
    dut->memory_task_code = dut->memory_task_done ? memory_now.code : draw() & 0xff;
    dut->state_task_ready = !state_unit.busy && chance(ready_percent);
    dut->state_task_done = state_unit.busy && state_unit.left == 0;
    dut->state_task_status = state_now.status;
    dut->state_task_code = state_now.code;
    put(dut->state_task_value, state_now.value, 8);
    dut->state_task_iova = state_now.iova;
    dut->state_task_len = state_now.len;
    dut->state_task_program = state_now.program;
    dut->state_task_effects = state_now.effects;
    dut->state_task_flags = state_now.flags;
    dut->memory_arg_index = draw() & 3;
    if (lane_beats && chance(ready_percent)) lane_beats--;
    dut->written = lane_beats == 0;
    // What is shown for the hart of the tasks.
    dut->eval();
    unsigned t = dut->task_hart % HARTS;
    const Pending &p = harts[t].pending;
    dut->pending_kind = p.kind;
    put(dut->pending_account, p.account, 5);
    dut->pending_program = p.program;
    dut->pending_gas = p.gas;
    dut->pending_has_value = p.has_value;
    dut->pending_has_code = p.has_code;
    dut->pending_is_precompile = p.is_precompile;
    static uint32_t shown_len[HARTS];
    if (dut->memory_task_done) shown_len[memory_now.hart] = memory_now.return_len;
    for (unsigned i = 0; i < HARTS; i++)
        if (!working || worked != i) shown_len[i] = harts[i].return_len;
    dut->return_len = shown_len[t];
    dut->in_range_len = memory_tasks.empty() && working ? draw() : harts[t].in_range;
    dut->eval();
    put(dut->arg_value, harts[served].args[dut->arg_index], 8);
}

static void take_memory() {
    CHECK(working && !memory_tasks.empty(), "memory task %u", dut->memory_task_op);
    const MemoryTask &m = memory_tasks.front();
    CHECK(dut->task_hart == m.hart && dut->memory_task_op == m.op, "memory task %u of %u, not %u of %u", dut->memory_task_op, dut->task_hart, m.op, m.hart);
    CHECK(m.op == OUT || m.op == FORGET || m.op == KEEP || m.op == UNDO || dut->memory_task_len == m.len, "length of memory task %u: %u, not %u", m.op, dut->memory_task_len, m.len);
    CHECK(m.op != FETCH || dut->memory_task_iova == m.iova, "address of a fetch");
    memory_now = m;
    memory_tasks.pop_front();
    memory_unit.busy = true;
    memory_unit.left = ready_percent == 100 ? latency - 1 : below(latency + 1);
    served = m.hart;
    if (m.op == NAME_OR_PAYLOAD) { payload_seen = true; written_seen = false; lane_beats += 1 + below(4); }
}
static void take_state() {
    CHECK(working && !state_tasks.empty(), "state task %u", dut->state_task_op);
    const StateTask &s = state_tasks.front();
    CHECK(dut->task_hart == s.hart && dut->state_task_op == s.op, "state task %u of %u, not %u of %u", dut->state_task_op, dut->task_hart, s.op, s.hart);
    bool has_key = s.op == PUSH || s.op == NAME_OR_PAYLOAD || s.op >= 7;
    CHECK(!has_key || get(dut->state_task_key, 8) == s.key, "key of state task %u", s.op);
    CHECK(s.op < 3 || get(dut->state_task_address, 5) == s.address, "address of state task %u", s.op);
    if (s.op >= 7 && s.op < 12) CHECK(written_seen && !memory_unit.busy, "request %u before its payload", s.op);
    state_now = s;
    state_tasks.pop_front();
    state_unit.busy = true;
    state_unit.left = ready_percent == 100 ? latency - 1 : below(latency + 1);
}
static void take_load() {
    if (!working || loads.empty() || !dut->frame_busy || dut->in_load_ready || !dut->load_taken || dut->load_target != 2 || dut->load_hart != worked) {
        // The card's beat goes through.
        CHECK(dut->in_load_valid && dut->load_taken == dut->load_ready && dut->in_load_ready == dut->load_ready, "a beat from nowhere");
        CHECK(dut->load_target == dut->in_load_target && dut->load_hart == dut->in_load_hart && dut->load_address == dut->in_load_address, "the card's beat");
        CHECK(get(dut->load_data, 8) == get(dut->in_load_data, 8) && get(dut->load_data, 8, 8) == get(dut->in_load_data, 8, 8), "the card's data");
        if (!dut->load_ready) return;
        Hart &h = harts[dut->in_load_hart];
        if (++h.loads == 18) h.state = Hart::Loaded;
        load_over = true;
        return;
    }
    const Load &l = loads.front();
    CHECK(dut->load_address == l.address, "pair %u, not %u", dut->load_address, l.address);
    CHECK(get(dut->load_data, 8) == l.low && get(dut->load_data, 8, 8) == l.high, "pair %u of %s", l.address, what.c_str());
    loads.pop_front();
}
static void finish_work() {
    CHECK(memory_tasks.empty() && state_tasks.empty() && loads.empty(), "%s: %zu %zu %zu left", what.c_str(), memory_tasks.size(), state_tasks.size(), loads.size());
    CHECK(!memory_unit.busy && !state_unit.busy, "%s: a task is under way", what.c_str());
    uint64_t took = now - taken_at;
    if (!quickest.count(what) || took < quickest[what]) quickest[what] = took;
    counts[what]++;
    working = false;
}

static void sample() {
    unsigned nested = !ends.empty() && ends.front().status != ESCALATED && (ends.front().status == ENTER || harts[ends.front().hart].frames.size() > 1);
    bool memory_done = dut->memory_task_done, state_done = dut->state_task_done;
    unsigned busy = working ? 1u << worked : 0;
    CHECK(dut->frame_busy == busy, "busy %x, not %x", dut->frame_busy, busy);
    if (memory_unit.busy && memory_now.op == NAME_OR_PAYLOAD) CHECK(dut->arg_index == dut->memory_arg_index, "args of a payload");
    // While it does no task it may write the log of another hart.
    if (!memory_unit.busy) CHECK(dut->arg_index == dut->memory_arg_index, "args");
    CHECK(dut->memory_task_taken == (dut->memory_task_valid && dut->memory_task_ready), "taken");
    if (!memory_unit.busy && payload_seen && dut->written) written_seen = true;
    const Hart &traced = harts[dut->trace_hart % HARTS];
    if (traced.state == Hart::Runs) CHECK(dut->trace_depth == traced.frames.size() - 1, "depth of %u", dut->trace_hart);
    if (dut->start_valid && dut->start_ready) {
        if (dut->start_first) {
            CHECK(dut->card_valid && dut->card_ready, "a start from nowhere");
            Hart &h = harts[dut->card_hart];
            CHECK(dut->start_hart == dut->card_hart && dut->start_gas == dut->card_gas && dut->start_program == dut->card_program, "the card's start");
            CHECK(dut->start_pc == 8 && dut->start_sp == 0 && dut->start_base == 0, "the card's start");
            h.state = Hart::Runs;
            h.wake = now + 1 + below(30);
            card_over = true;
        } else {
            CHECK(working && !ends_over, "start in %s", what.c_str());
            CHECK(!dut->card_ready, "two starts");
            const Start &s = start_wanted;
            CHECK(dut->start_hart == s.hart && dut->start_gas == s.gas && dut->start_program == s.program, "%s: start of %u gas %llu not %llu program %x not %x", what.c_str(), dut->start_hart,
                  (unsigned long long)dut->start_gas, (unsigned long long)s.gas, dut->start_program, s.program);
            CHECK(dut->start_pc == s.pc && dut->start_sp == s.sp && dut->start_base == s.base, "%s: start at pc %u sp %u base %u", what.c_str(), dut->start_pc, dut->start_sp, dut->start_base);
            finish_work();
            harts[s.hart].state = Hart::Runs;
            harts[s.hart].wake = now + 1 + below(30);
        }
    }
    if (dut->memory_task_valid && dut->memory_task_ready) take_memory();
    else if (memory_done) memory_unit.busy = false;
    else if (memory_unit.busy) memory_unit.left--;
    if (dut->state_task_valid && dut->state_task_ready) take_state();
    else if (state_done) state_unit.busy = false;
    else if (state_unit.busy) state_unit.left--;
    if (dut->load_valid) take_load();
    else CHECK(!dut->load_taken, "taken but not offered");
    if (dut->over_valid && dut->over_ready) {
        unsigned h = dut->over_hart;
        if (working && ends_over && h == worked && dut->over_status == ESCALATED && !(dut->end_ready && dut->end_hart == h && dut->end_valid)) {
            CHECK(dut->over_reason == over_code && dut->over_gas == 0, "%s: reason %x, not %x", what.c_str(), dut->over_reason, over_code);
            finish_work();
            escalations++;
        } else {
            CHECK(dut->end_valid && dut->end_ready && !nested, "an end from nowhere");
            const End &e = ends.front();
            CHECK(h == e.hart && dut->over_status == e.status && dut->over_reason == e.reason && dut->over_gas == e.gas, "end of a transaction");
            over_passed++;
        }
        harts[h].state = Hart::Idle;
        harts[h].frames.clear();
    }
    if (dut->end_valid && dut->end_ready) {
        End e = ends.front();
        ends.pop_front();
        if (nested) {
            CHECK(!working, "two at once");
            working = true;
            ends_over = payload_seen = false;
            written_seen = true;
            worked = e.hart;
            taken_at = now;
            Model model(e.hart);
            if (e.status == ENTER) { model.enter(e); enters++; } else { model.leave(e); leaves++; }
        }
    }
}

static void run(uint64_t cycles) {
    for (uint64_t end = now + cycles; now < end; now++) {
        dut->trace_hart = below(HARTS);
        dut->clock = 0;
        dut->eval();
        drive();
        dut->eval();
        sample();
        dut->clock = 1;
        dut->eval();
        if (load_over) dut->in_load_valid = 0;
        if (card_over) dut->card_valid = 0;
        load_over = card_over = false;
    }
}

static void reset() {
    dut->reset = 1;
    dut->clock = 0;
    dut->eval();
    dut->clock = 1;
    dut->eval();
    dut->reset = 0;
}

int main() {
    dut = new Vdut;
    reset();
    struct { unsigned ready, latency, fail; uint64_t cycles; } rounds[] = {{60, 12, 1, 300000}, {100, 1, 0, 60000}, {90, 3, 0, 200000}, {30, 40, 2, 200000}};
    for (auto &r : rounds) {
        ready_percent = r.ready;
        latency = r.latency;
        fail_percent = r.fail;
        quickest.clear();
        run(r.cycles);
        if (r.latency == 1)
            for (auto &row : quickest) printf("latency %s %llu\n", row.first.c_str(), (unsigned long long)row.second);
        // The next round may be quicker while a task of this one is under way.
        while (working || memory_unit.busy || state_unit.busy) run(1);
    }
    for (auto &row : counts) printf("count %s %llu\n", row.first.c_str(), (unsigned long long)row.second);
    printf("enters %llu leaves %llu over %llu escalations %llu\n", (unsigned long long)enters, (unsigned long long)leaves, (unsigned long long)over_passed, (unsigned long long)escalations);
    CHECK(enters > 5000 && leaves > 3000 && over_passed > 300 && escalations > 50, "too little happened");
    printf("PASSED %llu cycles\n", (unsigned long long)now);
    return 0;
}
