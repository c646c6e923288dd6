#include <algorithm>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
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
    const int state = btf__add_enum(types.get(), "state", 4);
    btf__add_enum_value(types.get(), "runs", 1);
    btf__add_enum_value(types.get(), "sleeps", 2);
    const int wide = btf__add_enum64(types.get(), "wide", 8, false);
    btf__add_enum64_value(types.get(), "far", 1ULL << 40);
    const int handler = btf__add_typedef(types.get(), "handler", btf__add_func_proto(types.get(), number));
    btf__add_func_param(types.get(), "number", number);
    const int to_handler = btf__add_ptr(types.get(), handler);
    const int real = btf__add_float(types.get(), "double", 8);
    const int tagged = btf__add_type_tag(types.get(), "tag", btf__add_const(types.get(), number));
    btf__add_struct(types.get(), "task_struct", 64);
    btf__add_field(types.get(), "thread_pid", pointer, 0, 0);
    btf__add_field(types.get(), "parts", array, 64, 0);
    btf__add_field(types.get(), "state", state, 160, 3); // a bitfield
    btf__add_field(types.get(), "wide", wide, 192, 0);
    btf__add_field(types.get(), "handler", to_handler, 256, 0);
    btf__add_field(types.get(), "real", real, 320, 0);
    btf__add_field(types.get(), "tagged", tagged, 384, 0);
    btf__add_fwd(types.get(), "unknown", BTF_FWD_UNION);
    btf__add_decl_tag(types.get(), "remark", pid, 0);
    btf__add_var(types.get(), "variable", BTF_VAR_STATIC, number);
    btf__add_datasec(types.get(), ".data", 4);
    btf__add_datasec_var_info(types.get(), number, 0, 4);
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
void expect_the_same(const btf* types) {
    const auto kernel = parse(raw(types));
    ASSERT_TRUE(kernel);
    const auto count = btf__type_cnt(types);
    for (__u32 id = 1; id < count; id++) {
        const auto *expected = btf__type_by_id(types, id), *type = kernel->type(id);
        ASSERT_NE(type, nullptr);
        ASSERT_EQ(std::memcmp(type, expected, KernelTypes::size_of(type)), 0) << id;
        ASSERT_STREQ(kernel->name(type->name_off), btf__name_by_offset(types, expected->name_off));
    }
    EXPECT_EQ(kernel->type(0), nullptr);
    EXPECT_EQ(kernel->type(count), nullptr);
}

TEST(KernelTypes, AreThoseOfLibbpf) {
    const auto small = small_kernel();
    std::set<unsigned> kinds;
    for (__u32 id = 1; id < btf__type_cnt(small.get()); id++)
        kinds.insert(btf_kind(btf__type_by_id(small.get(), id)));
    EXPECT_GE(kinds.size(), 16U) << "of 19, all but union, volatile and restrict";
    expect_the_same(small.get());
    const Btf large(btf__parse(NSSCOPE_BPF_DIR "/trace.bpf.o", nullptr), btf__free);
    ASSERT_TRUE(large);
    ASSERT_GT(btf__type_cnt(large.get()), 300U);
    expect_the_same(large.get());
}

TEST(KernelTypes, AreNotReadFromAnythingElse) {
    const auto types = small_kernel();
    const std::string whole(raw(types.get()));
    for (std::size_t size = 0; size < whole.size(); size++) {
        errno = 0;
        EXPECT_FALSE(parse(whole.substr(0, size))) << size;
        EXPECT_EQ(errno, EINVAL) << size;
    }
    auto other = whole;
    other[2] = 2; // of another version
    EXPECT_FALSE(parse(other));
    other = whole;
    other[KernelTypes::header_size + 7] = 0x1f; // the kind of the first type
    EXPECT_FALSE(parse(other));
    EXPECT_EQ(errno, EOPNOTSUPP);
    other = whole; // a newer header, of which more is said
    const __u32 longer = KernelTypes::header_size + 8;
    std::memcpy(&other[4], &longer, sizeof longer);
    other.insert(KernelTypes::header_size, 8, '\x01');
    const auto newer = parse(other);
    ASSERT_TRUE(newer);
    EXPECT_EQ(newer->named("task_struct").size(), 1U);
}

/// Whatever is in a file: nothing is looked for outside of it (this is for the address sanitizer), and nothing found there.
TEST(KernelTypes, DoNoHarmWhenDamaged) {
    const auto types = small_kernel();
    const std::string whole(raw(types.get()));
    const Object object(bpf_object__open_file(NSSCOPE_BPF_DIR "/trace.bpf.o", nullptr), bpf_object__close);
    ASSERT_TRUE(object);
    std::size_t read = 0;
    for (std::size_t at = 0; at < whole.size(); at++) {
        for (const char byte : {'\0', '\x7f', '\xff'}) {
            auto other = whole;
            other[at] = byte;
            const auto parsed = parse(other);
            if (!parsed) continue;
            read++;
            for (const auto id : parsed->named("task_struct")) EXPECT_NE(parsed->type(id), nullptr);
            CoreTypes cut;
            EXPECT_TRUE(cut.fill(parsed, object.get()));
        }
    }
    EXPECT_GT(read, whole.size()) << "most damage is none to who reads";
}

TEST(CoreTypes, AreThoseThatTheProgramsNameAndWhatLiesInThem) {
    const std::string path = NSSCOPE_BPF_DIR "/trace.bpf.o";
    const Object object(bpf_object__open_file(path.c_str(), nullptr), bpf_object__close);
    ASSERT_TRUE(object);
    const auto types = small_kernel();
    const auto kernel = parse(raw(types.get()));
    ASSERT_TRUE(kernel);
    CoreTypes cut;
    ASSERT_NE(cut.path(), nullptr);
    ASSERT_TRUE(cut.fill(kernel, object.get()));

    const Btf read(btf__parse(cut.path(), nullptr), btf__free);
    ASSERT_TRUE(read);
    const auto* task = struct_of(read.get(), "task_struct");
    ASSERT_NE(task, nullptr);
    ASSERT_EQ(btf_vlen(task), 7);
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
    const auto* state = btf__type_by_id(read.get(), members[2].type);
    ASSERT_TRUE(btf_is_enum(state));
    EXPECT_STREQ(btf__name_by_offset(read.get(), btf_enum(state)[1].name_off), "sleeps");
    EXPECT_EQ(btf_enum(state)[1].val, 2);
    EXPECT_EQ(btf_member_bitfield_size(task, 2), 3U);
    const auto* wide = btf__type_by_id(read.get(), members[3].type);
    ASSERT_TRUE(btf_is_enum64(wide));
    EXPECT_STREQ(btf__name_by_offset(read.get(), btf_enum64(wide)->name_off), "far");
    EXPECT_TRUE(btf_is_type_tag(btf__type_by_id(read.get(), members[6].type)));
    EXPECT_NE(struct_of(read.get(), "pid"), nullptr);
    EXPECT_EQ(struct_of(read.get(), "of_no_interest"), nullptr);
}

} // namespace
} // namespace nsscope
