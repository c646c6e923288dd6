#include "events/decode.hpp"

#include <gtest/gtest.h>

#include "wire.hpp"

namespace nsscope {
namespace {

using namespace std::string_view_literals;

/// Decodes into objects that held something else before, as the stream uses one Event for all records.
class Decode : public testing::Test {
  protected:
    void SetUp() override {
        event.nr_changes = ns_slot_count;
        event.observed = true;
        event.flags = 1;
        event.task = event.child = TaskIdentity{.pid = 1, .comm = "old"};
        for (auto& change : event.changes) change = {NsSlot::uts, true, NsRef{1, 1}, NsRef{2, 2}};
    }
    Decoded decode_of(const wire::Bytes& record) {
        bytes = record;
        return decode(bytes, event, exe);
    }

    wire::Bytes bytes;
    Event event;
    ExeName exe;
};

TEST_F(Decode, OneFieldSaysHowAProcessEndedAndWhereItRanAProgram) {
    wire::Record record{.type = NSSCOPE_EV_PROCESS_EXIT, .exit_code = 0x0102};
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_EQ(event.exit_code, 0x0102u);
    EXPECT_EQ(event.mnt_inum, 0u);
    record.type = NSSCOPE_EV_PROCESS_EXEC;
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_EQ(event.exit_code, 0u);
    EXPECT_EQ(event.mnt_inum, 0x0102u);
    record.type = NSSCOPE_EV_PROCESS_FORK;
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_EQ(event.exit_code, 0u);
    EXPECT_EQ(event.mnt_inum, 0u);
}

TEST_F(Decode, EveryField) {
    wire::Record record{.type = NSSCOPE_EV_NS_CLONE,
                        .syscall = NSSCOPE_SYS_CLONE3,
                        .rec_flags = NSSCOPE_REC_HAS_CHILD,
                        .result = -9'000'000'000,
                        .flags = 0x123456789abcdef0,
                        .mono_ns = 0xfedcba9876543210,
                        .changes = {wire::change(NSSCOPE_SLOT_NET, 10, 11, NSSCOPE_CHANGE_CREATED)}};
    record.task = {.start_ns = 1,
                   .exe_key = 2,
                   .cgroup_id = 3,
                   .pid = 4,
                   .tid = 5,
                   .ppid = 6,
                   .ns_pid = 7,
                   .uid = 8,
                   .family = 1,
                   .comm = "parent"};
    record.child = wire::task(99, "child");
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_EQ(event.type, EventType::ns_clone);
    EXPECT_EQ(event.syscall, Syscall::clone3);
    EXPECT_FALSE(event.observed);
    EXPECT_EQ(event.mono_ns, 0xfedcba9876543210);
    EXPECT_EQ(event.result, -9'000'000'000);
    EXPECT_EQ(event.flags, 0x123456789abcdef0);
    ASSERT_TRUE(event.task);
    EXPECT_EQ(event.task->start_ns, 1u);
    EXPECT_EQ(event.task->exe_key, 2u);
    EXPECT_EQ(event.task->cgroup_id, 3u);
    EXPECT_EQ(event.task->pid, 4u);
    EXPECT_EQ(event.task->tid, 5u);
    EXPECT_EQ(event.task->ppid, 6u);
    EXPECT_EQ(event.task->ns_pid, 7u);
    EXPECT_EQ(event.task->uid, 8u);
    EXPECT_EQ(event.task->comm, "parent");
    ASSERT_TRUE(event.child);
    EXPECT_EQ(event.child->pid, 99u);
    EXPECT_EQ(event.child->comm, "child");
    ASSERT_EQ(event.namespaces().size(), 1u);
    const auto& change = event.namespaces()[0];
    EXPECT_EQ(change.slot, NsSlot::net);
    EXPECT_TRUE(change.created);
    EXPECT_EQ(change.from, (NsRef{10, 1'000'000'000'010}));
    EXPECT_EQ(change.to, (NsRef{11, 1'000'000'000'011}));
}

TEST_F(Decode, EveryTypeAndSystemCall) {
    for (unsigned type = 0; type < NSSCOPE_EV_SYSCTL_READ; type++) {
        ASSERT_EQ(decode_of(wire::Record{.type = type}.bytes()), Decoded::event);
        EXPECT_EQ(event.type, event_types[type].type);
    }
    for (unsigned syscall = 0; syscall <= 255; syscall++) {
        ASSERT_EQ(decode_of(wire::Record{.syscall = syscall}.bytes()), Decoded::event);
        const auto expected = syscall < syscall_count ? static_cast<Syscall>(syscall) : Syscall::none;
        EXPECT_EQ(event.syscall, expected) << syscall;
    }
}

TEST_F(Decode, AnAccess) {
    nsscope_sysctl_record raw{};
    raw.hdr.type = NSSCOPE_EV_SYSCTL_WRITE;
    raw.hdr.size = sizeof raw;
    raw.task = wire::task(4711);
    raw.policy = 7;
    raw.pos = 1ULL << 32;
    raw.rule = 3;
    raw.net_inum = 4026532281;
    raw.flags = NSSCOPE_SYSCTL_HAS_NEW | NSSCOPE_SYSCTL_NEW_CUT | NSSCOPE_SYSCTL_OTHER_NET;
    raw.verdict = 3;
    raw.reason = NSSCOPE_SYSCTL_NO_ROOM;
    raw.new_len = NSSCOPE_SYSCTL_VALUE_LEN;
    std::memset(raw.name, 'n', sizeof raw.name); // no room for an end
    std::memset(raw.new_value, '1', sizeof raw.new_value);
    const auto bytes_of = [](const nsscope_sysctl_record& record) {
        wire::Bytes out(sizeof record);
        std::memcpy(out.data(), &record, sizeof record);
        return out;
    };
    ASSERT_EQ(decode_of(bytes_of(raw)), Decoded::event);
    EXPECT_EQ(event.type, EventType::sysctl_write);
    EXPECT_TRUE(event.namespaces().empty());
    ASSERT_TRUE(event.sysctl);
    EXPECT_EQ(event.sysctl->name, std::string(NSSCOPE_SYSCTL_NAME_LEN, 'n'));
    EXPECT_FALSE(event.sysctl->old);
    EXPECT_EQ(event.sysctl->written, std::string(NSSCOPE_SYSCTL_VALUE_LEN, '1'));
    EXPECT_TRUE(event.sysctl->truncated);
    EXPECT_EQ(event.sysctl->verdict, 3u);
    EXPECT_EQ(event.sysctl->reason, SysctlReason::does_not_fit);
    EXPECT_EQ(event.sysctl->rule, 3u);
    EXPECT_EQ(event.sysctl->position, 1ULL << 32);
    EXPECT_EQ(event.sysctl->other_net, 4026532281u);

    auto lies = raw;
    lies.new_len = NSSCOPE_SYSCTL_VALUE_LEN + 1;
    ASSERT_EQ(decode_of(bytes_of(lies)), Decoded::event);
    EXPECT_FALSE(event.sysctl->written);
    lies.verdict = 4;
    EXPECT_EQ(decode_of(bytes_of(lies)), Decoded::malformed);
    lies.verdict = 0;
    lies.reason = static_cast<__u8>(sysctl_reason_names.size());
    EXPECT_EQ(decode_of(bytes_of(lies)), Decoded::malformed);
    lies = raw;
    lies.hdr.size -= 1;
    EXPECT_EQ(decode_of(bytes_of(lies)), Decoded::malformed);
    EXPECT_EQ(decode_of(wire::Record{}.bytes()), Decoded::event);
    EXPECT_FALSE(event.sysctl) << "of the record before";
}

TEST_F(Decode, EverySlot) {
    wire::Record record;
    for (unsigned slot = 0; slot < NSSCOPE_SLOTS; slot++)
        record.changes.push_back(wire::change(slot, slot + 100, slot + 200));
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    ASSERT_EQ(event.namespaces().size(), ns_slot_count);
    for (std::size_t i = 0; i < ns_slot_count; i++) {
        EXPECT_EQ(event.changes[i].slot, slot_at(i));
        EXPECT_EQ(event.changes[i].from->inum, i + 100);
        EXPECT_EQ(event.changes[i].to->inum, i + 200);
        EXPECT_FALSE(event.changes[i].created);
    }
}

TEST_F(Decode, UnusedEntriesAreSkipped) {
    const wire::Record record{.changes = {wire::unused_change(), wire::change(NSSCOPE_SLOT_MNT, 1, 2),
                                          wire::unused_change(), wire::change(NSSCOPE_SLOT_UTS, 3, 4),
                                          wire::change(0xffff, 5, 6)}};
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    ASSERT_EQ(event.namespaces().size(), 2u);
    EXPECT_EQ(event.changes[0].slot, NsSlot::mnt);
    EXPECT_EQ(event.changes[1].slot, NsSlot::uts);
}

TEST_F(Decode, FewerChangesThanThereIsRoomFor) {
    const wire::Record record{
        .changes = {wire::change(NSSCOPE_SLOT_MNT, 1, 2), wire::change(NSSCOPE_SLOT_UTS, 3, 4)},
        .nr_changes = 1};
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_EQ(event.namespaces().size(), 1u);
}

TEST_F(Decode, WhatIsNotKnown) {
    const wire::Record record{.rec_flags = NSSCOPE_REC_NO_FLAGS | NSSCOPE_REC_OBSERVED | NSSCOPE_REC_NO_TASK,
                              .flags = 0x20000,
                              .changes = {wire::change(NSSCOPE_SLOT_MNT, 1, 2, NSSCOPE_CHANGE_NO_FROM),
                                          wire::change(NSSCOPE_SLOT_UTS, 3, 4, NSSCOPE_CHANGE_NO_TO)}};
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_FALSE(event.flags);
    EXPECT_TRUE(event.observed);
    EXPECT_FALSE(event.task);
    EXPECT_FALSE(event.child);
    ASSERT_EQ(event.namespaces().size(), 2u);
    EXPECT_FALSE(event.changes[0].from);
    EXPECT_EQ(event.changes[0].to->inum, 2u);
    EXPECT_EQ(event.changes[1].from->inum, 3u);
    EXPECT_FALSE(event.changes[1].to);
}

TEST_F(Decode, ANumberOfNoNamespaceIsKeptApartFromNotKnown) {
    const wire::Record record{.changes = {wire::change(NSSCOPE_SLOT_MNT, 0, 2)}};
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    ASSERT_TRUE(event.changes[0].from);
    EXPECT_EQ(event.changes[0].from->inum, 0u);
}

TEST_F(Decode, NamesOfAnyBytesAndUpToSixteen) {
    wire::Record record;
    record.task = wire::task(1, "0123456789abcdef");
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_EQ(event.task->comm, "0123456789abcdef");
    record.task = wire::task(1, "a\0rest"sv);
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_EQ(event.task->comm, "a");
    record.task = wire::task(1, "\xff\x1b\n");
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_EQ(event.task->comm, "\xff\x1b\n");
    record.task = wire::task(1, "");
    ASSERT_EQ(decode_of(record.bytes()), Decoded::event);
    EXPECT_EQ(event.task->comm, "");
}

TEST_F(Decode, NameOfAnExecutable) {
    ASSERT_EQ(decode_of(wire::Exe{.key = 9, .names = "sh\0bin\0"sv}.bytes()), Decoded::exe);
    EXPECT_EQ(exe.key, 9u);
    EXPECT_EQ(exe.names, "sh\0bin\0"sv);
    EXPECT_FALSE(exe.deleted);
    EXPECT_TRUE(exe.complete);
    ASSERT_EQ(
        decode_of(wire::Exe{.names = "sh\0bin\0"sv, .deleted = true, .complete = false, .len = 3}.bytes()),
        Decoded::exe);
    EXPECT_EQ(exe.names, "sh\0"sv);
    EXPECT_TRUE(exe.deleted);
    EXPECT_FALSE(exe.complete);
    ASSERT_EQ(decode_of(wire::Exe{}.bytes()), Decoded::exe);
    EXPECT_EQ(exe.names, "");
}

} // namespace
} // namespace nsscope
