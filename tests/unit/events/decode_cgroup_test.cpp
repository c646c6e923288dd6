#include <gtest/gtest.h>

#include "events/decode.hpp"
#include "events/names.hpp"
#include "wire.hpp"

namespace nsscope {
namespace {

using namespace std::string_view_literals;

wire::Bytes record(unsigned type, unsigned flags, std::string_view path,
                   std::optional<std::size_t> len = {}) {
    nsscope_header hdr{};
    wire::Bytes bytes(sizeof(nsscope_cgroup_record) + path.size());
    const auto put = [&bytes](std::size_t offset, const auto& value) {
        std::memcpy(bytes.data() + offset, &value, sizeof value);
    };
    hdr.type = static_cast<__u16>(type);
    hdr.size = static_cast<__u16>(bytes.size());
    hdr.mono_ns = 9;
    put(0, hdr);
    put(offsetof(nsscope_cgroup_record, id), __u64{42});
    put(offsetof(nsscope_cgroup_record, hierarchy), __u32{3});
    put(offsetof(nsscope_cgroup_record, len), static_cast<__u16>(len.value_or(path.size())));
    put(offsetof(nsscope_cgroup_record, flags), static_cast<__u16>(flags));
    put(offsetof(nsscope_cgroup_record, task), wire::task(10));
    put(offsetof(nsscope_cgroup_record, other), wire::task(11));
    std::transform(path.begin(), path.end(), bytes.begin() + sizeof(nsscope_cgroup_record),
                   [](char c) { return static_cast<std::byte>(c); });
    return bytes;
}

TEST(DecodeCgroup, Attach) {
    const auto bytes =
        record(NSSCOPE_EV_CGROUP_ATTACH, NSSCOPE_CGROUP_COMPLETE | NSSCOPE_CGROUP_MOVED, "b\0a\0"sv);
    const wire::Exact exact(bytes);
    Event event;
    ExeName exe;
    ASSERT_EQ(decode(exact.get(), event, exe), Decoded::event);
    EXPECT_EQ(event.type, EventType::cgroup_attach);
    EXPECT_EQ(event.mono_ns, 9U);
    EXPECT_EQ(event.task->pid, 10U);
    EXPECT_EQ(event.child->pid, 11U);
    EXPECT_EQ(event.cgroup->id, 42U);
    EXPECT_EQ(event.cgroup->hierarchy, 3U);
    EXPECT_FALSE(event.cgroup->born);
    EXPECT_EQ(cgroup_path(*event.cgroup), "/a/b");
    EXPECT_TRUE(event.namespaces().empty());
    EXPECT_EQ(event.syscall, Syscall::none);
}

TEST(DecodeCgroup, MkdirHasNobodyElse) {
    const auto bytes = record(NSSCOPE_EV_CGROUP_MKDIR, NSSCOPE_CGROUP_COMPLETE, "");
    Event event;
    ExeName exe;
    ASSERT_EQ(decode(bytes, event, exe), Decoded::event);
    EXPECT_FALSE(event.child);
    EXPECT_EQ(cgroup_path(*event.cgroup), "/");
}

TEST(DecodeCgroup, APathThatIsNotWholeIsNotKnown) {
    for (const auto& [flags, path] :
         {std::pair{0U, "b\0a\0"sv}, std::pair{unsigned{NSSCOPE_CGROUP_COMPLETE}, "b\0a"sv}}) {
        const auto bytes = record(NSSCOPE_EV_CGROUP_RMDIR, flags, path);
        Event event;
        ExeName exe;
        ASSERT_EQ(decode(bytes, event, exe), Decoded::event);
        EXPECT_EQ(cgroup_path(*event.cgroup), std::nullopt);
    }
}

TEST(DecodeCgroup, WhatIsShorterThanItSaysIsRefused) {
    Event event;
    ExeName exe;
    EXPECT_EQ(decode(record(NSSCOPE_EV_CGROUP_MKDIR, 0, "ab\0"sv, 4), event, exe), Decoded::malformed);
    const auto whole = record(NSSCOPE_EV_CGROUP_MKDIR, 0, "");
    for (std::size_t size = 0; size < whole.size(); size++) {
        wire::Exact part(whole, size);
        part.claim_size();
        EXPECT_EQ(decode(part.get(), event, exe), Decoded::malformed) << size;
    }
}

} // namespace
} // namespace nsscope
