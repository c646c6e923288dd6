#pragma once

#include <cstddef>
#include <linux/types.h>
#include <memory>
#include <string_view>
#include <vector>

struct btf;
struct bpf_link;
struct bpf_program;

namespace nsscope {

/// The types of the kernel that runs (/sys/kernel/btf/vmlinux): megabytes, so they are read once for all that hold them,
/// and searched by hash.
class KernelTypes {
  public:
    /// Takes these over.
    explicit KernelTypes(btf* types);

    /// Those that somebody holds already, or else they are read. nullptr and errno: they cannot be. From any thread.
    [[nodiscard]] static std::shared_ptr<const KernelTypes> read();

    [[nodiscard]] const btf* get() const { return types_.get(); }

    /// The id of the first type of this name and kind, which is a function or one that named() tells of; 0: there is none.
    [[nodiscard]] __u32 find(std::string_view name, unsigned kind) const;

    /// The ids of all structs, unions, enumerations and typedefs of this name.
    [[nodiscard]] std::vector<__u32> named(std::string_view name) const;

  private:
    struct Deleter {
        void operator()(btf* types) const;
    };
    [[nodiscard]] std::size_t first_slot(std::string_view name) const;
    [[nodiscard]] std::size_t next_slot(std::size_t slot) const;

    std::unique_ptr<btf, Deleter> types_;
    std::vector<__u32> slots_; ///< ids, each in the first free slot from that of its name on; a power of two
};

/// From now on, what the programs of newly opened objects are attached to (sections fentry, fexit, tp_btf, iter and lsm) is
/// found in KernelTypes. libbpf itself would read all of the kernel's types for each object that it loads, and search all
/// of them for each program. Such programs are attached by attach_program(), bpf_program__attach_iter(), or by hand.
void find_attach_types_by_hash();

/// bpf_program__attach(), for any program. nullptr and errno when the kernel refuses.
[[nodiscard]] bpf_link* attach_program(const bpf_program* program);

} // namespace nsscope
