#include "kernel/guard_object.hpp"

#include <algorithm>
#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <span>

#include "guard.skel.h"
#include "kernel/bpf_support.hpp"
#include "kernel/guard_about.hpp"
#include "kernel/guard_override.hpp"

namespace nsscope {
namespace {

/// What a new policy takes over from the one before: who sets a container up, and what is not yet read.
constexpr const char* lasting[] = {"marks", "sealed", "guard_ring", "guard_counters", "guard_control"};
/// And what the same policy does, that merely knows other containers by their names now.
constexpr const char* counted[] = {"hits", "attempts"};

bool has_form_of(const bpf_map_info& info, const bpf_map* map) {
    return info.type == static_cast<__u32>(bpf_map__type(map)) && info.key_size == bpf_map__key_size(map) &&
           info.value_size == bpf_map__value_size(map) && info.max_entries == bpf_map__max_entries(map);
}

Result<void> take_over(guard_bpf& skeleton, const PinnedGuard& before, std::span<const char* const> names) {
    for (const char* name : names) {
        auto* map = bpf_object__find_map_by_name(skeleton.obj, name);
        const auto* old = before.map(name);
        if (old == nullptr || !has_form_of(old->info, map)) continue;
        if (const int error = bpf_map__reuse_fd(map, old->fd.get()); error != 0)
            return errno_failure(-error, fmt::format("cannot take over the map {}", name));
    }
    return {};
}

/// Maps are given room for what they will hold, and for one entry at the least.
template <typename Entries>
void make_room(bpf_map* map, const Entries& entries) {
    bpf_map__set_max_entries(map, static_cast<__u32>(std::max<std::size_t>(entries.size(), 1)));
}

Result<void> put(bpf_map* map, const void* key, const void* value) {
    if (bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY) == 0) return {};
    return errno_failure(fmt::format("cannot fill the map {}", bpf_map__name(map)));
}

template <typename Key, typename Value>
Result<void> fill(bpf_map* map, const std::vector<std::pair<Key, Value>>& entries) {
    for (const auto& [key, value] : entries)
        if (auto done = put(map, &key, &value); !done) return done;
    return {};
}

template <typename Value>
Result<void> fill(bpf_map* map, const std::vector<Value>& entries) {
    for (__u32 i = 0; i < entries.size(); i++)
        if (auto done = put(map, &i, &entries[i]); !done) return done;
    return {};
}

Result<void> fill_overrides(guard_bpf& skeleton, const std::vector<nsscope_guard_override>& overrides) {
    for (__u32 i = 0; i < overrides.size(); i++) {
        const auto& text = overrides[i];
        std::string page(NSSCOPE_GUARD_PAGE, '\n');
        page.replace(0, text.len, text.text, text.len);
        if (auto done = put(skeleton.maps.fills, &i, page.data()); !done) return done;
        if (auto done = put(skeleton.maps.fill_lens, &i, &text.len); !done) return done;
    }
    return {};
}

void make_room(guard_bpf& skeleton, const CompiledPolicy& tables) {
    auto& maps = skeleton.maps;
    make_room(maps.names, tables.names);
    make_room(maps.words, tables.words);
    make_room(maps.shapes, tables.shapes);
    make_room(maps.globs, tables.globs);
    make_room(maps.candidates, tables.candidates);
    make_room(maps.rules, tables.rules);
    make_room(maps.members, tables.members);
    make_room(maps.texts, tables.texts);
    make_room(maps.fills, tables.overrides);
    make_room(maps.fill_lens, tables.overrides);
    make_room(maps.cgroups, tables.cgroups);
    make_room(maps.components, tables.components);
    make_room(maps.ids, tables.ids);
    make_room(maps.nets, tables.nets);
    bpf_map__set_max_entries(maps.hits, static_cast<__u32>(tables.rules.size()) + NSSCOPE_GUARD_OTHER_HITS);
}

Result<void> fill(guard_bpf& skeleton, const CompiledPolicy& tables) {
    auto& maps = skeleton.maps;
    return fill(maps.names, tables.names)
        .and_then([&] { return fill(maps.words, tables.words); })
        .and_then([&] { return fill(maps.shapes, tables.shapes); })
        .and_then([&] { return fill(maps.globs, tables.globs); })
        .and_then([&] { return fill(maps.candidates, tables.candidates); })
        .and_then([&] { return fill(maps.rules, tables.rules); })
        .and_then([&] { return fill(maps.members, tables.members); })
        .and_then([&] { return fill(maps.texts, tables.texts); })
        .and_then([&] { return fill_overrides(skeleton, tables.overrides); })
        .and_then([&] { return fill(maps.cgroups, tables.cgroups); })
        .and_then([&] { return fill(maps.components, tables.components); })
        .and_then([&] { return fill(maps.ids, tables.ids); })
        .and_then([&] { return fill(maps.nets, tables.nets); });
}

/// A map of one element that goes and comes with the program.
Result<UniqueFd> bind_about(int program, std::string_view about) {
    const auto size = static_cast<__u32>(std::max<std::size_t>(about.size(), 1));
    UniqueFd map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "policy", sizeof(__u32), size, 1, nullptr));
    if (!map) return errno_failure("cannot make the map policy");
    const std::string value(about.empty() ? std::string_view("\0", 1) : about);
    const __u32 zero = 0;
    if (bpf_map_update_elem(map.get(), &zero, value.data(), BPF_ANY) != 0 ||
        bpf_prog_bind_map(program, map.get(), nullptr) != 0)
        return errno_failure("cannot keep what is told of the policy");
    return map;
}

/// Has the kernel run the program that looks for the initial network namespace (bpf(2), BPF_PROG_TEST_RUN).
Result<void> find_initial_net(const guard_bpf& skeleton) {
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    if (bpf_prog_test_run_opts(bpf_program__fd(skeleton.progs.guard_find_init_net), &options) != 0)
        return errno_failure("cannot find the initial network namespace");
    return {};
}

} // namespace

void GuardObject::Deleter::operator()(guard_bpf* skeleton) const { guard_bpf__destroy(skeleton); }
GuardObject::GuardObject(std::unique_ptr<guard_bpf, Deleter> skeleton) : skeleton_(std::move(skeleton)) {}
GuardObject::GuardObject(GuardObject&&) noexcept = default;
GuardObject& GuardObject::operator=(GuardObject&&) noexcept = default;
GuardObject::~GuardObject() = default;

Result<GuardObject> GuardObject::load(const CompiledPolicy& tables, std::string_view about,
                                      std::uint64_t generation, const PinnedGuard* before) {
    const LibbpfLog log;
    GuardObject object{std::unique_ptr<guard_bpf, Deleter>(guard_bpf__open())};
    if (!object.skeleton_) return bpf_failure(errno, "cannot open the programs of the guard", log);
    auto& skeleton = *object.skeleton_;
    skeleton.rodata->config = tables.config;
    skeleton.rodata->config.deny_overrides = !tables.overrides.empty() && !can_override();
    skeleton.rodata->setup.policy = generation;
    make_room(skeleton, tables);
    if (before != nullptr) {
        if (auto taken = take_over(skeleton, *before, lasting); !taken) return Failure(taken.error());
        if (about_of(*before).generation == generation)
            if (auto taken = take_over(skeleton, *before, counted); !taken) return Failure(taken.error());
    }
    if (const int error = guard_bpf__load(&skeleton); error != 0)
        return bpf_failure(-error, "cannot load the programs of the guard", log);
    if (auto filled = fill(skeleton, tables); !filled) return Failure(filled.error());
    if (auto found = find_initial_net(skeleton); !found) return Failure(found.error());
    auto bound = bind_about(object.program(), about);
    if (!bound) return Failure(bound.error());
    object.about_ = std::move(*bound);
    return object;
}

int GuardObject::program() const { return bpf_program__fd(skeleton_->progs.guard_sysctl); }

Result<UniqueFd> GuardObject::attach_mark(std::size_t index) const {
    const bpf_program* programs[] = {skeleton_->progs.guard_attach, skeleton_->progs.guard_fork,
                                     skeleton_->progs.guard_exec, skeleton_->progs.guard_exit};
    constexpr const char* tracepoints[] = {"cgroup_attach_task", "sched_process_fork", "sched_process_exec",
                                           "sched_process_exit"};
    static_assert(std::size(tracepoints) == std::size(mark_pins));
    UniqueFd link(bpf_raw_tracepoint_open(tracepoints[index], bpf_program__fd(programs[index])));
    if (!link) return errno_failure(fmt::format("cannot attach to the tracepoint {}", tracepoints[index]));
    return link;
}

int GuardObject::map_fd(const char* name) const {
    return bpf_object__find_map_fd_by_name(skeleton_->obj, name);
}

} // namespace nsscope
