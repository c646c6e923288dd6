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
#include "kernel/core_types.hpp"
#include "kernel/feature_probe.hpp"
#include "kernel/guard_override.hpp"
#include "kernel/guard_status.hpp"
#include "kernel/kernel_types.hpp"

namespace nsscope {
namespace {

/// What a new policy takes over from the one before: who sets a container up, and what is not yet read.
constexpr const char* lasting[] = {"marks",      "sealed",         "opened",       "file_kind",
                                   "guard_ring", "guard_counters", "guard_control"};
/// And what the same policy does, that merely knows other containers by their names now.
constexpr const char* counted[] = {"hits", "attempts"};

constexpr std::size_t about_piece = 1U << 20;

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

/// What outlasts a policy is found through the program that judges writes (guard_pinned.hpp), also what only others use.
Result<void> bind_lasting(const guard_bpf& skeleton, int program) {
    for (const char* name : lasting)
        if (bpf_prog_bind_map(program, bpf_object__find_map_fd_by_name(skeleton.obj, name), nullptr) != 0)
            return errno_failure(fmt::format("cannot keep the map {}", name));
    return {};
}

/// A map that goes and comes with the program. The names of 65,536 rules are more than one element may hold before 6.2.
Result<UniqueFd> bind_about(int program, std::string about) {
    const __u32 pieces = static_cast<__u32>(1 + about.size() / about_piece);
    const auto size = static_cast<__u32>(pieces == 1 ? std::max<std::size_t>(about.size(), 1) : about_piece);
    about.resize(std::size_t{size} * pieces);
    UniqueFd map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "policy", sizeof(__u32), size, pieces, nullptr));
    if (!map) return errno_failure("cannot make the map policy");
    for (__u32 i = 0; i < pieces; i++)
        if (bpf_map_update_elem(map.get(), &i, about.data() + std::size_t{i} * size, BPF_ANY) != 0)
            return errno_failure("cannot fill the map policy");
    if (bpf_prog_bind_map(program, map.get(), nullptr) != 0)
        return errno_failure("cannot keep what is told of the policy");
    return map;
}

/// By their places in lsm_pins.
std::array<bpf_program*, std::size(lsm_pins)> lsm_programs(const guard_bpf& skeleton) {
    const auto& programs = skeleton.progs;
    return {programs.guard_file_permission, programs.guard_file_open, programs.guard_file_free};
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

const std::string& why_no_lsm_programs() {
    static const std::string why = [] {
        auto disabled = disabled_features();
        return disabled ? FeatureProbe(std::move(*disabled)).look("lsm").why : disabled.error().what;
    }();
    return why;
}

void GuardObject::Deleter::operator()(guard_bpf* skeleton) const { guard_bpf__destroy(skeleton); }
GuardObject::GuardObject() = default;
GuardObject::GuardObject(GuardObject&&) noexcept = default;
GuardObject& GuardObject::operator=(GuardObject&&) noexcept = default;
GuardObject::~GuardObject() = default;

Result<void> GuardObject::load_programs(const CompiledPolicy& tables, const GuardAbout& about,
                                        std::uint64_t cgroup_id, const PinnedGuard* before) {
    const LibbpfLog log;
    CoreTypes types;
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.btf_custom_path = types.path();
    skeleton_.reset(guard_bpf__open_opts(&options));
    if (!skeleton_) return bpf_failure(errno, "cannot open the programs of the guard", log);
    auto& skeleton = *skeleton_;
    if (types.path() != nullptr && !types.fill(skeleton.obj))
        return bpf_failure(errno, "cannot read the kernel's types", log);
    skeleton.rodata->config = tables.config;
    skeleton.rodata->config.deny_overrides = !tables.overrides.empty() && !can_override();
    skeleton.rodata->setup.policy = about.generation;
    skeleton.rodata->setup.cgroup_id = cgroup_id;
    for (auto* program : lsm_programs(skeleton)) bpf_program__set_autoload(program, why_no_lsm_.empty());
    make_room(skeleton, tables);
    if (before != nullptr) {
        if (auto taken = take_over(skeleton, *before, lasting); !taken) return taken;
        if (about_of(*before).generation == about.generation)
            if (auto taken = take_over(skeleton, *before, counted); !taken) return taken;
    }
    if (const int error = guard_bpf__load(&skeleton); error != 0)
        return bpf_failure(-error, "cannot load the programs of the guard", log);
    skeleton.bss->own_program = program_id(program());
    return {};
}

Result<GuardObject> GuardObject::load(const CompiledPolicy& tables, GuardAbout about, std::uint64_t cgroup_id,
                                      const PinnedGuard* before) {
    GuardObject object;
    const auto types =
        KernelTypes::read(); // once for all that follows; where they cannot be read, that says so
    // they would cost everybody something, and decide nothing
    object.why_no_lsm_ =
        tables.config.audit_only ? "the policy denies nothing (mode: audit)" : why_no_lsm_programs();
    auto loaded = object.load_programs(tables, about, cgroup_id, before);
    if (!loaded && object.why_no_lsm_.empty()) {
        object.why_no_lsm_ = loaded.error().what;
        loaded = object.load_programs(tables, about, cgroup_id, before);
    }
    if (!loaded) return Failure(loaded.error());
    if (auto filled = fill(*object.skeleton_, tables); !filled) return Failure(filled.error());
    if (auto found = find_initial_net(*object.skeleton_); !found) return Failure(found.error());
    if (auto bound = bind_lasting(*object.skeleton_, object.program()); !bound) return Failure(bound.error());
    about.why_no_lsm = object.why_no_lsm_;
    auto bound = bind_about(object.program(), to_blob(about));
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

Result<UniqueFd> GuardObject::attach_lsm(std::size_t index) const {
    UniqueFd link(bpf_raw_tracepoint_open(nullptr, bpf_program__fd(lsm_programs(*skeleton_)[index])));
    if (!link) return errno_failure(fmt::format("cannot attach to the security hook of {}", lsm_pins[index]));
    return link;
}

int GuardObject::map_fd(const char* name) const {
    return bpf_object__find_map_fd_by_name(skeleton_->obj, name);
}

} // namespace nsscope
