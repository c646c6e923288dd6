#include "presenter/world.hpp"

#include <algorithm>
#include <utility>

namespace nsscope::tui {
namespace {

/// What was there before: its place by its key.
template <typename Items, typename KeyOf>
std::unordered_map<Key, std::uint32_t, HashOfKey> index(const Items& items, std::size_t live,
                                                        KeyOf key_of_item) {
    std::unordered_map<Key, std::uint32_t, HashOfKey> places;
    places.reserve(live);
    for (std::uint32_t i = 0; i < live; ++i) places.emplace(key_of_item(items[i]), i);
    return places;
}

std::optional<double> percent(const std::optional<std::uint64_t>& now,
                              const std::optional<std::uint64_t>& then, std::uint64_t ns) {
    if (!now || !then || ns == 0 || *now < *then) return std::nullopt;
    return 100.0 * static_cast<double>(*now - *then) / static_cast<double>(ns);
}

void add(Use& sum, const Use& part) {
    if (part.cpu) sum.cpu = sum.cpu.value_or(0) + *part.cpu;
    if (part.memory) sum.memory = sum.memory.value_or(0) + *part.memory;
}

class Maker {
  public:
    Maker(const World* before, Look&& look) : before_(before), look_(std::move(look)) {
        if (look_.use_ns == 0) look_.use_ns = look_.mono_ns;
        if (before_ == nullptr) return;
        passed_ = look_.mono_ns - before_->mono_ns;
        measured_ = look_.use_ns - before_->use_ns;
    }

    std::shared_ptr<const World> run() {
        take_machine();
        // A namespace outlives its look here: what is gone is shown for a while.
        take(
            world_->containers, world_->live_containers, look_.containers,
            before_ == nullptr ? nullptr : &before_->containers,
            before_ == nullptr ? 0 : before_->live_containers,
            [](const ContainerItem& i) { return key_of(i.container); },
            [](ContainerItem& i, Container&& c) { i.container = std::move(c); },
            [](ContainerItem&, const ContainerItem*) {});
        take(
            world_->processes, world_->live_processes, look_.processes,
            before_ == nullptr ? nullptr : &before_->processes,
            before_ == nullptr ? 0 : before_->live_processes,
            [](const ProcessItem& i) { return key_of(i.process); },
            [](ProcessItem& i, Process&& p) { i.process = std::move(p); },
            [this](ProcessItem& item, const ProcessItem* old) { use_of(item, old); });
        take(
            world_->namespaces, world_->live_namespaces, look_.snapshot.namespaces,
            before_ == nullptr ? nullptr : &before_->namespaces,
            before_ == nullptr ? 0 : before_->live_namespaces,
            [](const NsItem& i) { return key_of(i.ns.type, i.ns.ref); },
            [](NsItem& i, Namespace&& n) { i.ns = std::move(n); },
            [this](NsItem& item, const NsItem* old) {
                if (old != nullptr) keep_rates(item.use, old->use);
            });
        relate_processes();
        sum_up();
        take_events();
        take_cgroups();
        return std::move(world_);
    }

  private:
    void take_machine() {
        auto& world = *world_;
        world.machine = std::move(look_.machine);
        world.counts = look_.counts;
        world.time_ns = look_.time_ns;
        world.mono_ns = look_.mono_ns;
        world.use_ns = look_.use_ns;
        world.looks = before_ == nullptr ? 1 : before_->looks + 1;
        world.source = std::move(look_.snapshot.source);
        world.issues = std::move(look_.snapshot.issues);
        world.guard = std::move(look_.guard);
        world.notices = std::move(look_.notices);
        world.users = std::move(look_.users);
        if (before_ == nullptr) return;
        const auto& then = before_->machine;
        if (measured_ == 0)
            world.cpu = before_->cpu;
        else if (world.machine.cpu_ns > then.cpu_ns)
            world.cpu = percent(world.machine.busy_ns, then.busy_ns, world.machine.cpu_ns - then.cpu_ns);
    }

    /// Moves what the look has into items, says of each since when it is there, and keeps what has gone for a while.
    template <typename Item, typename Thing, typename KeyOf, typename Fill, typename Compare>
    void take(std::vector<Item>& items, std::size_t& live, std::vector<Thing>& things,
              const std::vector<Item>* old, std::size_t old_live, KeyOf key_of_item, Fill fill,
              Compare compare) {
        items.resize(things.size());
        for (std::size_t i = 0; i < things.size(); ++i) fill(items[i], std::move(things[i]));
        live = items.size();
        if (old == nullptr) {
            for (auto& item : items) compare(item, nullptr);
            return;
        }
        const auto places = index(*old, old_live, key_of_item);
        std::vector<bool> is_still_there(old->size());
        for (auto& item : items) {
            const auto found = places.find(key_of_item(item));
            const Item* before = found == places.end() ? nullptr : &(*old)[found->second];
            if (before != nullptr) is_still_there[found->second] = true;
            item.presence.seen_ns = before == nullptr ? look_.mono_ns : before->presence.seen_ns;
            compare(item, before);
        }
        for (std::size_t i = 0; i < old->size(); ++i) {
            if (is_still_there[i]) continue;
            const auto gone_ns = i < old_live ? look_.mono_ns : (*old)[i].presence.gone_ns;
            if (look_.mono_ns - gone_ns >= World::fresh_ns || items.size() - live >= most_gone) continue;
            items.push_back((*old)[i]);
            items.back().presence.gone_ns = gone_ns;
        }
    }

    /// Of the same moment, seen again, as of a recording that stands still.
    void keep_rates(Use& use, const Use& old) const {
        if (passed_ != 0) return;
        use.events = old.events;
        use.forks = old.forks;
    }

    void use_of(ProcessItem& item, const ProcessItem* old) const {
        item.use.memory = item.process.rss_bytes;
        if (old == nullptr) return;
        keep_rates(item.use, old->use);
        item.use.cpu =
            measured_ == 0 ? old->use.cpu : percent(item.process.cpu_ns, old->process.cpu_ns, measured_);
    }

    void relate_processes() {
        std::array<NsRef, ns_type_count> initial{};
        for (std::size_t i = 0; i < world_->live_namespaces; ++i)
            if (const auto& ns = world_->namespaces[i].ns; ns.initial)
                initial[static_cast<std::size_t>(ns.type)] = ns.ref;
        for (std::size_t i = 0; i < world_->live_processes; ++i) {
            auto& item = world_->processes[i];
            item.parent = world_->find_process(item.process.ppid);
            const auto* parent = item.parent == none ? nullptr : &world_->processes[item.parent].process;
            for (std::size_t type = 0; type < ns_type_count; ++type) {
                const auto& ref = item.process.ns[type];
                if (ref.inum == 0) continue;
                const auto bit = static_cast<std::uint16_t>(1U << type);
                if (parent != nullptr && parent->ns[type].inum != 0 && parent->ns[type] != ref)
                    item.differs |= bit;
                if (initial[type].inum != 0 && initial[type] != ref) item.differs_host |= bit;
            }
            if (const auto container = item.process.container; container < world_->live_containers) {
                ++world_->containers[container].processes;
                add(world_->containers[container].use, item.use);
            }
        }
    }

    void sum_up() {
        auto& world = *world_;
        for (std::size_t i = 0; i < world.live_namespaces; ++i) {
            auto& item = world.namespaces[i];
            ++world.by_type[static_cast<std::size_t>(item.ns.type)];
            item.use.cpu.reset();
            item.use.memory.reset();
            bool is_first = true;
            std::uint64_t first = 0; // start of the first member in a container
            auto from = world.processes.begin();
            const auto end = from + static_cast<std::ptrdiff_t>(world.live_processes);
            for (const auto pid : item.ns.members) {
                from = std::lower_bound(from, end, pid, [](const ProcessItem& p, pid_t wanted) {
                    return p.process.pid < wanted;
                });
                if (from == end) break;
                if (from->process.pid != pid) continue;
                add(item.use, from->use);
                const auto start = from->process.start_ns;
                if (is_first || start < item.oldest_ns) item.oldest_ns = start;
                is_first = false;
                // as place_containers() has it: who enters from the host does not count
                const auto container = from->process.container;
                if (item.ns.initial || container == none || (item.container != none && start >= first))
                    continue;
                item.container = container;
                first = start;
            }
        }
    }

    void count_events(const EventBatch& batch) {
        auto& world = *world_;
        if (world.machine.rung.empty() || passed_ == 0) return;
        const double each = 1e9 / static_cast<double>(passed_);
        const auto count = [&](Use& use, const EventLine& event) {
            use.events = use.events.value_or(0) + each;
            if (event.type == EventType::process_fork || event.type == EventType::ns_clone)
                use.forks = use.forks.value_or(0) + each;
        };
        for (std::size_t i = 0; i < world.live_namespaces; ++i)
            world.namespaces[i].use.events = world.namespaces[i].use.forks = 0;
        for (std::size_t i = 0; i < world.live_processes; ++i)
            world.processes[i].use.events = world.processes[i].use.forks = 0;
        for (const auto& event : batch) {
            std::array<std::uint32_t, ns_type_count> touched{};
            touched.fill(none);
            if (const auto place = world.find_process(event.pid); place != none) {
                auto& item = world.processes[place];
                count(item.use, event);
                for (std::size_t t = 0; t < ns_type_count; ++t)
                    touched[t] = world.find_namespace(static_cast<NsType>(t), item.process.ns[t].inum);
            }
            for (const auto place : touched)
                if (place != none) count(world.namespaces[place].use, event);
            for (const auto& [type, inum] : event.namespaces)
                if (const auto place = world.find_namespace(type, inum);
                    place != none && place != touched[static_cast<std::size_t>(type)])
                    count(world.namespaces[place].use, event);
        }
    }

    void take_events() {
        auto& world = *world_;
        count_events(look_.events);
        if (before_ != nullptr) {
            world.batches = before_->batches;
            world.rates = before_->rates;
            world.not_kept = before_->not_kept;
            const auto new_ones =
                static_cast<double>(look_.counts.all() - std::min(look_.counts.all(), before_->counts.all()));
            if (passed_ > 0) world.rates.push_back(new_ones * 1e9 / static_cast<double>(passed_));
            if (world.rates.size() > World::most_rates) world.rates.erase(world.rates.begin());
        }
        world.not_kept += look_.not_kept;
        if (!look_.events.empty())
            world.batches.push_back(std::make_shared<const EventBatch>(std::move(look_.events)));
        std::size_t sum = 0;
        for (const auto& batch : world.batches) sum += batch->size();
        auto first = world.batches.begin();
        while (first != world.batches.end() && sum > World::most_events) sum -= (*first++)->size();
        world.batches.erase(world.batches.begin(), first);
        sum = 0;
        for (const auto& batch : world.batches) world.batch_ends.push_back(sum += batch->size());
    }

    void take_cgroups() {
        std::unordered_map<std::uint64_t, const CgroupItem*> old;
        if (before_ != nullptr)
            for (const auto& item : before_->cgroups) old.emplace(item.cgroup.id, &item);
        for (auto& cgroup : look_.cgroups) {
            CgroupItem item{.cgroup = std::move(cgroup), .use = {}};
            item.use.memory = item.cgroup.memory;
            if (const auto found = old.find(item.cgroup.id); found != old.end())
                item.use.cpu = measured_ == 0
                                   ? found->second->use.cpu
                                   : percent(item.cgroup.cpu_ns, found->second->cgroup.cpu_ns, measured_);
            world_->cgroups.push_back(std::move(item));
        }
    }

    /// In a storm the past must not bury the present.
    static constexpr std::size_t most_gone = 200;

    const World* before_;
    Look look_;
    std::uint64_t passed_ = 0;   ///< between the looks, ns
    std::uint64_t measured_ = 0; ///< between the measurements of use; 0: it is the same one
    std::shared_ptr<World> world_ = std::make_shared<World>();
};

} // namespace

std::shared_ptr<const World> next_world(const World* before, Look&& look) {
    std::shared_ptr<const World> earlier;
    if (look.anew) {
        if (look.before) earlier = Maker(nullptr, std::move(*look.before)).run();
        before = earlier.get();
    }
    return Maker(before, std::move(look)).run();
}

} // namespace nsscope::tui
