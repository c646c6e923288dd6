#include <random>

#include <gtest/gtest.h>

#include "events/decode.hpp"
#include "wire.hpp"

namespace nsscope {
namespace {

using namespace std::string_view_literals;

Decoded decode_of(const wire::Exact& record) {
    Event event;
    ExeName exe;
    return decode(record.get(), event, exe);
}
Decoded decode_of(const wire::Bytes& bytes) { return decode_of(wire::Exact(bytes)); }

wire::Record full_record(std::size_t changes) {
    wire::Record record{.rec_flags = NSSCOPE_REC_HAS_CHILD};
    for (unsigned slot = 0; slot < changes; slot++) record.changes.push_back(wire::change(slot, 1, 2));
    return record;
}

TEST(DecodeHostile, ARecordCutAnywhere) {
    for (const std::size_t changes : {0, 1, 2, 10}) {
        const auto whole = full_record(changes).bytes();
        for (std::size_t size = 0; size < whole.size(); size++)
            EXPECT_EQ(decode_of(wire::Exact(whole, size)), Decoded::malformed) << size << " of " << changes;
        EXPECT_EQ(decode_of(whole), Decoded::event);
    }
}

TEST(DecodeHostile, ARecordThatSaysItIsShorter) {
    for (const std::size_t changes : {0, 1, 2, 10}) {
        const auto whole = full_record(changes).bytes();
        for (std::size_t size = 0; size <= whole.size(); size++) {
            wire::Exact record(whole, size);
            record.claim_size();
            const auto expected = size == whole.size() ? Decoded::event : Decoded::malformed;
            EXPECT_EQ(decode_of(record), expected) << size << " of " << changes;
        }
    }
}

TEST(DecodeHostile, AnExecutableCutAnywhere) {
    const auto whole = wire::Exe{.names = "sh\0bin\0usr\0"sv}.bytes();
    for (std::size_t size = 0; size < whole.size(); size++) {
        wire::Exact record(whole, size);
        EXPECT_EQ(decode_of(record), Decoded::malformed) << size;
        record.claim_size();
        EXPECT_EQ(decode_of(record), Decoded::malformed) << size;
    }
}

TEST(DecodeHostile, LiesAboutSizeAndCount) {
    const auto size = static_cast<unsigned>(full_record(2).bytes().size());
    for (const unsigned lie : {0u, 1u, 15u, 16u, 167u, size - 1, size + 1, 0xffffu}) {
        auto record = full_record(2);
        record.size = lie;
        EXPECT_EQ(decode_of(record.bytes()), Decoded::malformed) << lie;
    }
    for (const unsigned lie : {3u, 10u, 11u, 255u}) {
        auto record = full_record(2);
        record.nr_changes = lie;
        EXPECT_EQ(decode_of(record.bytes()), Decoded::malformed) << lie;
    }
    auto record = full_record(10);
    record.changes.resize(20);
    EXPECT_EQ(decode_of(record.bytes()), Decoded::malformed) << "more changes than there are slots";
    for (const unsigned lie : {12u, 0xffffu}) {
        EXPECT_EQ(decode_of(wire::Exe{.names = "sh\0bin\0usr"sv, .len = lie}.bytes()), Decoded::malformed);
        EXPECT_EQ(decode_of(wire::Exe{.names = "sh\0bin\0usr"sv, .size = lie}.bytes()), Decoded::malformed);
    }
}

TEST(DecodeHostile, TypesThatDoNotExist) {
    for (unsigned type = NSSCOPE_EVENT_TYPES; type < 0x10000; type += type < 300 ? 1 : 97) {
        if (type == NSSCOPE_EV_EXE) continue;
        auto record = full_record(1);
        record.type = type;
        EXPECT_EQ(decode_of(record.bytes()), Decoded::malformed) << type;
    }
}

/// A record may come with bytes behind it, which are not its own.
TEST(DecodeHostile, WhatIsBehindARecordIsNotRead) {
    auto bytes = full_record(1).bytes();
    bytes.resize(bytes.size() + 100, std::byte{0xff});
    Event event;
    ExeName exe;
    ASSERT_EQ(decode(bytes, event, exe), Decoded::event);
    EXPECT_EQ(event.namespaces().size(), 1u);
}

/// The values themselves may be anything: what is decoded then keeps to what the types allow.
TEST(DecodeHostile, NoiseIsHarmless) {
    std::mt19937_64 random(2); // NOLINT: the same noise each time
    for (int round = 0; round < 20'000; round++) {
        wire::Bytes bytes(random() % 600);
        for (auto& byte : bytes) byte = static_cast<std::byte>(random());
        if (bytes.size() > 1 && round % 2 == 0) {
            bytes[0] = static_cast<std::byte>(random() % (NSSCOPE_EVENT_TYPES + 1));
            bytes[1] = std::byte{0};
        }
        wire::Exact record(bytes);
        if (round % 4 != 3) record.claim_size();
        Event event;
        ExeName exe;
        if (decode(record.get(), event, exe) != Decoded::event) continue;
        EXPECT_LT(static_cast<std::size_t>(event.type), event_type_count);
        EXPECT_LT(static_cast<std::size_t>(event.syscall), syscall_count);
        ASSERT_LE(event.nr_changes, ns_slot_count);
        for (const auto& change : event.namespaces())
            EXPECT_LT(static_cast<std::size_t>(change.slot), ns_slot_count);
    }
}

} // namespace
} // namespace nsscope
