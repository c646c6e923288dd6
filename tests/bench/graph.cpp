// graph: what one event costs a graph of 8,000 processes in 8,000 namespaces, beside what a look-up in a hash table of
// that size costs in the same run.
#include <chrono>
#include <cstdio>
#include <unordered_map>
#include <vector>

#include "model/graph.hpp"

using namespace nsscope;

namespace {

constexpr pid_t processes = 8000;
constexpr int rounds = 100;

NsRef ref(std::uint64_t number) {
    return {static_cast<std::uint32_t>(1000 + number % 100'000), 1000 + number};
}

Scan crowd() {
    Scan scan;
    for (pid_t pid = 1; pid <= processes; ++pid) {
        auto& task = scan.tasks.emplace_back();
        task.pid = task.tid = pid;
        task.start_ns = 7;
        for (auto& in : task.ns) in = ref(0);
        task.ns[static_cast<std::size_t>(NsSlot::uts)] = ref(static_cast<std::uint64_t>(pid));
        scan.namespaces.push_back({.type = NsType::uts, .ref = ref(static_cast<std::uint64_t>(pid))});
    }
    return scan;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace

int main() {
    Graph graph;
    graph.load(crowd());
    std::uint64_t events = 0, number = processes;
    auto begin = std::chrono::steady_clock::now();
    for (int round = 0; round < rounds; ++round) {
        for (pid_t pid = 1; pid <= processes; ++pid) {
            const Graph::Who parent{.pid = pid, .tid = pid, .ppid = 1, .start_ns = 7, .comm = "parent"};
            const Graph::Who child{
                .pid = processes + pid, .tid = processes + pid, .ppid = pid, .start_ns = 9, .comm = "child"};
            const Graph::Move unshared{NsSlot::uts, ref(++number)};
            graph.move(parent, {&unshared, 1});
            graph.birth(pid, child, {});
            graph.exec(child);
            graph.exit(child);
            graph.destroy(NsType::uts, ref(number - processes));
            events += 5;
        }
    }
    const double took = seconds_since(begin);
    if (graph.threads() != processes || graph.unexplained() != 0) {
        std::fputs("graph: it has not followed\n", stderr);
        return 1;
    }

    std::unordered_map<std::uint64_t, std::uint64_t> table;
    for (std::uint64_t i = 0; i < processes; ++i) table[i] = i;
    std::uint64_t sum = 0;
    begin = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < events; ++i) sum += table[i * 7919 % processes];
    const double looked_up = seconds_since(begin);
    std::printf("graph: %.0f ns an event with %d processes; %.1f times a look-up in a hash table (%llu)\n",
                took * 1e9 / static_cast<double>(events), processes, took / looked_up,
                static_cast<unsigned long long>(sum % 10));
    return 0;
}
