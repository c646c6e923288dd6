#include "kernel/kernel_types.hpp"

#include <array>
#include <bit>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <functional>
#include <mutex>
#include <string>

namespace nsscope {
namespace {

bool is_data(const btf_type* type) {
    return btf_is_composite(type) || btf_is_any_enum(type) || btf_is_typedef(type);
}

std::string_view name_of(const btf* types, __u32 id) {
    return btf__name_by_offset(types, btf__type_by_id(types, id)->name_off);
}

/// What a section of programs stands for, as libbpf has it (tools/lib/bpf/libbpf.c, section_defs).
struct Section {
    const char* name;
    bpf_prog_type type;
    bpf_attach_type attach;
    const char* prefix; ///< of what the kernel calls it
    unsigned kind;
};
constexpr std::array sections{
    Section{"fentry/", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "", BTF_KIND_FUNC},
    Section{"fexit/", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, "", BTF_KIND_FUNC},
    Section{"tp_btf/", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "btf_trace_", BTF_KIND_TYPEDEF},
    Section{"iter/", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, "bpf_iter_", BTF_KIND_FUNC},
    Section{"lsm/", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "bpf_lsm_", BTF_KIND_FUNC},
};

/// libbpf calls it before it loads a program of sections[index].
int prepare_load(bpf_program* program, bpf_prog_load_opts* options, long index) {
    const auto& section = sections.at(static_cast<std::size_t>(index));
    const auto types = KernelTypes::read();
    if (!types) return -errno;
    const std::string target = bpf_program__section_name(program);
    const auto id = types->find(section.prefix + target.substr(target.find('/') + 1), section.kind);
    if (id == 0) return -ESRCH;
    options->attach_btf_id = id;
    options->expected_attach_type = section.attach;
    bpf_program__set_expected_attach_type(program, section.attach);
    return bpf_program__set_type(program, section.type);
}

} // namespace

void KernelTypes::Deleter::operator()(btf* types) const { btf__free(types); }

KernelTypes::KernelTypes(btf* types) : types_(types) {
    const auto count = btf__type_cnt(types);
    slots_.resize(std::bit_ceil(std::size_t{count} + 1));
    for (__u32 id = 1; id < count; id++) {
        const auto* type = btf__type_by_id(types, id);
        if (type->name_off == 0 || !(btf_is_func(type) || is_data(type))) continue;
        auto slot = first_slot(btf__name_by_offset(types, type->name_off));
        while (slots_[slot] != 0) slot = next_slot(slot);
        slots_[slot] = id;
    }
}

std::size_t KernelTypes::first_slot(std::string_view name) const {
    return std::hash<std::string_view>{}(name) & (slots_.size() - 1);
}
std::size_t KernelTypes::next_slot(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

std::shared_ptr<const KernelTypes> KernelTypes::read() {
    static std::mutex mutex;
    static std::weak_ptr<const KernelTypes> last;
    const std::lock_guard lock(mutex);
    if (auto held = last.lock()) return held;
    auto* types = btf__load_vmlinux_btf();
    if (types == nullptr) return nullptr;
    auto fresh = std::make_shared<const KernelTypes>(types);
    last = fresh;
    return fresh;
}

__u32 KernelTypes::find(std::string_view name, unsigned kind) const {
    for (auto slot = first_slot(name);; slot = next_slot(slot)) {
        const auto id = slots_[slot];
        if (id == 0 ||
            (btf_kind(btf__type_by_id(types_.get(), id)) == kind && name_of(types_.get(), id) == name))
            return id;
    }
}

std::vector<__u32> KernelTypes::named(std::string_view name) const {
    std::vector<__u32> found;
    for (auto slot = first_slot(name); slots_[slot] != 0; slot = next_slot(slot)) {
        const auto id = slots_[slot];
        if (is_data(btf__type_by_id(types_.get(), id)) && name_of(types_.get(), id) == name)
            found.push_back(id);
    }
    return found;
}

void find_attach_types_by_hash() {
    static std::once_flag done;
    std::call_once(done, [] {
        libbpf_prog_handler_opts options{};
        options.sz = sizeof options;
        options.prog_prepare_load_fn = prepare_load;
        for (std::size_t i = 0; i < sections.size(); i++) {
            options.cookie = static_cast<long>(i);
            // of a type for which libbpf reads none of the kernel's types, until it is loaded
            libbpf_register_prog_handler(sections.at(i).name, BPF_PROG_TYPE_RAW_TRACEPOINT,
                                         static_cast<bpf_attach_type>(0), &options);
        }
    });
}

bpf_link* attach_program(const bpf_program* program) {
    switch (bpf_program__type(program)) {
    case BPF_PROG_TYPE_TRACING: return bpf_program__attach_trace(program);
    case BPF_PROG_TYPE_LSM: return bpf_program__attach_lsm(program);
    default: return bpf_program__attach(program);
    }
}

} // namespace nsscope
