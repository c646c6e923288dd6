#include "kernel/core_types.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace nsscope {
namespace {

using Names = std::unordered_set<std::string_view>;

/// What they call "name___flavour" is the kernel's "name" (libbpf.h, bpf_core_essential_name_len).
Names names_of(const btf* object) {
    Names names;
    for (__u32 id = 1; id < btf__type_cnt(object); id++) {
        const auto* type = btf__type_by_id(object, id);
        if (!is_data(type)) continue;
        const std::string_view name = btf__name_by_offset(object, type->name_off);
        if (name.empty()) continue;
        names.insert(name);
        names.insert(name.substr(0, name.rfind("___")));
    }
    return names;
}

/// Copies types with all that lies in them, but not what they point to: that is never looked at.
class Cut {
  public:
    explicit Cut(const KernelTypes& from) : from_(from) {}

    /// Its id in the copy; 0: void, or of no kind that data has.
    __u32 copy(__u32 id) { // NOLINT(misc-no-recursion): as deep as structs lie in structs
        if (const auto known = ids_.find(id); known != ids_.end()) return known->second;
        const auto* type = from_.type(id);
        if (type == nullptr || btf_is_func(type) || btf_is_func_proto(type) || btf_is_var(type) ||
            btf_is_datasec(type) || btf_is_decl_tag(type))
            return 0;
        const auto copied = static_cast<__u32>(places_.size() + 1);
        const auto size = KernelTypes::size_of(type);
        ids_.emplace(id, copied);
        places_.push_back(types_.size());
        types_.append(reinterpret_cast<const char*>(type), size);
        writable(copied)->name_off = name(type->name_off);
        copy_inside(type, copied);
        return copied;
    }

    /// What a file of BTF has.
    [[nodiscard]] std::string file() const {
        btf_header header{};
        header.magic = BTF_MAGIC;
        header.version = BTF_VERSION;
        header.hdr_len = KernelTypes::header_size;
        header.type_len = static_cast<__u32>(types_.size());
        header.str_off = header.type_len;
        header.str_len = static_cast<__u32>(names_.size());
        return std::string(reinterpret_cast<const char*>(&header), KernelTypes::header_size) + types_ +
               names_;
    }

  private:
    void copy_inside(const btf_type* type, __u32 copied) { // NOLINT(misc-no-recursion)
        const auto count = btf_vlen(type);
        if (btf_is_composite(type)) {
            for (__u32 i = 0; i < count; i++) {
                const auto& member = btf_members(type)[i];
                const auto inner = copy(member.type);
                btf_members(writable(copied))[i].type = inner;
                btf_members(writable(copied))[i].name_off = name(member.name_off);
            }
        } else if (btf_is_enum(type)) {
            for (__u32 i = 0; i < count; i++)
                btf_enum(writable(copied))[i].name_off = name(btf_enum(type)[i].name_off);
        } else if (btf_is_enum64(type)) {
            for (__u32 i = 0; i < count; i++)
                btf_enum64(writable(copied))[i].name_off = name(btf_enum64(type)[i].name_off);
        } else if (btf_is_array(type)) {
            const auto element = copy(btf_array(type)->type), index = copy(btf_array(type)->index_type);
            *btf_array(writable(copied)) = {element, index, btf_array(type)->nelems};
        } else if (btf_is_ptr(type)) {
            writable(copied)->type = 0;
        } else if (btf_is_mod(type) || btf_is_typedef(type)) {
            const auto inner = copy(type->type);
            writable(copied)->type = inner;
        }
    }

    /// Until the next is copied: that may move all.
    [[nodiscard]] btf_type* writable(__u32 copied) {
        return reinterpret_cast<btf_type*>(types_.data() + places_[copied - 1]);
    }

    __u32 name(__u32 name_off) {
        if (name_off == 0) return 0;
        const auto [known, is_new] = name_offs_.emplace(name_off, static_cast<__u32>(names_.size()));
        if (is_new) names_.append(from_.name(name_off)).push_back('\0');
        return known->second;
    }

    const KernelTypes& from_;
    std::string types_, names_{'\0'}; ///< the sections
    std::vector<std::size_t> places_; ///< in `types_`, by id less one
    std::unordered_map<__u32, __u32> ids_, name_offs_;
};

bool write_all(int file, std::string_view bytes) {
    return ::pwrite(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
}

} // namespace

CoreTypes::CoreTypes() : file_(::memfd_create("nsscope_types", MFD_CLOEXEC)) {
    find_attach_types_by_hash();
    const auto path = "/proc/self/fd/" + std::to_string(file_.get());
    // whoever got capabilities from a file may not look at descriptors (proc(5), /proc/PID/fd)
    if (file_ && UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC))) path_ = path;
}

bool CoreTypes::fill(std::shared_ptr<const KernelTypes> kernel, const bpf_object* object) {
    if (!kernel) return false;
    kernel_ = std::move(kernel);
    Cut cut(*kernel_);
    for (const auto name : names_of(bpf_object__btf(object)))
        for (const auto id : kernel_->named(name)) cut.copy(id);
    return write_all(file_.get(), cut.file());
}

bool CoreTypes::fill(const bpf_object* object) { return fill(KernelTypes::read(), object); }

} // namespace nsscope
