#include <algorithm>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "kernel/core_types.hpp"

namespace nsscope {
namespace {

using Btf = std::unique_ptr<btf, decltype(&btf__free)>;
using Object = std::unique_ptr<bpf_object, decltype(&bpf_object__close)>;

std::shared_ptr<const KernelTypes> parse(std::string_view bytes) {
    auto copy = std::make_unique<char[]>(bytes.size() + KernelTypes::padding);
    std::ranges::copy(bytes, copy.get());
    return KernelTypes::parse(std::move(copy), bytes.size());
}

std::string_view raw(const btf* types) {
    __u32 size = 0;
    const auto* bytes = static_cast<const char*>(btf__raw_data(types, &size));
    return {bytes, size};
}

/// A kernel of a few types, one of which the programs do not know.
Btf small_kernel() {
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
    for (const char* name : {"eight_by", "eight_bytes_more", "eight_bytes_and_mo", "e"})
        btf__add_typedef(types.get(), name, number);
    return types;
}

const btf_type* struct_of(const btf* types, const char* name) {
    const int id = btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);
    return id < 0 ? nullptr : btf__type_by_id(types, static_cast<__u32>(id));
}

TEST(KernelTypes, AreFoundByNameAndKind) {
    const auto types = small_kernel();
    const auto kernel = parse(raw(types.get()));
    ASSERT_TRUE(kernel);
    for (const unsigned kind :
         {unsigned{BTF_KIND_STRUCT}, unsigned{BTF_KIND_TYPEDEF}, unsigned{BTF_KIND_FUNC}}) {
        const int first = btf__find_by_name_kind(types.get(), "pid", kind);
        ASSERT_GT(first, 0);
        EXPECT_EQ(kernel->find("pid", kind), static_cast<__u32>(first)) << kind;
    }
    EXPECT_EQ(kernel->find("pid", BTF_KIND_UNION), 0U);
    EXPECT_EQ(kernel->find("pi", BTF_KIND_STRUCT), 0U);
    EXPECT_EQ(kernel->find("", BTF_KIND_STRUCT), 0U);
    EXPECT_EQ(kernel->named("pid").size(), 3U) << "two structs and a typedef";
    EXPECT_EQ(kernel->named("task_struct").size(), 1U);
    EXPECT_TRUE(kernel->named("nothing").empty());
    for (const std::string name : {"eight_by", "eight_bytes_more", "eight_bytes_and_mo", "e"}) {
        EXPECT_EQ(kernel->named(name).size(), 1U) << name;
        EXPECT_TRUE(kernel->named(name + 't').empty()) << name;
    }
}

/// libbpf reads the same in it: of each id the same type and name.
TEST(KernelTypes, AreThoseOfLibbpf) {
    const Btf types(btf__parse(NSSCOPE_BPF_DIR "/trace.bpf.o", nullptr), btf__free);
    ASSERT_TRUE(types);
    const auto kernel = parse(raw(types.get()));
    ASSERT_TRUE(kernel);
    const auto count = btf__type_cnt(types.get());
    ASSERT_GT(count, 300U);
    for (__u32 id = 1; id < count; id++) {
        const auto *expected = btf__type_by_id(types.get(), id), *type = kernel->type(id);
        ASSERT_NE(type, nullptr);
        ASSERT_EQ(std::memcmp(type, expected, KernelTypes::size_of(type)), 0) << id;
        ASSERT_STREQ(kernel->name(type->name_off), btf__name_by_offset(types.get(), expected->name_off));
    }
    EXPECT_EQ(kernel->type(0), nullptr);
    EXPECT_EQ(kernel->type(count), nullptr);
}

TEST(KernelTypes, AreNotReadFromAnythingElse) {
    const auto types = small_kernel();
    const std::string whole(raw(types.get()));
    for (std::size_t size = 0; size < whole.size(); size++) {
        errno = 0;
        EXPECT_FALSE(parse(whole.substr(0, size))) << size;
        EXPECT_EQ(errno, EINVAL) << size;
    }
    for (std::size_t at = 0; at < whole.size(); at++) { // whatever it is then: no look outside of it
        for (const char byte : {'\0', '\x1f', '\x7f', '\xff'}) {
            auto other = whole;
            other[at] = byte;
            if (const auto parsed = parse(other)) static_cast<void>(parsed->named("pid"));
        }
    }
}

TEST(CoreTypes, AreThoseThatTheProgramsNameAndWhatLiesInThem) {
    const std::string path = NSSCOPE_BPF_DIR "/trace.bpf.o";
    const Object object(bpf_object__open_file(path.c_str(), nullptr), bpf_object__close);
    ASSERT_TRUE(object);
    const auto types = small_kernel();
    const auto kernel = parse(raw(types.get()));
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
