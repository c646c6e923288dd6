#include "kernel/kernel_types.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <linux/btf.h>
#include <mutex>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace nsscope {
namespace {

/// What follows a type's struct btf_type, in bytes, by its kind (include/uapi/linux/btf.h).
struct Tail {
    std::size_t fixed = 0, each = 0; ///< each: for as many as its vlen says
};
constexpr auto tails = [] {
    std::array<Tail, BTF_KIND_ENUM64 + 1> all{};
    all[BTF_KIND_INT] = {sizeof(__u32), 0};
    all[BTF_KIND_ARRAY] = {sizeof(struct btf_array), 0};
    all[BTF_KIND_STRUCT] = all[BTF_KIND_UNION] = {0, sizeof(btf_member)};
    all[BTF_KIND_ENUM] = {0, sizeof(struct btf_enum)};
    all[BTF_KIND_ENUM64] = {0, sizeof(struct btf_enum64)};
    all[BTF_KIND_FUNC_PROTO] = {0, sizeof(btf_param)};
    all[BTF_KIND_VAR] = {sizeof(struct btf_var), 0};
    all[BTF_KIND_DATASEC] = {0, sizeof(btf_var_secinfo)};
    all[BTF_KIND_DECL_TAG] = {sizeof(struct btf_decl_tag), 0};
    return all;
}();

/// A hash over words of eight bytes, the last of which is filled up with zeroes.
class Hash {
  public:
    void add(__u64 word) { value_ = std::rotl((value_ ^ word) * 0x9E3779B97F4A7C15, 32); }
    [[nodiscard]] std::size_t value() const { return value_; }

  private:
    __u64 value_ = 0;
};

std::size_t hash_of(std::string_view name) {
    Hash hash;
    for (std::size_t at = 0; at < name.size(); at += sizeof(__u64)) {
        __u64 word = 0;
        std::memcpy(&word, name.data() + at, std::min(sizeof word, name.size() - at));
        hash.add(word);
    }
    return hash.value();
}

/// The same of a name that ends with a zero, behind which sizeof(__u64) bytes can be read: there are so many names that it
/// would be most of the time of a start to look at each byte.
std::size_t hash_of_kernels(const char* name) {
    static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
    constexpr __u64 ones = 0x0101010101010101, tops = 0x8080808080808080;
    Hash hash;
    for (;; name += sizeof(__u64)) {
        __u64 word = 0;
        std::memcpy(&word, name, sizeof word);
        const __u64 zeroes = (word - ones) & ~word & tops; // the lowest bit is in the first byte that is zero
        if (zeroes == 0) {
            hash.add(word);
            continue;
        }
        word &= (zeroes & -zeroes) - 1;
        if (word != 0) hash.add(word);
        return hash.value();
    }
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

bool is_data(const btf_type* type) {
    return btf_is_composite(type) || btf_is_any_enum(type) || btf_is_typedef(type);
}

std::shared_ptr<const KernelTypes> KernelTypes::parse(std::unique_ptr<char[]> bytes, std::size_t size) {
    const std::shared_ptr<KernelTypes> parsed(new KernelTypes);
    parsed->bytes_ = std::move(bytes);
    errno = EINVAL;
    if (!parsed->find_types(size)) return nullptr;
    parsed->index_names();
    return parsed;
}

/// Finds the sections, and in them where each type begins. False: that is no BTF, or (errno) of an unknown kind.
bool KernelTypes::find_types(std::size_t size) {
    static_assert(offsetof(btf_header, str_len) + sizeof(btf_header::str_len) == header_size);
    btf_header header{};
    if (size < header_size) return false;
    std::memcpy(&header, bytes_.get(), header_size);
    if (header.magic != BTF_MAGIC || header.version != BTF_VERSION) return false;
    if (header.hdr_len < header_size || header.hdr_len > size) return false;
    const std::string_view content(bytes_.get() + header.hdr_len, size - header.hdr_len);
    const auto has = [&](std::size_t at, std::size_t length) {
        return at <= content.size() && length <= content.size() - at;
    };
    if (!has(header.type_off, header.type_len) || !has(header.str_off, header.str_len)) return false;
    types_ = content.substr(header.type_off, header.type_len);
    names_ = content.substr(header.str_off, header.str_len);
    if (names_.empty() || names_.back() != '\0') return false;
    if ((header.hdr_len + header.type_off) % alignof(btf_type) != 0) return false;

    constexpr std::size_t usual_size = 20;
    places_.reserve(types_.size() / usual_size);
    for (std::size_t at = 0; at < types_.size();) {
        if (types_.size() - at < sizeof(btf_type)) return false;
        const auto* type = reinterpret_cast<const btf_type*>(types_.data() + at);
        const auto kind = btf_kind(type);
        if (kind >= tails.size()) errno = EOPNOTSUPP; // how long it is only who knows it can tell
        if (kind == BTF_KIND_UNKN || kind >= tails.size() || type->name_off >= names_.size()) return false;
        const auto length = size_of(type);
        if (types_.size() - at < length) return false;
        places_.push_back(static_cast<__u32>(at));
        at += length;
    }
    return true;
}

void KernelTypes::index_names() {
    slots_.resize(std::bit_ceil(places_.size() + 1));
    for (__u32 id = 1; id <= places_.size(); id++) {
        const auto* its = type(id);
        if (its->name_off == 0 || !(btf_is_func(its) || is_data(its))) continue;
        auto slot = hash_of_kernels(name(its->name_off)) & (slots_.size() - 1);
        while (slots_[slot] != 0) slot = next_slot(slot);
        slots_[slot] = id;
    }
}

std::shared_ptr<const KernelTypes> KernelTypes::read() {
    static std::mutex mutex;
    static std::weak_ptr<const KernelTypes> last;
    const std::lock_guard lock(mutex);
    if (auto held = last.lock()) return held;
    const UniqueFd file(::open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return nullptr;
    const auto size = static_cast<std::size_t>(status.st_size);
    auto bytes = std::make_unique_for_overwrite<char[]>(size + padding);
    for (std::size_t got = 0; got < size;) {
        const auto more = ::read(file.get(), bytes.get() + got, size - got);
        if (more < 0) return nullptr;
        if (more == 0) {
            errno = EINVAL;
            return nullptr;
        }
        got += static_cast<std::size_t>(more);
    }
    auto fresh = parse(std::move(bytes), size);
    last = fresh;
    return fresh;
}

const btf_type* KernelTypes::type(__u32 id) const {
    if (id == 0 || id > places_.size()) return nullptr;
    return reinterpret_cast<const btf_type*>(types_.data() + places_[id - 1]);
}

std::size_t KernelTypes::size_of(const btf_type* type) {
    const auto& tail = tails[btf_kind(type)];
    return sizeof(btf_type) + tail.fixed + btf_vlen(type) * tail.each;
}

const char* KernelTypes::name(__u32 name_off) const {
    return name_off < names_.size() ? names_.data() + name_off : "";
}

bool KernelTypes::is_named(const btf_type* type, std::string_view name) const {
    const auto* its = this->name(type->name_off);
    return std::strncmp(its, name.data(), name.size()) == 0 && its[name.size()] == '\0';
}

std::size_t KernelTypes::next_slot(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

__u32 KernelTypes::find(std::string_view name, unsigned kind) const {
    for (auto slot = hash_of(name) & (slots_.size() - 1);; slot = next_slot(slot)) {
        const auto id = slots_[slot];
        if (id == 0 || (btf_kind(type(id)) == kind && is_named(type(id), name))) return id;
    }
}

std::vector<__u32> KernelTypes::named(std::string_view name) const {
    std::vector<__u32> found;
    for (auto slot = hash_of(name) & (slots_.size() - 1); slots_[slot] != 0; slot = next_slot(slot)) {
        const auto id = slots_[slot];
        if (is_data(type(id)) && is_named(type(id), name)) found.push_back(id);
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
