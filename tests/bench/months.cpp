// months [FILE [EVENTS [CONTAINERS]]]: what a service does in months, in a minute: events of containers that come and go, each
// attributed to its container, held against a filter and written to a file as JSON; on one core. Prints records a second of
// processor time, in ratio to what merely writing the same bytes takes, and the resident memory on the way: it does not grow.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fcntl.h>

#include "engine/event_stream.hpp"
#include "output/fan_out.hpp"
#include "played.hpp"
#include "records.hpp"

using namespace nsscope;
using namespace bench;

namespace {

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_mb() {
    std::ifstream file("/proc/self/statm");
    double size = 0, resident = 0;
    file >> size >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// Containers one after the other: the cgroup is made, its processes do something, it is removed.
class Containers : public Played {
  public:
    Containers(std::uint64_t events, std::uint64_t containers)
        : each_(std::max<std::uint64_t>(1, events / containers)), containers_(containers) {
        record_ = unshare_record(0);
    }
    std::size_t read(std::size_t most, const Sink& sink) override {
        std::size_t count = 0;
        for (; count < most && container_ < containers_; ++count) {
            const auto id = 1000 + container_;
            const auto mono_ns = 5'000'000'000'000 + ++told_ * 1300;
            if (step_ == 0) {
                if (container_ == 0) sink(exe_record());
                std::string name(64, '0');
                const auto number = std::to_string(id);
                name.replace(name.size() - number.size(), number.size(), number);
                sink(cgroup_record(NSSCOPE_EV_CGROUP_MKDIR, id, "docker-" + name + ".scope", mono_ns));
            } else if (step_ <= each_) {
                std::memcpy(record_.data() + offsetof(nsscope_record, task) +
                                offsetof(nsscope_task, cgroup_id),
                            &id, sizeof id);
                std::memcpy(record_.data() + offsetof(nsscope_header, mono_ns), &mono_ns, sizeof mono_ns);
                sink(record_);
            } else {
                sink(cgroup_record(NSSCOPE_EV_CGROUP_RMDIR, id, "gone", mono_ns));
                step_ = 0;
                ++container_;
                note_memory();
                continue;
            }
            ++step_;
        }
        return count;
    }
    [[nodiscard]] Counters counters() const override {
        Counters counters;
        counters.produced[NSSCOPE_EV_NS_UNSHARE] = container_ * each_ + (step_ > 0 ? step_ - 1 : 0);
        return counters;
    }
    [[nodiscard]] bool has_ended() const override { return container_ == containers_; }
    /// At a tenth, a fifth, a half of the way.
    [[nodiscard]] const std::vector<double>& resident() const { return resident_; }
    [[nodiscard]] double most_resident() const { return most_resident_; }
    [[nodiscard]] std::uint64_t events() const { return containers_ * each_; }

  private:
    void note_memory() {
        if (container_ % 100 == 0) most_resident_ = std::max(most_resident_, resident_mb());
        for (const unsigned part : {10U, 5U, 2U})
            if (container_ == containers_ / part) resident_.push_back(resident_mb());
    }

    std::vector<std::byte> record_;
    std::uint64_t each_, containers_, container_ = 0, step_ = 0, told_ = 0;
    std::vector<double> resident_;
    double most_resident_ = 0;
};

void use_one_core() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(::sched_getcpu(), &one);
    static_cast<void>(::sched_setaffinity(0, sizeof one, &one));
}

/// Processor time that writing so many bytes takes, by what a part of them takes.
double write_alone(const std::string& path, std::uint64_t bytes) {
    constexpr std::uint64_t most = 256U << 20U;
    const std::string piece(256 << 10, 'x');
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const auto begin = cpu_seconds();
    for (std::uint64_t done = 0; done < most; done += piece.size())
        if (::write(file, piece.data(), piece.size()) < 0) break;
    ::close(file);
    return (cpu_seconds() - begin) * static_cast<double>(bytes) / static_cast<double>(most);
}

} // namespace

int main(int argc, char** argv) {
    const std::string path = argc > 1 ? argv[1] : "/tmp/nsscope-months";
    const std::uint64_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000;
    const std::uint64_t containers = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 100'000;
    if (events == 0 || containers == 0) {
        std::fputs("usage: months [FILE [EVENTS [CONTAINERS]]]\n", stderr);
        return 2;
    }
    use_one_core();
    // the rotation is so that a disk has room for it
    const auto spec = OutputSpec::parse("file:" + path + ",rotate-size=256M,keep=1,queue=16M,fsync=never");
    auto target = open_target(*spec, "host", -1);
    if (!target) {
        std::fprintf(stderr, "months: %s\n", target.error().what.c_str());
        return 1;
    }
    std::vector<FanOut::Output> outputs;
    outputs.push_back({*spec, std::move(*target)});
    FanOut sink(std::move(outputs));
    Containers source(events, containers);
    ContainerBook book({.proc_root = "/nonexistent", .root = "/nonexistent", .home = {}});
    Names names([](std::uint64_t) { return std::nullopt; });
    names.set_containers(
        [&book](std::uint64_t id, const std::string* cgroup) { return book.container(id, cgroup); });
    StreamOptions options;
    options.filter.events = mask_of(EventType::ns_unshare);
    options.filter.filter = *Filter::parse("container.id != null and event in (ns.unshare, ns.setns)");
    options.containers = &book;
    EventStream stream(source, sink, names, options);
    const int never = ::eventfd(0, EFD_CLOEXEC);

    const auto begin = cpu_seconds();
    const auto totals = stream.run(StartInfo{}, never);
    const auto end_mb = resident_mb();
    const auto left = sink.drain();
    const auto took = cpu_seconds() - begin;
    if (!totals || !left.empty() || totals->produced != totals->delivered + totals->filtered + totals->lost) {
        std::fputs("months: the totals do not add up\n", stderr);
        return 1;
    }
    const auto written = totals->delivered - sink.lost();
    const auto bytes = written * 760;
    const auto alone = write_alone(path, bytes);
    ::unlink(path.c_str());
    ::unlink((path + ".1").c_str());
    std::printf("months: %llu events of %llu containers, %llu attributed and written, %llu behind; "
                "%.0f a second of processor time, %.1f times merely writing it; resident:",
                static_cast<unsigned long long>(source.events()), static_cast<unsigned long long>(containers),
                static_cast<unsigned long long>(written), static_cast<unsigned long long>(sink.lost()),
                static_cast<double>(written) / took, took / alone);
    for (const auto mb : source.resident()) std::printf(" %.1f,", mb);
    std::printf(" %.1f MB at a tenth, a fifth, a half and all of the way, %.1f at the most\n", end_mb,
                source.most_resident());
    return totals->delivered == source.events() ? 0 : 1;
}
