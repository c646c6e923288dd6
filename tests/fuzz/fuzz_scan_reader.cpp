// What the task iterators print, read in two halves as two threads do; and what comes of a scan in which numbers may have been
// given again.
#include "check.hpp"
#include "kernel/scan_reader.hpp"
#include "model/doubts.hpp"
#include "model/snapshot.hpp"

using nsscope::fuzz::check;

/// The first byte says whether the kernel has ids, and with the second how much of the rest is the first half.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const bool without_ids = (data[0] & 1) != 0;
    const std::span<const std::byte> rest(reinterpret_cast<const std::byte*>(data) + 2, size - 2);
    const auto middle = rest.size() * data[1] / 255;
    nsscope::ScanReader reader(without_ids), other(without_ids);
    reader.take(rest.first(middle));
    other.take(rest.subspan(middle));
    const bool is_whole = reader.is_whole() && other.is_whole();
    const auto tasks = reader.scan().tasks.size() + other.scan().tasks.size();
    reader.merge(std::move(other));
    check(reader.is_whole() == is_whole, "what cannot be read is not forgotten");
    static_cast<void>(reader.lacks_ancestors());

    auto& scan = reader.scan();
    check(scan.tasks.size() == tasks, "no task is lost");
    for (const auto& task : scan.tasks) {
        check(task.cgroups == nsscope::ScannedTask::no_cgroups || task.cgroups < scan.cgroups.size(),
              "a task's cgroups are there");
        for (const auto& ref : task.ns) check(!without_ids || ref.id == 0, "there are no ids");
    }
    if (without_ids) {
        const auto nothing_held = [](nsscope::NsType, std::uint32_t) { return false; };
        const nsscope::Doubts doubts(scan, nothing_held);
        check((doubts.remove_from(scan) == 0) == doubts.none(), "what is in doubt is taken out");
        check(nsscope::Doubts(scan, nothing_held).none(), "what is left is right");
    }
    static_cast<void>(nsscope::build_snapshot(std::move(scan), nsscope::PinsOf::all));
    return 0;
}
