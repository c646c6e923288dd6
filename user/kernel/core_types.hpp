#pragma once

#include <memory>
#include <string>

#include "base/unique_fd.hpp"
#include "kernel/kernel_types.hpp"

struct bpf_object;

namespace nsscope {

/// The kernel's types as libbpf fits an object of BPF programs to them when it is loaded (CO-RE). For each struct that the
/// programs speak of, libbpf looks at all of the kernel's types, which takes longer than all else that it does. So it is
/// given those alone that the object knows by name, and what lies inside of them; and what programs are attached to is
/// found for it (find_attach_types_by_hash()).
class CoreTypes {
  public:
    /// Nothing yet. Where that cannot be made there is no path(), and libbpf takes the kernel's own.
    CoreTypes();

    /// For bpf_object_open_opts.btf_custom_path, which libbpf reads at loading: until then this has to be there. nullptr:
    /// none. Owned by this object.
    [[nodiscard]] const char* path() const { return path_.empty() ? nullptr : path_.c_str(); }

    /// Puts in those of `kernel` that `object` (opened, with this path()) may ask for. Ids are not the kernel's:
    /// bpf_core_type_id_kernel() has no meaning in such an object. False when it cannot be written.
    [[nodiscard]] bool fill(std::shared_ptr<const KernelTypes> kernel, const bpf_object* object);
    /// The same with the types of the kernel that runs. False and errno: they cannot be read.
    [[nodiscard]] bool fill(const bpf_object* object);

  private:
    UniqueFd file_;
    std::string path_;
    std::shared_ptr<const KernelTypes> kernel_; ///< read, and kept for when libbpf loads the object
};

} // namespace nsscope
