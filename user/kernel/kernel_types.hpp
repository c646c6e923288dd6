#pragma once

#include <cstddef>
#include <linux/types.h>
#include <memory>
#include <string_view>
#include <vector>

struct btf_type;
struct bpf_link;
struct bpf_program;

namespace nsscope {

/// Is it of a kind that programs ask for by name: a struct, a union, an enumeration or a typedef?
[[nodiscard]] bool is_data(const btf_type* type);

/// The types of the kernel that runs (/sys/kernel/btf/vmlinux; Documentation/bpf/btf.rst): megabytes, of which every start
/// asks for a few hundred. So they are read once for all that hold them, left as they are, and searched by hash.
class KernelTypes {
  public:
    /// BTF as a file has it, of so many bytes; behind them are `padding` more, which may be anything. nullptr and errno:
    /// it is none (EINVAL), or has a type of a kind that is not known here (EOPNOTSUPP).
    [[nodiscard]] static std::shared_ptr<const KernelTypes> parse(std::unique_ptr<char[]> bytes,
                                                                  std::size_t size);
    static constexpr std::size_t padding = 8;
    /// Of struct btf_header, with what every kernel has in it; newer ones have more.
    static constexpr std::size_t header_size = 24;

    /// Those that somebody holds already, or else they are read. nullptr and errno: they cannot be. From any thread.
    [[nodiscard]] static std::shared_ptr<const KernelTypes> read();

    /// nullptr: there is none of this id.
    [[nodiscard]] const btf_type* type(__u32 id) const;
    /// Bytes, with its members. Of a type of these, as there are kinds that are not known here.
    [[nodiscard]] static std::size_t size_of(const btf_type* type);
    /// Of a type, a member or a value; empty where it has none.
    [[nodiscard]] const char* name(__u32 name_off) const;

    /// The id of the first type of this name and kind, which is a function or one that named() tells of; 0: there is none.
    [[nodiscard]] __u32 find(std::string_view name, unsigned kind) const;

    /// The ids of all structs, unions, enumerations and typedefs of this name.
    [[nodiscard]] std::vector<__u32> named(std::string_view name) const;

  private:
    KernelTypes() = default;
    [[nodiscard]] bool find_types(std::size_t size);
    void index_names();
    [[nodiscard]] bool is_named(const btf_type* type, std::string_view name) const;
    [[nodiscard]] std::size_t next_slot(std::size_t slot) const;

    std::unique_ptr<char[]> bytes_;
    std::string_view types_, names_; ///< the two sections, in `bytes_`
    std::vector<__u32> places_;      ///< where in `types_` each begins, by its id less one
    std::vector<__u32> slots_; ///< ids, each in the first free slot from that of its name on; a power of two
};

/// From now on, what the programs of newly opened objects are attached to (sections fentry, fexit, tp_btf, iter and lsm) is
/// found in KernelTypes. libbpf itself would read all of the kernel's types for each object that it loads, and search all
/// of them for each program. Such programs are attached by attach_program(), bpf_program__attach_iter(), or by hand.
void find_attach_types_by_hash();

/// bpf_program__attach(), for any program. nullptr and errno when the kernel refuses.
[[nodiscard]] bpf_link* attach_program(const bpf_program* program);

} // namespace nsscope
