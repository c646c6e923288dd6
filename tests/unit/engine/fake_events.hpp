#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <sys/eventfd.h>
#include <unistd.h>
#include <vector>

#include "../events/wire.hpp"
#include "base/unique_fd.hpp"
#include "engine/event_sink.hpp"
#include "events/event_source.hpp"

namespace nsscope {

/// A descriptor that can be made readable: the wish to stop, or a source's way to wake its reader.
class Flag {
  public:
    [[nodiscard]] int fd() const { return fd_.get(); }
    void raise() const { (void)::eventfd_write(fd_.get(), 1); }
    void lower() const {
        eventfd_t value = 0;
        (void)::eventfd_read(fd_.get(), &value);
    }

  private:
    UniqueFd fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

/// Plays records from memory and notes what it is asked for, a word a call.
class FakeSource : public EventSource {
  public:
    std::deque<wire::Bytes> records;
    Counters totals;
    std::uint64_t without_task = 0;
    bool dirty = false, fills_up = false;
    std::vector<std::string> calls;
    std::size_t reads = 0;

    // what happens meanwhile; called at the end of the call it is named after
    std::function<void()> on_start, on_read, on_ask, on_stop;
    std::function<void()> on_last_look; ///< it has asked to be woken and looked once more: now it may wait
    std::function<void(bool census)> on_sweep;
    Flag wakeup;

    [[nodiscard]] int fd() const override { return wakeup.fd(); }
    void start() override { note("start", on_start); }
    std::size_t read(std::size_t most, const Sink& sink) override {
        wakeup.lower();
        reads++;
        std::size_t count = 0;
        for (; count < most && !records.empty(); count++) {
            const auto record = std::move(records.front());
            records.pop_front();
            sink(record);
        }
        note(count > 0 ? "read" : "dry", on_read);
        return count;
    }
    void ask_wakeup() override {
        asked_ = true;
        note("ask", on_ask);
    }
    void forgo_wakeup() override {
        asked_ = false;
        note("forgo", {});
    }
    [[nodiscard]] bool is_filling_up() const override { return fills_up; }
    [[nodiscard]] bool take_dirty() override {
        const bool was = std::exchange(dirty, false);
        note("dirty?", asked_ ? on_last_look : nullptr);
        return was;
    }
    std::uint64_t sweep(bool census) override {
        calls.emplace_back(census ? "census" : "sweep");
        if (on_sweep) on_sweep(census);
        return census ? without_task : 0;
    }
    void stop() override { note("stop", on_stop); }
    [[nodiscard]] Counters counters() const override { return totals; }

    /// Puts a record into the ring and counts it.
    void add(const wire::Record& record) {
        records.push_back(record.bytes());
        totals.produced.at(record.type)++;
    }
    void lose(LossCause cause, EventType type, std::uint64_t count) {
        totals.produced.at(static_cast<std::size_t>(type)) += count;
        totals.lost.at(static_cast<std::size_t>(cause)).at(static_cast<std::size_t>(type)) += count;
    }
    [[nodiscard]] std::vector<std::string> calls_of(std::string_view first, std::string_view second) const {
        std::vector<std::string> found;
        for (const auto& call : calls)
            if (call == first || call == second) found.push_back(call);
        return found;
    }

  private:
    bool asked_ = false;

    void note(const char* call, const std::function<void()>& then) {
        calls.emplace_back(call);
        if (then) then();
    }
};

/// Keeps what it is given.
class FakeSink : public EventSink {
  public:
    struct Entry {
        std::string kind; ///< start, loss, end, or the event's name
        Position position;
        std::uint32_t pid = 0;
        std::vector<Loss> losses{};
        bool flushed = false;
    };
    std::vector<Entry> entries;
    Totals totals, so_far;
    int reopened = 0;
    std::atomic<std::size_t> unflushed = 0;
    int fail_with = 0; ///< errno of the next flush()
    std::function<void()> on_event, on_sync;

    void start(const StartInfo&, const Position& position) override {
        entries.push_back({"start", position});
    }
    void event(const Event& event, const Position& position, Names&) override {
        add({std::string(name(event.type)), position, event.task ? event.task->pid : 0});
        if (on_event) on_event();
    }
    void exists(const Existing& existing, bool resync, const Position& position, Names&) override {
        add({resync ? "ns.exists again" : "ns.exists", position, existing.ns.ref.inum});
    }
    void sync(std::size_t, bool resync, const Position& position) override {
        add({resync ? "sync again" : "sync", position});
        if (on_sync) on_sync();
    }
    void loss(std::span<const Loss> losses, const Position& position) override {
        add({"loss", position, 0, {losses.begin(), losses.end()}});
    }
    void reopen() override { ++reopened; }
    void reload(const StartInfo&, const Totals& totals_so_far, const Position& position) override {
        add({"reload", position});
        so_far = totals_so_far;
    }
    void end(const Totals& end_totals, const Position& position) override {
        add({"end", position});
        totals = end_totals;
    }
    [[nodiscard]] Result<void> flush() override {
        if (fail_with != 0) return errno_failure(fail_with, "cannot write");
        for (auto& entry : entries) entry.flushed = true;
        unflushed = 0;
        return {};
    }

    [[nodiscard]] std::vector<std::string> kinds() const {
        std::vector<std::string> kinds;
        for (const auto& entry : entries) kinds.push_back(entry.kind);
        return kinds;
    }
    [[nodiscard]] std::vector<std::uint32_t> pids() const {
        std::vector<std::uint32_t> pids;
        for (const auto& entry : entries)
            if (entry.pid != 0) pids.push_back(entry.pid);
        return pids;
    }

  private:
    void add(Entry entry) {
        entries.push_back(std::move(entry));
        unflushed++;
    }
};

} // namespace nsscope
