#include "kernel/core_types.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace nsscope {
namespace {

struct BtfDeleter {
    void operator()(btf* types) const { btf__free(types); }
};
using Btf = std::unique_ptr<btf, BtfDeleter>;
using Names = std::unordered_set<std::string_view>;

/// Of a kind that programs ask for by name.
bool is_asked_for(const btf_type* type) {
    return btf_is_composite(type) || btf_is_any_enum(type) || btf_is_typedef(type);
}

/// What they call "name___flavour" is the kernel's "name" (libbpf.h, bpf_core_essential_name_len).
Names names_of(const btf* object) {
    Names names;
    for (__u32 id = 1; id < btf__type_cnt(object); id++) {
        const auto* type = btf__type_by_id(object, id);
        if (!is_asked_for(type)) continue;
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
    explicit Cut(const btf* from) : from_(from), to_(btf__new_empty()) {}

    /// Its id in the copy; 0: void, or there is no memory for it.
    __u32 copy(__u32 id) { // NOLINT(misc-no-recursion): as deep as structs lie in structs
        if (id == 0 || !to_) return 0;
        if (const auto known = ids_.find(id); known != ids_.end()) return known->second;
        const auto* type = btf__type_by_id(from_, id);
        const int added = btf__add_type(to_.get(), from_, type);
        if (added < 0) {
            to_.reset();
            return 0;
        }
        const auto copied = static_cast<__u32>(added);
        ids_.emplace(id, copied);
        if (btf_is_composite(type)) {
            for (__u32 i = 0; i < btf_vlen(type); i++) {
                const auto member = copy(btf_members(type)[i].type);
                if (to_) btf_members(writable(copied))[i].type = member;
            }
        } else if (btf_is_array(type)) {
            const auto element = copy(btf_array(type)->type), index = copy(btf_array(type)->index_type);
            if (to_) *btf_array(writable(copied)) = {element, index, btf_array(type)->nelems};
        } else if (btf_is_ptr(type)) {
            writable(copied)->type = 0;
        } else if (btf_is_mod(type) || btf_is_typedef(type)) {
            const auto inner = copy(type->type);
            if (to_) writable(copied)->type = inner;
        }
        return copied;
    }
    [[nodiscard]] const btf* result() const { return to_.get(); }

  private:
    /// Adding a type may move all others.
    [[nodiscard]] btf_type* writable(__u32 id) {
        return const_cast<btf_type*>(btf__type_by_id(to_.get(), id));
    }

    const btf* from_;
    Btf to_;
    std::unordered_map<__u32, __u32> ids_;
};

bool write_all(int file, const void* bytes, __u32 size) {
    return bytes != nullptr && ::pwrite(file, bytes, size, 0) == static_cast<ssize_t>(size);
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
    Cut cut(kernel_->get());
    for (const auto name : names_of(bpf_object__btf(object)))
        for (const auto id : kernel_->named(name)) cut.copy(id);
    __u32 size = 0;
    const void* bytes = cut.result() != nullptr ? btf__raw_data(cut.result(), &size) : nullptr;
    if (bytes == nullptr) bytes = btf__raw_data(kernel_->get(), &size); // all of them, then
    return write_all(file_.get(), bytes, size);
}

bool CoreTypes::fill(const bpf_object* object) { return fill(KernelTypes::read(), object); }

} // namespace nsscope
