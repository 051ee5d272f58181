// A lane as the card sees it: harts that check what was loaded, ask, read, write and finish.
struct Finish {
    uint8_t hart, status, reason;
    uint64_t gas, refund;
    uint32_t output_len, log_beats, cycles, instructions, micro_ops, host_cycles;
    uint16_t log_count, write_count;
};
struct Start {
    uint8_t hart, fork;
    uint64_t gas, result_iova;
    uint32_t program, result_len, calldata_len, tag;
};
struct Request { uint8_t hart, kind, sequence; uint32_t tag; std::array<uint8_t, 32> key; std::array<uint8_t, 20> address; };
struct Hart {
    enum { Idle, Cleared, Runs, Asks, Reads, Ends } state = Idle;
    std::map<unsigned, Beat> environment, calldata, seeds;
    Start start{};
    unsigned actions = 0;
    uint8_t sequence = 0;
    Request request{};
    uint64_t read_address = 0;
    unsigned read_beats = 0, got_beats = 0;
    bool saw_error = false;
    unsigned written = 0;
};

static std::array<uint8_t, 32> answer_value(const uint8_t* key, uint32_t tag) {
    std::array<uint8_t, 32> v;
    for (int i = 0; i < 32; i++) v[i] = key[i] * 3 + 7 * i + (tag >> (8 * (i % 4)));
    return v;
}
static Beat pattern(uint64_t a, uint64_t b) {
    Beat out;
    for (int i = 0; i < 64; i++) out[i] = (a * 0x9E3779B97F4A7C15ull + b * 0xD1B54A32D192ED03ull + i * 0x8CB92BA72F3D8DD7ull) >> 37;
    return out;
}

struct World;
struct Lane {
    int number = 0;
    World* world = nullptr;
    Hart harts[4];
    std::map<unsigned, Beat> code, constants;
    std::deque<Finish> finishes;
    std::deque<std::pair<uint64_t, Beat>> writes;
    std::deque<uint8_t> write_owner;
    std::deque<Request> requests;
    std::deque<uint8_t> readers;
    std::vector<std::pair<uint64_t, Beat>> unwritten;
    bool read_busy = false;
    // Inputs of the lane as sampled and outputs as driven.
    bool start_ready = false, load_ready = false, clear_ready = false;
    uint64_t starts = 0, last_start = 0;

    void reset() {
        for (Hart& h : harts) { uint8_t s = h.sequence; h = Hart(); h.sequence = s; }
        finishes.clear(); writes.clear(); unwritten.clear(); write_owner.clear(); requests.clear(); readers.clear();
        read_busy = false;
    }
    void clear(uint8_t hart) {
        CHECK(harts[hart].state == Hart::Idle || harts[hart].state == Hart::Cleared, "clear of a running hart");
        uint8_t s = harts[hart].sequence;
        harts[hart] = Hart();
        harts[hart].sequence = s;
        harts[hart].state = Hart::Cleared;
    }
    void load(uint8_t target, uint8_t hart, uint32_t address, const Beat& beat) {
        if (target == 0) { code[address] = beat; return; }
        if (target == 1) { constants[address] = beat; return; }
        Hart& h = harts[hart];
        CHECK(h.state == Hart::Cleared, "load of a hart that is not cleared");
        if (target == 2) h.environment[address] = beat;
        else if (target == 3) h.calldata[address] = beat;
        else if (target == 4) { CHECK(h.seeds.size() == 2 * address, "order of seeds"); h.seeds[2 * address] = beat; }
        else if (target == 5) { CHECK(h.seeds.size() == 2 * address + 1, "order of seeds"); h.seeds[2 * address + 1] = beat; }
        else CHECK(false, "target %d", target);
    }
    void start(const Start& s);
    void step();
    void all_written();
    void answered(uint8_t hart, uint8_t flags, uint64_t iova, uint32_t len, const uint8_t* value, uint16_t effects, uint32_t program) {
        Hart& h = harts[hart];
        CHECK(h.state == Hart::Asks, "answer nobody waits for");
        CHECK(!memcmp(value, answer_value(h.request.key.data(), h.start.tag).data(), 32), "answer value");
        CHECK(flags == (h.start.tag & 1) && iova == 64ull * h.start.tag && len == (h.start.tag ^ 77) && effects == (uint16_t)(3 * h.start.tag) && program == ~h.start.tag, "answer fields");
        h.state = Hart::Runs;
    }
    void beat(const Beat& data, bool error);
};
