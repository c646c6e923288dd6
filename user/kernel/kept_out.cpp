#include "kernel/kept_out.hpp"

#include "event.h"

namespace nsscope {

void KeptOut::keep_out(std::uint64_t cgroup) {
    if (cgroup == 0) return;
    auto* bucket = table_->places + nsscope_bucket_of(cgroup);
    auto* place = bucket + next_;
    for (unsigned i = 0; i < NSSCOPE_KEPT_OUT_PLACES; ++i) {
        if (bucket[i] == cgroup) return;
        if (bucket[i] == 0) place = bucket + i;
    }
    if (*place != 0) next_ = (next_ + 1) % NSSCOPE_KEPT_OUT_PLACES;
    *place = cgroup;
}

void KeptOut::let_in(std::uint64_t cgroup) {
    auto* bucket = table_->places + nsscope_bucket_of(cgroup);
    for (unsigned i = 0; i < NSSCOPE_KEPT_OUT_PLACES; ++i)
        if (bucket[i] == cgroup) bucket[i] = 0;
}

void KeptOut::let_all_in() {
    for (unsigned i = 0; i < NSSCOPE_KEPT_OUT; ++i) table_->places[i] = 0;
}

} // namespace nsscope
