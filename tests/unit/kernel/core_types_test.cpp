#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "kernel/core_types.hpp"

namespace nsscope {
namespace {

using Btf = std::unique_ptr<btf, decltype(&btf__free)>;
using Object = std::unique_ptr<bpf_object, decltype(&bpf_object__close)>;

/// A kernel of a few types, one of which the programs do not know.
std::shared_ptr<const KernelTypes> small_kernel() {
    Btf types(btf__new_empty(), btf__free);
    const int number = btf__add_int(types.get(), "int", 4, BTF_INT_SIGNED);
    btf__add_struct(types.get(), "of_no_interest", 4);
    btf__add_field(types.get(), "member", number, 0, 0);
    const int pid = btf__add_struct(types.get(), "pid", 4);
    btf__add_field(types.get(), "level", number, 0, 0);
    const int inside = btf__add_struct(types.get(), "lies_inside", 4);
    btf__add_field(types.get(), "counter", number, 0, 0);
    const int pointer = btf__add_ptr(types.get(), pid);
    const int array = btf__add_array(types.get(), number, inside, 3);
    btf__add_struct(types.get(), "task_struct", 24);
    btf__add_field(types.get(), "thread_pid", pointer, 0, 0);
    btf__add_field(types.get(), "parts", array, 64, 0);
    btf__add_typedef(types.get(), "pid", number);
    btf__add_struct(types.get(), "pid", 8);
    btf__add_func(types.get(), "pid", BTF_FUNC_STATIC, btf__add_func_proto(types.get(), number));
    return std::make_shared<const KernelTypes>(types.release());
}

const btf_type* struct_of(const btf* types, const char* name) {
    const int id = btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);
    return id < 0 ? nullptr : btf__type_by_id(types, static_cast<__u32>(id));
}

TEST(KernelTypes, AreFoundByNameAndKind) {
    const auto kernel = small_kernel();
    const auto* types = kernel->get();
    for (const unsigned kind :
         {unsigned{BTF_KIND_STRUCT}, unsigned{BTF_KIND_TYPEDEF}, unsigned{BTF_KIND_FUNC}}) {
        const int first = btf__find_by_name_kind(types, "pid", kind);
        ASSERT_GT(first, 0);
        EXPECT_EQ(kernel->find("pid", kind), static_cast<__u32>(first)) << kind;
    }
    EXPECT_EQ(kernel->find("pid", BTF_KIND_UNION), 0U);
    EXPECT_EQ(kernel->find("pi", BTF_KIND_STRUCT), 0U);
    EXPECT_EQ(kernel->find("", BTF_KIND_STRUCT), 0U);
    EXPECT_EQ(kernel->named("pid").size(), 3U) << "two structs and a typedef";
    EXPECT_EQ(kernel->named("task_struct").size(), 1U);
    EXPECT_TRUE(kernel->named("nothing").empty());
}

TEST(CoreTypes, AreThoseThatTheProgramsNameAndWhatLiesInThem) {
    const std::string path = NSSCOPE_BPF_DIR "/trace.bpf.o";
    const Object object(bpf_object__open_file(path.c_str(), nullptr), bpf_object__close);
    ASSERT_TRUE(object);
    const auto kernel = small_kernel();
    CoreTypes cut;
    ASSERT_NE(cut.path(), nullptr);
    ASSERT_TRUE(cut.fill(kernel, object.get()));

    const Btf read(btf__parse(cut.path(), nullptr), btf__free);
    ASSERT_TRUE(read);
    const auto* task = struct_of(read.get(), "task_struct");
    ASSERT_NE(task, nullptr);
    ASSERT_EQ(btf_vlen(task), 2);
    const auto* members = btf_members(task);
    EXPECT_STREQ(btf__name_by_offset(read.get(), members[1].name_off), "parts");
    EXPECT_EQ(members[1].offset, 64U);
    const auto* pointer = btf__type_by_id(read.get(), members[0].type);
    EXPECT_TRUE(btf_is_ptr(pointer));
    EXPECT_EQ(pointer->type, 0U) << "what it points to is never looked at";
    const auto* array = btf__type_by_id(read.get(), members[1].type);
    ASSERT_TRUE(btf_is_array(array));
    EXPECT_EQ(btf_array(array)->nelems, 3U);
    const auto* part = btf__type_by_id(read.get(), btf_array(array)->type);
    EXPECT_STREQ(btf__name_by_offset(read.get(), part->name_off), "lies_inside");
    EXPECT_NE(struct_of(read.get(), "pid"), nullptr);
    EXPECT_EQ(struct_of(read.get(), "of_no_interest"), nullptr);
}

} // namespace
} // namespace nsscope
