#include "kernel/kept_out.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "event.h"

namespace nsscope {
namespace {

class KeptOutTest : public testing::Test {
  protected:
    /// As the programs look, bpf/trace/kept_out.bpf.c.
    [[nodiscard]] bool has(std::uint64_t cgroup) const {
        const auto* bucket = table_.places + nsscope_bucket_of(cgroup);
        return std::find(bucket, bucket + NSSCOPE_KEPT_OUT_PLACES, cgroup) !=
               bucket + NSSCOPE_KEPT_OUT_PLACES;
    }
    /// Ids that all come into the bucket of the first.
    static std::vector<std::uint64_t> of_one_bucket(std::size_t count) {
        std::vector<std::uint64_t> ids;
        for (std::uint64_t id = 1; ids.size() < count; ++id)
            if (nsscope_bucket_of(id) == nsscope_bucket_of(1)) ids.push_back(id);
        return ids;
    }

    nsscope_kept_out table_{};
    KeptOut kept_out_{table_};
};

TEST_F(KeptOutTest, HoldsWhatWasPutIn) {
    for (std::uint64_t id = 1; id < 500; ++id) {
        EXPECT_FALSE(has(id)) << id;
        kept_out_.keep_out(id);
        kept_out_.keep_out(id);
        EXPECT_TRUE(has(id)) << id;
    }
    kept_out_.let_in(7);
    kept_out_.let_in(7);
    EXPECT_FALSE(has(7));
    kept_out_.let_all_in();
    EXPECT_TRUE(std::ranges::all_of(table_.places, [](auto place) { return place == 0; }));
}

TEST_F(KeptOutTest, NobodyIsNoCgroup) {
    kept_out_.keep_out(0);
    EXPECT_TRUE(std::ranges::all_of(table_.places, [](auto place) { return place == 0; }));
}

TEST_F(KeptOutTest, OneOfAFullBucketGoes) {
    const auto ids = of_one_bucket(3 * NSSCOPE_KEPT_OUT_PLACES);
    for (const auto id : ids) {
        kept_out_.keep_out(id);
        EXPECT_TRUE(has(id));
    }
    EXPECT_EQ(std::ranges::count_if(ids, [&](auto id) { return has(id); }), NSSCOPE_KEPT_OUT_PLACES);
    EXPECT_EQ(std::ranges::count_if(table_.places, [](auto place) { return place != 0; }),
              NSSCOPE_KEPT_OUT_PLACES)
        << "no other bucket is touched";
}

} // namespace
} // namespace nsscope
