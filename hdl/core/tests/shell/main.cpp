// The host, the scenarios, and the clock.
static const unsigned LANES = 2;
struct Expected {
    uint16_t incarnation;
    uint8_t kind, fork;
    uint64_t gas, context, calldata, result;
    uint32_t calldata_len, result_len, program;
    unsigned seeds;
    bool runs;             // reaches a hart
    bool any_status;       // the outcome depends on an injected error
    bool bus_error;        // must escalate
    bool finished, started;
    Finish finish;
    int lane;
    unsigned written;
};
struct Ring { uint64_t base; unsigned log2; uint16_t head, tail; };
struct World {
    Vdut* dut;
    Bus bus;
    Lane lanes[LANES];
    Ring sq{}, cq{}, rq{}, aq{};
    std::map<uint32_t, Expected> expected;
    uint32_t next_tag = 1;
    unsigned irqs[3] = {0, 0, 0};
    unsigned lane_ready = 80, act = 30;
    unsigned max_actions = 6;
    uint64_t code_base = 0x7000000;
    bool answers_on = true;
    // AXI4-Lite
    void tick();
    void write(uint32_t offset, uint32_t value, unsigned strobe = 15);
    uint32_t read(uint32_t offset);
    void hard_reset();
    void soft_reset();
    void setup(unsigned sq2, unsigned cq2, unsigned rq2, unsigned aq2);
    void submit(const Beat& entry);
    Beat transaction(unsigned seeds, uint32_t calldata_len, uint64_t context);
    Beat load(uint32_t line, uint32_t lines, uint32_t constant, uint32_t constants);
    bool complete();
    void serve();
    void drain(const char* what, uint64_t limit = 400000);
};

void Lane::start(const Start& s) {
    Hart& h = harts[s.hart];
    CHECK(h.state == Hart::Cleared, "start of a hart that is not cleared");
    CHECK(world->expected.count(s.tag), "start of tag %u", s.tag);
    Expected& e = world->expected[s.tag];
    CHECK(e.runs && !e.started && !e.bus_error, "start of tag %u that must not", s.tag);
    e.started = true;
    e.lane = number;
    CHECK(s.gas == e.gas && s.fork == e.fork && s.program == e.program && s.result_iova == e.result && s.result_len == e.result_len && s.calldata_len == e.calldata_len, "start fields of tag %u", s.tag);
    CHECK(h.environment.size() == 16 && h.seeds.size() == 2 * e.seeds && h.calldata.size() == (e.calldata_len + 63) / 64, "beats of tag %u", s.tag);
    for (unsigned i = 0; i < 16; i++) CHECK(h.environment[i] == world->bus.at(e.context + 64 * i), "environment %u", i);
    for (unsigned i = 0; i < 2 * e.seeds; i++) CHECK(h.seeds[i] == world->bus.at(e.context + 64 * (16 + i)), "seed beat %u", i);
    for (unsigned i = 0; i < h.calldata.size(); i++) CHECK(h.calldata[i] == world->bus.at(e.calldata + 64 * i), "calldata beat %u", i);
    h.start = s;
    h.state = Hart::Runs;
    h.actions = rng.below(world->max_actions + 1);
    starts++;
    last_start = now;
}
void Lane::step() {
    for (uint8_t i = 0; i < 4; i++) {
        Hart& h = harts[i];
        if (h.state != Hart::Runs || !rng.chance(world->act)) continue;
        if (h.actions-- > 0) {
            unsigned what = rng.below(3);
            if (what == 0 && world->answers_on) {
                Request r{i, (uint8_t)rng.below(6), h.sequence++, h.start.tag, {}, {}};
                for (auto& b : r.key) b = rng.next();
                for (auto& b : r.address) b = rng.next();
                h.request = r;
                requests.push_back(r);
                h.state = Hart::Asks;
            } else if (what == 1) {
                h.read_beats = 1 + (rng.chance(10) ? rng.below(256) : rng.below(8));
                h.read_address = world->code_base + 64 * rng.below(512);
                h.got_beats = 0;
                readers.push_back(i);
                h.state = Hart::Reads;
            } else {
                for (unsigned n = 1 + rng.below(5); n > 0 && 64 * (h.written + 1) <= h.start.result_len; n--) {
                    writes.push_back({h.start.result_iova + 64 * h.written, pattern(h.start.tag, h.written)});
                    write_owner.push_back(i);
                    h.written++;
                }
            }
        } else {
            h.actions = 0;
            bool pending = false;
            for (uint8_t owner : write_owner) pending |= owner == i;
            if (pending) continue;
            Finish f{i, (uint8_t)rng.below(5), (uint8_t)rng.next(), rng.next(), rng.next(), (uint32_t)rng.next(), (uint32_t)rng.next(), (uint32_t)rng.next(), (uint32_t)rng.next(), (uint32_t)rng.next(), (uint32_t)rng.next(), (uint16_t)rng.next(), (uint16_t)rng.next()};
            Expected& e = world->expected[h.start.tag];
            e.finish = f;
            e.finished = true;
            e.written = h.written;
            finishes.push_back(f);
            h.state = Hart::Ends;
        }
    }
}
void Lane::beat(const Beat& data, bool error) {
    CHECK(read_busy && !readers.empty(), "a beat nobody asked for");
    Hart& h = harts[readers.front()];
    uint64_t address = h.read_address + 64 * h.got_beats;
    CHECK(data == world->bus.at(address) || error, "code beat %llx", (unsigned long long)address);
    CHECK(error == (world->bus.read_errors.count(address) != 0), "error of a code beat");
    h.saw_error |= error;
    if (++h.got_beats == h.read_beats) {
        h.state = Hart::Runs;
        readers.pop_front();
        read_busy = false;
    }
}

// Every beat taken before this cycle is in host memory, or had an error.
void Lane::all_written() {
    for (auto& w : unwritten) CHECK(world->bus.write_errors.count(w.first) || world->bus.at(w.first) == w.second, "beat %llx is not written", (unsigned long long)w.first);
    unwritten.clear();
}

#define DRIVE(i)                                                                                     \
    {                                                                                                \
        Lane& l = lanes[i];                                                                          \
        dut->lane_start_ready_##i = l.start_ready = rng.chance(lane_ready);                          \
        dut->lane_load_ready_##i = l.load_ready = rng.chance(lane_ready);                            \
        dut->lane_clear_ready_##i = l.clear_ready = rng.chance(lane_ready);                          \
        Finish f{};                                                                                  \
        if (!l.finishes.empty()) f = l.finishes.front();                                             \
        dut->lane_finish_valid_##i = !l.finishes.empty();                                            \
        dut->lane_finish_hart_##i = f.hart;                                                          \
        dut->lane_finish_status_##i = f.status;                                                      \
        dut->lane_finish_reason_##i = f.reason;                                                      \
        dut->lane_finish_gas_##i = f.gas;                                                            \
        dut->lane_finish_refund_##i = f.refund;                                                      \
        dut->lane_finish_output_len_##i = f.output_len;                                              \
        dut->lane_finish_log_beats_##i = f.log_beats;                                                \
        dut->lane_finish_log_count_##i = f.log_count;                                                \
        dut->lane_finish_write_count_##i = f.write_count;                                            \
        dut->lane_finish_cycles_##i = f.cycles;                                                      \
        dut->lane_finish_instructions_##i = f.instructions;                                          \
        dut->lane_finish_micro_ops_##i = f.micro_ops;                                                \
        dut->lane_finish_host_cycles_##i = f.host_cycles;                                            \
        dut->lane_write_valid_##i = !l.writes.empty();                                               \
        if (!l.writes.empty()) {                                                                     \
            dut->lane_write_address_##i = l.writes.front().first;                                    \
            memcpy(dut->lane_write_data_##i.data(), l.writes.front().second.data(), 64);             \
        }                                                                                            \
        dut->lane_read_valid_##i = !l.readers.empty() && !l.read_busy;                               \
        if (!l.readers.empty()) {                                                                    \
            dut->lane_read_address_##i = l.harts[l.readers.front()].read_address;                    \
            dut->lane_read_beats_##i = l.harts[l.readers.front()].read_beats;                        \
        }                                                                                            \
        dut->lane_request_valid_##i = !l.requests.empty();                                           \
        if (!l.requests.empty()) {                                                                   \
            const Request& r = l.requests.front();                                                   \
            dut->lane_request_hart_##i = r.hart;                                                     \
            dut->lane_request_kind_##i = r.kind;                                                     \
            dut->lane_request_sequence_##i = r.sequence;                                             \
            dut->lane_request_tag_##i = r.tag;                                                       \
            memcpy(dut->lane_request_key_##i.data(), r.key.data(), 32);                              \
            memcpy(dut->lane_request_address_##i.data(), r.address.data(), 20);                      \
        }                                                                                            \
        dut->lane_counter_value_##i = (0x1234ull + i) << 32 | 0x10000u * i | dut->lane_counter_select; \
    }
#define SAMPLE(i)                                                                                    \
    {                                                                                                \
        Lane& l = lanes[i];                                                                          \
        bool wrote = dut->lane_write_valid_##i && dut->lane_write_ready_##i;                         \
        bool ended = dut->lane_finish_valid_##i && dut->lane_finish_ready_##i;                       \
        bool asked = dut->lane_request_valid_##i && dut->lane_request_ready_##i;                     \
        bool reads = dut->lane_read_valid_##i && dut->lane_read_ready_##i;                           \
        if (dut->lane_rdata_valid_##i) {                                                             \
            Beat b;                                                                                  \
            memcpy(b.data(), dut->lane_rdata_data.data(), 64);                                       \
            l.beat(b, dut->lane_rdata_error);                                                        \
        }                                                                                            \
        if (dut->lane_answer_valid_##i)                                                              \
            l.answered(dut->lane_answer_hart_##i, dut->lane_answer_flags, \
                       dut->lane_answer_code_iova, dut->lane_answer_code_len, (const uint8_t*)dut->lane_answer_value.data(), dut->lane_answer_effects, dut->lane_answer_program); \
        if (dut->lane_clear_valid_##i && l.clear_ready) l.clear(dut->lane_clear_hart);               \
        if (dut->lane_load_valid_##i && l.load_ready) {                                              \
            Beat b;                                                                                  \
            memcpy(b.data(), dut->lane_load_data.data(), 64);                                        \
            l.load(dut->lane_load_target, dut->lane_load_hart, dut->lane_load_address, b);           \
        }                                                                                            \
        if (dut->lane_start_valid_##i && l.start_ready)                                              \
            l.start({dut->lane_start_hart, dut->lane_start_fork, dut->lane_start_gas, dut->lane_start_result_iova, \
                     dut->lane_start_program, dut->lane_start_result_len, dut->lane_start_calldata_len, dut->lane_start_tag}); \
        if (dut->lane_written_##i) l.all_written();                                                  \
        if (wrote) { l.unwritten.push_back(l.writes.front()); l.writes.pop_front(); l.write_owner.pop_front(); }                              \
        if (ended) { l.harts[l.finishes.front().hart].state = Hart::Idle; l.finishes.pop_front(); }  \
        if (asked) l.requests.pop_front();                                                           \
        if (reads) l.read_busy = true;                                                               \
        l.step();                                                                                    \
        if (dut->lane_reset) l.reset();                                                              \
    }

void World::tick() {
    bus.drive(dut);
    DRIVE(0);
    DRIVE(1);
    dut->irq_ack = dut->irq_req & rng.below(8);
    dut->clock = 0;
    dut->eval();
    for (int i = 0; i < 3; i++) irqs[i] += dut->irq_ack >> i & 1;
    // Everything is sampled before the edge; the models change their outputs for the next cycle.
    bool axil[5] = {(bool)(dut->s_axil_awvalid && dut->s_axil_awready), (bool)(dut->s_axil_wvalid && dut->s_axil_wready),
                    (bool)(dut->s_axil_bvalid && dut->s_axil_bready), (bool)(dut->s_axil_arvalid && dut->s_axil_arready),
                    (bool)(dut->s_axil_rvalid && dut->s_axil_rready)};
    uint32_t rdata = dut->s_axil_rdata;
    bus.sample(dut);
    SAMPLE(0);
    SAMPLE(1);
    dut->clock = 1;
    dut->eval();
    if (axil[0]) dut->s_axil_awvalid = 0;
    if (axil[1]) dut->s_axil_wvalid = 0;
    if (axil[2]) dut->s_axil_bready = 0;
    if (axil[3]) dut->s_axil_arvalid = 0;
    if (axil[4]) { dut->s_axil_rready = 0; dut->s_axil_wdata = rdata; }
    now++;
}
void World::write(uint32_t offset, uint32_t value, unsigned strobe) {
    dut->s_axil_awaddr = offset;
    dut->s_axil_wstrb = strobe;
    unsigned skew = rng.below(3), wait = rng.below(3), limit = 100;
    dut->s_axil_awvalid = skew != 1;
    if (skew == 1) { dut->s_axil_wdata = value; dut->s_axil_wvalid = 1; tick(); dut->s_axil_awvalid = 1; }
    else if (skew == 2) { tick(); dut->s_axil_wdata = value; dut->s_axil_wvalid = 1; }
    else { dut->s_axil_wdata = value; dut->s_axil_wvalid = 1; }
    while (dut->s_axil_awvalid || dut->s_axil_wvalid) { tick(); CHECK(limit--, "write hangs"); }
    while (wait--) tick();
    dut->s_axil_bready = 1;
    while (dut->s_axil_bready) { tick(); CHECK(limit--, "write response hangs"); }
}
uint32_t World::read(uint32_t offset) {
    unsigned limit = 100;
    dut->s_axil_araddr = offset;
    dut->s_axil_arvalid = 1;
    while (dut->s_axil_arvalid) { tick(); CHECK(limit--, "read hangs"); }
    dut->s_axil_rready = 1;
    while (dut->s_axil_rready) { tick(); CHECK(limit--, "read data hangs"); }
    return dut->s_axil_wdata;
}
void World::hard_reset() {
    dut->reset = 1;
    for (int i = 0; i < 4; i++) tick();
    dut->reset = 0;
    tick();
}
void World::soft_reset() {
    write(R_Control, 3);
    unsigned limit = 3000;
    while (read(R_Control) & 2) CHECK(limit--, "soft reset hangs");
    CHECK(bus.quiet(), "soft reset ended with traffic in flight");
    for (auto& row : ROWS)
        if (row.access != 'R') CHECK(read(row.offset) == 0, "%s after soft reset", row.name);
    expected.clear();
    bus.read_errors.clear();
    bus.write_errors.clear();
}
void World::setup(unsigned sq2, unsigned cq2, unsigned rq2, unsigned aq2) {
    // Bases that make the rings cross a 4 KiB border somewhere.
    sq = {0x100000000ull + 64 * rng.below(64), sq2, 0, 0};
    cq = {0x200000000ull + 64 * rng.below(64), cq2, 0, 0};
    rq = {0x300000000ull + 64 * rng.below(64), rq2, 0, 0};
    aq = {0x400000000ull + 64 * rng.below(64), aq2, 0, 0};
    for (Ring* r : {&cq, &rq})
        for (uint64_t i = 0; i < 1ull << r->log2; i++) bus.at(r->base + 64 * i) = Beat{};
    for (Ring* r : {&sq, &aq})
        for (uint64_t i = 0; i < 1ull << r->log2; i++) bus.at(r->base + 64 * i) = pattern(99, i);
    Ring* rings[4] = {&sq, &cq, &rq, &aq};
    for (int i = 0; i < 4; i++) {
        write(R_SqBaseLow + 0x20 * i, rings[i]->base);
        write(R_SqBaseHigh + 0x20 * i, rings[i]->base >> 32);
        write(R_SqSizeLog2 + 0x20 * i, rings[i]->log2);
    }
    for (uint64_t i = 0; i < 1024; i++) bus.at(code_base + 64 * i) = pattern(5, i);
    write(R_IrqEnable, 7);
    write(R_Control, 1);
}
void World::submit(const Beat& entry) {
    unsigned limit = 100000;
    while ((uint16_t)(sq.tail - (uint16_t)read(R_SqHead)) >= 1u << sq.log2) {
        write(R_SqTail, sq.tail);
        serve();
        CHECK(limit--, "submission ring stays full");
    }
    bus.at(sq.base + 64 * (sq.tail & ((1u << sq.log2) - 1))) = entry;
    sq.tail++;
}
Beat World::transaction(unsigned seeds, uint32_t calldata_len, uint64_t context) {
    Expected e{};
    uint32_t tag = next_tag++;
    e.incarnation = rng.next();
    e.fork = 7 + rng.below(7);
    e.gas = rng.next();
    e.context = context + (uint64_t)tag * 0x4000;
    e.calldata = 0x900000000ull + (uint64_t)tag * 0x4000 + 64 * rng.below(64);
    e.result = 0xA00000000ull + (uint64_t)tag * 0x4000 + 64 * rng.below(64);
    e.calldata_len = calldata_len;
    e.result_len = 64 * rng.below(40);
    e.program = rng.below(CODE_LINES);
    e.seeds = seeds;
    e.runs = true;
    for (unsigned i = 0; i < 16 + 2 * seeds; i++) bus.at(e.context + 64 * i) = pattern(tag, 1000 + i);
    for (unsigned i = 0; i < (calldata_len + 63) / 64; i++) bus.at(e.calldata + 64 * i) = pattern(tag, 5000 + i);
    Beat d{};
    put<uint32_t>(d, 0, tag);
    put<uint16_t>(d, 4, e.incarnation);
    d[7] = e.fork;
    put<uint64_t>(d, 8, e.gas);
    put<uint64_t>(d, 0x10, e.context);
    put<uint64_t>(d, 0x18, e.calldata);
    put<uint64_t>(d, 0x20, e.result);
    put<uint32_t>(d, 0x28, e.calldata_len);
    put<uint32_t>(d, 0x2c, e.result_len);
    put<uint32_t>(d, 0x30, e.program);
    put<uint16_t>(d, 0x34, seeds);
    d[63] = 1;
    expected[tag] = e;
    return d;
}
Beat World::load(uint32_t line, uint32_t lines, uint32_t constant, uint32_t constants) {
    Expected e{};
    uint32_t tag = next_tag++;
    e.kind = 1;
    e.incarnation = 0;
    e.context = 0xB00000000ull + (uint64_t)tag * 0x10000 + 64 * rng.below(64);
    e.calldata = 0xC00000000ull + (uint64_t)tag * 0x10000 + 64 * rng.below(64);
    for (unsigned i = 0; i < lines; i++) bus.at(e.context + 64 * i) = pattern(tag, 1000 + i);
    for (unsigned i = 0; i < constants / 2; i++) bus.at(e.calldata + 64 * i) = pattern(tag, 5000 + i);
    Beat d{};
    put<uint32_t>(d, 0, tag);
    d[6] = 1;
    put<uint64_t>(d, 0x08, e.context);
    put<uint64_t>(d, 0x10, e.calldata);
    put<uint32_t>(d, 0x18, line);
    put<uint32_t>(d, 0x1c, lines);
    put<uint32_t>(d, 0x20, constant);
    put<uint32_t>(d, 0x24, constants);
    expected[tag] = e;
    return d;
}
// Takes one completion if there is one, and checks it.
bool World::complete() {
    const Beat& c = bus.at(cq.base + 64 * (cq.head & ((1u << cq.log2) - 1)));
    bool phase = !(cq.head >> cq.log2 & 1);
    if ((c[63] & 1) != phase) return false;
    uint32_t tag = get<uint32_t>(c, 0);
    CHECK(expected.count(tag), "completion of tag %u", tag);
    Expected e = expected[tag];
    CHECK(get<uint16_t>(c, 4) == e.incarnation && c[0x26] == e.kind && c[0x27] == 0, "completion head of tag %u", tag);
    bool escalated = c[6] == 4 && c[7] == 0x21;
    if (e.bus_error) CHECK(escalated, "tag %u must escalate, status %d", tag, c[6]);
    if (!e.started) {
        CHECK(escalated == e.bus_error && (e.bus_error || (c[6] == 0 && e.kind == 1)), "completion of tag %u without a run", tag);
        for (int i = 8; i < 0x26; i++) CHECK(c[i] == 0, "byte %d", i);
    } else {
        const Finish& f = e.finish;
        CHECK(e.finished, "completion of tag %u before its end", tag);
        if (!(e.any_status && escalated)) CHECK(c[6] == f.status && c[7] == f.reason, "status of tag %u", tag);
        CHECK(get<uint64_t>(c, 8) == f.gas && get<uint64_t>(c, 0x10) == f.refund && get<uint32_t>(c, 0x18) == f.output_len
              && get<uint32_t>(c, 0x1c) == f.log_beats && get<uint16_t>(c, 0x20) == f.write_count && get<uint16_t>(c, 0x22) == f.log_count
              && get<uint16_t>(c, 0x24) == e.lane * 4 + f.hart && get<uint32_t>(c, 0x28) == f.cycles && get<uint32_t>(c, 0x2c) == f.instructions
              && get<uint32_t>(c, 0x30) == f.micro_ops && get<uint32_t>(c, 0x34) == f.host_cycles, "fields of tag %u", tag);
        // The record is in memory before the completion.
        if (!escalated)
            for (unsigned i = 0; i < e.written; i++) CHECK(bus.at(e.result + 64 * i) == pattern(tag, i), "record beat %u of tag %u", i, tag);
    }
    for (int i = 0x38; i < 63; i++) CHECK(c[i] == 0, "reserved byte %d", i);
    expected.erase(tag);
    cq.head++;
    return true;
}
// The host's loop: takes completions and requests, answers, moves heads and tails, now and then.
void World::serve() {
    tick();
    if (rng.chance(20))
        while (complete()) {}
    if (rng.chance(10)) write(R_CqHead, cq.head);
    bool rang = false;
    for (;;) {
        const Beat& r = bus.at(rq.base + 64 * (rq.head & ((1u << rq.log2) - 1)));
        if ((r[63] & 1) != !(rq.head >> rq.log2 & 1) || !rng.chance(60)) break;
        uint16_t hart = get<uint16_t>(r, 0x38);
        CHECK(hart < 4 * LANES, "request of hart %u", hart);
        Hart& h = lanes[hart / 4].harts[hart % 4];
        CHECK(h.state == Hart::Asks && r[0x3b] == h.request.sequence && r[0x3a] == h.request.kind && get<uint32_t>(r, 0x34) == h.request.tag
              && !memcmp(&r[0], h.request.key.data(), 32) && !memcmp(&r[32], h.request.address.data(), 20), "request of hart %u", hart);
        if ((uint16_t)(aq.tail - (uint16_t)read(R_AqHead)) >= 1u << aq.log2) break;
        Beat a{};
        auto value = answer_value(&r[0], h.request.tag);
        memcpy(&a[0], value.data(), 32);
        put<uint64_t>(a, 0x20, 64ull * h.request.tag);
        put<uint32_t>(a, 0x28, h.request.tag ^ 77);
        put<uint32_t>(a, 0x2c, h.request.tag);
        put<uint16_t>(a, 0x30, hart);
        a[0x32] = r[0x3a];
        a[0x33] = r[0x3b];
        a[0x34] = h.request.tag & 1;
        put<uint16_t>(a, 0x36, 3 * h.request.tag);
        put<uint32_t>(a, 0x38, ~h.request.tag);
        bus.at(aq.base + 64 * (aq.tail & ((1u << aq.log2) - 1))) = a;
        aq.tail++;
        rq.head++;
        rang = true;
    }
    if (rang) write(R_AqTail, aq.tail);
    if (rng.chance(10)) write(R_RqHead, rq.head);
}
void World::drain(const char* what, uint64_t limit) {
    write(R_SqTail, sq.tail);
    uint64_t end = now + limit;
    while (!expected.empty()) {
        serve();
        if (now >= end) {
            printf("SqHead %x CqTail %x RqTail %x AqHead %x Fault %x Status %x; %zu left\n", read(R_SqHead), read(R_CqTail), read(R_RqTail), read(R_AqHead), read(R_FaultStatus), read(R_Status), expected.size());
            CHECK(false, "%s: not done", what);
        }
    }
    write(R_CqHead, cq.head);
    write(R_RqHead, rq.head);
}

static void registers(World& w) {
    w.bus.strict = false;
    // (Reading CounterLow latches what CounterHigh shows.)
    for (auto& row : ROWS)
        if (row.offset != R_CounterHigh) CHECK(w.read(row.offset) == row.reset, "%s: reset value %x", row.name, w.read(row.offset));
    for (auto& row : ROWS) {
        if (row.offset == R_Control) continue;
        unsigned patience = 1000;
        // AqTail 3 makes the card fetch three answers that nobody waits for.
        while (row.offset == R_AqHead && w.read(R_AqHead) != 3) CHECK(patience--, "answers");
        if (row.access == 'R' || row.access == 'C') {
            uint32_t before = w.read(row.offset);
            w.write(row.offset, 0xffffffff);
            CHECK(w.read(row.offset) == before, "%s changed", row.name);
        } else {
            uint32_t ones = row.offset == R_AqTail ? 0xffff0003 : 0xffffffff;
            w.write(row.offset, ones);
            CHECK(w.read(row.offset) == (ones & row.mask), "%s: %x", row.name, w.read(row.offset));
            w.write(row.offset, 0x55aa55aa & (row.offset == R_AqTail ? 3 : ~0u), 7);
            CHECK(w.read(row.offset) == (ones & row.mask), "%s: partial write", row.name);
        }
    }
    std::set<unsigned> known;
    for (auto& row : ROWS) known.insert(row.offset);
    for (unsigned offset = 0; offset < 0x1000; offset += 4) {
        if (known.count(offset)) continue;
        w.write(offset, 0xffffffff);
        CHECK(w.read(offset) == 0, "reserved %x", offset);
    }
    CHECK(w.read(R_FaultStatus) == 8 && w.read(R_Status) == 2 && w.read(R_IrqStatus) == 4, "bad answer");
    CHECK(w.irqs[2] == 1, "fault interrupt %u", w.irqs[2]);
    w.write(R_FaultStatus, 7);
    CHECK(w.read(R_FaultStatus) == 8, "clearing other bits");
    w.write(R_FaultStatus, 8);
    w.write(R_IrqStatus, 4);
    CHECK(w.read(R_FaultStatus) == 0 && w.read(R_IrqStatus) == 0 && w.read(R_Status) == 0, "clearing");
    // Counters: lane and counter; the high half is latched.
    for (unsigned lane = 0; lane < LANES; lane++) {
        w.write(R_CounterSelect, lane << 8 | 5);
        CHECK(w.read(R_CounterLow) == (0x10000 * lane | 5) && w.read(R_CounterHigh) == 0x1234 + lane, "counter of lane %u", lane);
    }
    w.write(R_CounterSelect, 0x7f05);
    CHECK(w.read(R_CounterHigh) == 0x1235 && w.read(R_CounterLow) == 0 && w.read(R_CounterHigh) == 0, "counter of no lane");
    w.soft_reset();
    w.bus.strict = true;
    printf("registers ok\n");
}
static void loads(World& w) {
    for (int round = 0; round < 6; round++) {
        uint32_t line = rng.below(100), lines = round == 0 ? 0 : 1 + rng.below(150), constant = 2 * rng.below(50), constants = round == 1 ? 0 : 2 * rng.below(70);
        Beat d = w.load(line, lines, constant, constants);
        w.submit(d);
        w.drain("load");
        uint32_t tag = get<uint32_t>(d, 0);
        for (Lane& l : w.lanes) {
            for (uint32_t i = 0; i < lines; i++) CHECK(l.code[line + i] == pattern(tag, 1000 + i), "line %u", i);
            for (uint32_t i = 0; i < constants / 2; i++) CHECK(l.constants[constant / 2 + i] == pattern(tag, 5000 + i), "constants %u", i);
        }
    }
    CHECK(w.read(R_FaultStatus) == 0, "fault %x", w.read(R_FaultStatus));
    printf("loads ok\n");
}
static void traffic(World& w, unsigned count) {
    uint64_t from = now;
    unsigned irqs = w.irqs[0];
    for (unsigned i = 0; i < count; i++) {
        if (rng.chance(5)) w.submit(w.load(rng.below(100), rng.below(20), 0, 2 * rng.below(8)));
        w.submit(w.transaction(rng.chance(50) ? 0 : rng.below(STATE_ENTRIES + 1), rng.chance(30) ? 0 : rng.below(CALLDATA_BYTES + 1), 0x800000000ull + 64 * rng.below(64)));
        if (rng.chance(40)) w.write(R_SqTail, w.sq.tail);
        if (rng.chance(40)) w.serve();
    }
    w.drain("traffic");
    for (int i = 0; i < 1000; i++) w.tick();
    CHECK(w.read(R_SqHead) == w.sq.tail && w.read(R_CqTail) == w.cq.head && w.read(R_RqTail) == w.rq.head && w.read(R_AqHead) == w.aq.tail, "counters of the rings");
    CHECK(w.read(R_FaultStatus) == 0 && w.read(R_Status) == 0, "fault %x status %x", w.read(R_FaultStatus), w.read(R_Status));
    CHECK((w.read(R_IrqStatus) & 1) && w.irqs[0] > irqs, "interrupts");
    printf("traffic ok: %u transactions in %llu cycles; lanes %llu %llu\n", count, (unsigned long long)(now - from), (unsigned long long)w.lanes[0].starts, (unsigned long long)w.lanes[1].starts);
}
static void bad_submissions(World& w) {
    struct { int at; uint64_t value; int bytes; bool load; } cases[] = {
        {6, 2, 1, false}, {6, 255, 1, false}, {7, 6, 1, false}, {7, 14, 1, false}, {7, 39, 1, false}, {7, 0, 1, false},
        {0x10, 0x1020, 8, false}, {0x18, 0x1001, 8, false}, {0x20, 0x1008, 8, false}, {0x2c, 100, 4, false},
        {0x28, CALLDATA_BYTES + 1, 4, false}, {0x28, 0xffffffff, 4, false}, {0x34, STATE_ENTRIES + 1, 2, false}, {0x30, CODE_LINES, 4, false},
        {0x30, 0xffffffff, 4, false}, {0x08, 0x1010, 8, true}, {0x10, 0x1010, 8, true}, {0x18, CODE_LINES, 4, true}, {0x1c, 0xffffffff, 4, true},
        {0x20, 1, 4, true}, {0x24, 3, 4, true}, {0x24, CONSTANTS + 2, 4, true}, {0x20, 0xfffffffe, 4, true},
    };
    for (auto& c : cases) {
        Beat d = c.load ? w.load(1, 4, 2, 4) : w.transaction(1, 64, 0x800000000ull);
        memcpy(&d[c.at], &c.value, c.bytes);
        Expected& e = w.expected[get<uint32_t>(d, 0)];
        e.bus_error = true;
        e.kind = d[6];
        if (rng.chance(50)) w.submit(w.transaction(2, 100, 0x800000000ull));
        w.submit(d);
        w.submit(w.transaction(2, 100, 0x800000000ull));
        w.drain("bad submission");
        CHECK(w.read(R_FaultStatus) == 4 && (w.read(R_Status) & 2), "fault %x of byte %x", w.read(R_FaultStatus), c.at);
        w.write(R_FaultStatus, 4);
        CHECK(w.read(R_FaultStatus) == 0, "fault stays");
    }
    printf("bad submissions ok\n");
}
static void read_errors(World& w) {
    for (int i = 0; i < 12; i++) {
        Beat d = w.transaction(10, 700, 0x800000000ull + 64 * rng.below(64));
        Expected& e = w.expected[get<uint32_t>(d, 0)];
        e.bus_error = true;
        w.bus.read_errors = {i % 2 ? e.context + 64 * rng.below(36) : e.calldata + 64 * rng.below(11)};
        w.submit(d);
        w.submit(w.transaction(3, 64, 0x800000000ull));
        w.drain("read error");
        CHECK(w.read(R_FaultStatus) == 1, "fault %x", w.read(R_FaultStatus));
        w.write(R_FaultStatus, 15);
    }
    Beat d = w.load(3, 100, 0, 20);
    Expected& e = w.expected[get<uint32_t>(d, 0)];
    e.bus_error = true;
    w.bus.read_errors = {e.context + 64 * 99};
    w.submit(d);
    w.drain("read error of a load");
    CHECK(w.read(R_FaultStatus) == 1, "fault %x", w.read(R_FaultStatus));
    w.write(R_FaultStatus, 15);
    // A submission that cannot be read is dropped, with the fault.
    w.bus.read_errors = {w.sq.base + 64 * (w.sq.tail & ((1u << w.sq.log2) - 1))};
    w.submit(pattern(1, 1));
    w.submit(w.transaction(3, 64, 0x800000000ull));
    w.drain("read error of a submission");
    CHECK(w.read(R_FaultStatus) == 1, "fault %x", w.read(R_FaultStatus));
    w.write(R_FaultStatus, 15);
    // Code beats of the lanes.
    w.bus.read_errors.clear();
    for (uint64_t i = 0; i < 1024; i += 5) w.bus.read_errors.insert(w.code_base + 64 * i);
    for (int i = 0; i < 40; i++) { w.submit(w.transaction(0, 0, 0x800000000ull)); w.write(R_SqTail, w.sq.tail); }
    w.drain("read errors of lanes");
    CHECK(w.read(R_FaultStatus) == 1, "fault %x", w.read(R_FaultStatus));
    w.write(R_FaultStatus, 15);
    w.bus.read_errors.clear();
    printf("read errors ok\n");
}
static void bad_answers(World& w) {
    // All harts idle: whatever comes is bad. Then answers of wrong hart and sequence among good ones.
    for (int i = 0; i < 30; i++) {
        w.submit(w.transaction(1, 64, 0x800000000ull));
        w.write(R_SqTail, w.sq.tail);
        for (int n = rng.below(100); n > 0; n--) w.serve();
        if ((uint16_t)(w.aq.tail - (uint16_t)w.read(R_AqHead)) >= 1u << w.aq.log2) continue;
        // A hart that does not exist, or a sequence number that is far from what the hart may ask.
        Beat a = pattern(7, i);
        uint16_t hart = rng.chance(50) ? rng.below(8) : 8 + rng.below(0xfff8);
        put<uint16_t>(a, 0x30, hart);
        if (hart < 8) a[0x33] = w.lanes[hart / 4].harts[hart % 4].sequence + 100;
        w.bus.at(w.aq.base + 64 * (w.aq.tail & ((1u << w.aq.log2) - 1))) = a;
        w.aq.tail++;
        w.write(R_AqTail, w.aq.tail);
        unsigned limit = 2000;
        while (w.read(R_FaultStatus) == 0) CHECK(limit--, "no fault of a bad answer");
        CHECK(w.read(R_FaultStatus) == 8, "fault %x", w.read(R_FaultStatus));
        w.write(R_FaultStatus, 8);
    }
    w.drain("bad answers");
    printf("bad answers ok\n");
}
static void write_errors(World& w) {
    for (int i = 0; i < 20; i++) {
        Beat d = w.transaction(1, 64, 0x800000000ull);
        w.submit(d);
        Expected& e = w.expected[get<uint32_t>(d, 0)];
        for (unsigned n = 0; n < 100; n++) w.bus.write_errors.insert(e.result + 64 * n);
        e.any_status = true;
    }
    w.write(R_SqTail, w.sq.tail);
    w.drain("write errors");
    CHECK(w.read(R_FaultStatus) == 2, "fault %x", w.read(R_FaultStatus));
    printf("write errors ok\n");
}
static void start_latency(World& w) {
    // A quick bus: what the card itself takes.
    w.bus.ready = 100;
    w.bus.latency = 0;
    w.lane_ready = 100;
    w.max_actions = 0;
    for (unsigned seeds : {0u, 1u, 4u, 16u}) {
        for (uint32_t calldata : {0u, 68u}) {
            w.submit(w.transaction(seeds, calldata, 0x800000000ull));
            uint64_t starts = w.lanes[0].starts + w.lanes[1].starts;
            w.dut->s_axil_awaddr = R_SqTail;
            w.dut->s_axil_wdata = w.sq.tail;
            w.dut->s_axil_wstrb = 15;
            w.dut->s_axil_awvalid = w.dut->s_axil_wvalid = w.dut->s_axil_bready = 1;
            uint64_t from = now;
            while (w.lanes[0].starts + w.lanes[1].starts == starts) { w.tick(); CHECK(now < from + 1000, "no start"); }
            printf("latency: %u seeds, %u bytes: %llu cycles from doorbell to start\n", seeds, calldata, (unsigned long long)(now - from));
            w.drain("latency");
        }
    }
    // How many transactions per cycle the front end can start.
    uint64_t from = now;
    for (int i = 0; i < 64; i++) { w.submit(w.transaction(4, 68, 0x800000000ull)); w.write(R_SqTail, w.sq.tail); }
    w.drain("rate");
    printf("rate: 64 transactions of 4 seeds and 68 bytes in %llu cycles\n", (unsigned long long)(now - from));
    w.bus.ready = 70;
    w.bus.latency = 40;
    w.lane_ready = 80;
    w.max_actions = 6;
}
// A lane writes a beat every cycle, whatever the latency of the bus.
static void write_rate(World& w) {
    unsigned ready = w.bus.ready, latency = w.bus.latency;
    w.bus.ready = 100;
    w.bus.latency = 24;
    Lane& lane = w.lanes[0];
    const unsigned beats = 400;
    for (unsigned i = 0; i < beats; i++) {
        lane.writes.push_back({0x700000000ull + 64 * i, pattern(1, i)});
        lane.write_owner.push_back(0);
    }
    uint64_t start = now;
    while (!lane.writes.empty()) {
        w.tick();
        CHECK(now - start < 2 * beats, "%zu beats are left", lane.writes.size());
    }
    printf("%u beats written in %llu cycles\n", beats, (unsigned long long)(now - start));
    CHECK(now - start <= beats + 4, "%llu cycles", (unsigned long long)(now - start));
    while (!w.bus.quiet()) w.tick();
    for (auto& beat : lane.unwritten) CHECK(w.bus.at(beat.first) == beat.second, "beat %llx", (unsigned long long)beat.first);
    lane.unwritten.clear();
    w.bus.ready = ready;
    w.bus.latency = latency;
}
int main() {
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        World* world = new World();
        World& w = *world;
        w.dut = new Vdut;
        rng.state = seed * 0x9E3779B97F4A7C15ull;
        for (int i = 0; i < (int)LANES; i++) { w.lanes[i].number = i; w.lanes[i].world = &w; }
        printf("seed %u\n", seed);
        w.hard_reset();
        registers(w);
        // Nothing starts while the card is not enabled.
        w.setup(3, 2, 1, 2);
        w.write(R_Control, 0);
        w.submit(w.transaction(1, 64, 0x800000000ull));
        w.write(R_SqTail, w.sq.tail);
        for (int i = 0; i < 500; i++) w.tick();
        CHECK(w.read(R_SqHead) == 0 && w.read(R_Status) == 0, "started while disabled");
        w.write(R_Control, 1);
        w.drain("enable");
        loads(w);
        traffic(w, 150);
        w.bus.latency = 400;
        traffic(w, 60);
        w.bus.latency = 40;
        bad_submissions(w);
        read_errors(w);
        bad_answers(w);
        write_errors(w);
        w.soft_reset();
        // Resets in the middle of traffic.
        for (int round = 0; round < 4; round++) {
            w.setup(1 + rng.below(4), 1 + rng.below(4), 1 + rng.below(3), 1 + rng.below(3));
            traffic(w, 10);
            for (int i = 0; i < 2; i++) w.submit(w.transaction(rng.below(STATE_ENTRIES), 500, 0x800000000ull));
            w.write(R_SqTail, w.sq.tail);
            for (int n = rng.below(400); n > 0; n--) w.serve();
            w.soft_reset();
        }
        w.setup(5, 5, 3, 3);
        traffic(w, 100);
        start_latency(w);
        write_rate(w);
        CHECK(w.irqs[0] && w.irqs[1] && w.irqs[2], "interrupts %u %u %u", w.irqs[0], w.irqs[1], w.irqs[2]);
        w.dut->final();
        delete w.dut;
        delete world;
    }
    printf("PASSED %llu cycles\n", (unsigned long long)now);
    return 0;
}
