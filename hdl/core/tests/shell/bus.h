// Host memory behind an AXI4 slave with random latency, order and back-pressure, which checks the
// rules of docs and SIM_AND_PCIE.md on every cycle.
#include "Vdut.h"
#include "verilated.h"
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <vector>

typedef std::array<uint8_t, 64> Beat;
static uint64_t now = 0;

#define CHECK(condition, ...)                                              \
    do {                                                                   \
        if (!(condition)) {                                                \
            printf("FAILED cycle %llu: %s: ", (unsigned long long)now, #condition); \
            printf(__VA_ARGS__);                                           \
            printf("\n");                                                  \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

struct Random {
    uint64_t state;
    uint64_t next() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state * 0x2545F4914F6CDD1Dull;
    }
    uint64_t below(uint64_t n) { return (next() >> 11) % n; }
    bool chance(unsigned percent) { return below(100) < percent; }
};
static Random rng{0x9E3779B97F4A7C15ull};

template <class T> static T get(const Beat& b, int at) {
    T v;
    memcpy(&v, &b[at], sizeof v);
    return v;
}
template <class T> static void put(Beat& b, int at, T v) { memcpy(&b[at], &v, sizeof v); }

struct Bus {
    std::map<uint64_t, Beat> memory;
    std::set<uint64_t> read_errors, write_errors;
    bool strict = true;      // reading what nobody wrote is an error of the card
    unsigned ready = 70;     // percent
    unsigned latency = 40;   // cycles at most
    struct Read { uint8_t id; uint64_t address; unsigned beats, sent; uint64_t from; };
    struct Write { uint8_t id; uint64_t address; };
    struct Done { uint8_t id; bool error; uint64_t from; };
    std::vector<Read> reads;
    std::deque<Write> addresses;
    std::deque<Beat> beats;
    std::vector<Done> dones;
    std::set<uint8_t> read_ids;
    std::map<uint8_t, unsigned> write_ids;  // writes in flight
    uint64_t read_beats = 0, written_beats = 0;
    bool r_valid = false, b_valid = false;
    int r_from = -1;
    Beat r_data{};
    uint8_t r_id = 0, b_id = 0, r_resp = 0, b_resp = 0;
    bool r_last = false;
    // What was offered and not taken must not change.
    bool ar_held = false, aw_held = false, w_held = false;
    uint64_t ar_address = 0, aw_address = 0;
    Beat w_beat{};

    bool quiet() const { return reads.empty() && addresses.empty() && beats.empty() && dones.empty() && !b_valid; }
    Beat& at(uint64_t address) { return memory[address]; }

    void drive(Vdut* dut) {
        dut->m_axi_arready = rng.chance(ready);
        dut->m_axi_awready = rng.chance(ready);
        dut->m_axi_wready = rng.chance(ready);
        if (!r_valid && !reads.empty() && rng.chance(ready)) {
            int i = rng.below(reads.size());
            Read& r = reads[i];
            if (now >= r.from) {
                uint64_t address = r.address + 64 * r.sent;
                CHECK(!strict || memory.count(address), "read of %llx, id %d", (unsigned long long)address, r.id);
                r_valid = true;
                r_id = r.id;
                r_data = memory.count(address) ? memory[address] : Beat{};
                r_resp = read_errors.count(address) ? 2 : 0;
                r_last = ++r.sent == r.beats;
                if (r_last) {
                    reads.erase(reads.begin() + i);
                    read_ids.erase(r_id);
                }
                read_beats++;
            }
        }
        dut->m_axi_rvalid = r_valid;
        dut->m_axi_rid = r_id;
        dut->m_axi_rresp = r_resp;
        dut->m_axi_rlast = r_last;
        memcpy(dut->m_axi_rdata.data(), r_data.data(), 64);
        if (!b_valid && !dones.empty() && rng.chance(ready)) {
            // Those of one identifier come in order.
            int i = rng.below(dones.size());
            for (int j = 0; j < i; j++)
                if (dones[j].id == dones[i].id) i = j;
            if (now >= dones[i].from) {
                b_valid = true;
                b_id = dones[i].id;
                b_resp = dones[i].error ? 2 : 0;
                write_ids[b_id]--;
                dones.erase(dones.begin() + i);
            }
        }
        dut->m_axi_bvalid = b_valid;
        dut->m_axi_bid = b_id;
        dut->m_axi_bresp = b_resp;
    }
    void sample(Vdut* dut) {
        if (ar_held) CHECK(dut->m_axi_arvalid && dut->m_axi_araddr == ar_address, "AR changed");
        if (aw_held) CHECK(dut->m_axi_awvalid && dut->m_axi_awaddr == aw_address, "AW changed");
        if (w_held) CHECK(dut->m_axi_wvalid && !memcmp(dut->m_axi_wdata.data(), w_beat.data(), 64), "W changed");
        ar_held = dut->m_axi_arvalid && !dut->m_axi_arready;
        ar_address = dut->m_axi_araddr;
        aw_held = dut->m_axi_awvalid && !dut->m_axi_awready;
        aw_address = dut->m_axi_awaddr;
        w_held = dut->m_axi_wvalid && !dut->m_axi_wready;
        memcpy(w_beat.data(), dut->m_axi_wdata.data(), 64);
        if (dut->m_axi_arvalid && dut->m_axi_arready) {
            unsigned beats = dut->m_axi_arlen + 1;
            uint64_t a = dut->m_axi_araddr;
            CHECK(dut->m_axi_arsize == 6 && dut->m_axi_arburst == 1 && a % 64 == 0, "AR shape");
            CHECK(a / 4096 == (a + 64 * beats - 1) / 4096, "AR %llx crosses 4 KiB with %u beats", (unsigned long long)a, beats);
            CHECK(read_ids.insert(dut->m_axi_arid).second, "read id %d twice", dut->m_axi_arid);
            CHECK(read_ids.size() <= 32, "reads in flight");
            reads.push_back({dut->m_axi_arid, a, beats, 0, now + 1 + rng.below(latency + 1)});
        }
        if (dut->m_axi_awvalid && dut->m_axi_awready) {
            CHECK(dut->m_axi_awsize == 6 && dut->m_axi_awburst == 1 && dut->m_axi_awlen == 0, "AW shape");
            CHECK(dut->m_axi_awaddr % 64 == 0, "AW address");
            CHECK(++write_ids[dut->m_axi_awid] <= 32, "writes in flight with id %d", dut->m_axi_awid);
            addresses.push_back({dut->m_axi_awid, dut->m_axi_awaddr});
        }
        if (dut->m_axi_wvalid && dut->m_axi_wready) {
            CHECK(dut->m_axi_wstrb == ~0ull && dut->m_axi_wlast, "W shape");
            beats.push_back(w_beat);
        }
        while (!addresses.empty() && !beats.empty()) {
            Write w = addresses.front();
            bool error = write_errors.count(w.address);
            if (!error) memory[w.address] = beats.front();
            dones.push_back({w.id, error, now + 1 + rng.below(latency + 1)});
            addresses.pop_front();
            beats.pop_front();
            written_beats++;
        }
        if (r_valid && dut->m_axi_rready) r_valid = false;
        if (b_valid && dut->m_axi_bready) b_valid = false;
    }
};
