#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "record.hpp"

namespace live {

/// What a consumer makes of `nsscope events --snapshot`: who is in which namespace, by docs/events.md alone.
class Replay {
  public:
    using Key = std::tuple<std::string, std::uint32_t, std::uint64_t>; ///< type, inum, id (0: none)
    /// A process was a member of a namespace; CLOCK_MONOTONIC, ns. `end` 0: it still is.
    struct Membership {
        std::uint64_t begin = 0, end = 0;
    };

    void apply(const Record& record);

    [[nodiscard]] const std::set<Key>& namespaces() const { return namespaces_; }
    [[nodiscard]] std::set<std::uint32_t> members(const Key& key) const;
    [[nodiscard]] const std::map<std::pair<Key, std::uint32_t>, std::vector<Membership>>& history() const {
        return history_;
    }
    [[nodiscard]] std::uint64_t now() const { return now_; }
    [[nodiscard]] std::size_t syncs() const { return syncs_; }

  private:
    struct Thread {
        std::uint32_t pid = 0;
        std::map<std::string, Key> in; ///< by type
    };
    static Key key_of(const std::string& type, const NsRef& ref);
    void exists(const Existing& existing);
    void born(const Task& parent, const Task& child);
    void change(std::uint32_t tid, std::uint32_t pid, const std::vector<Change>& changes);
    void exec(const Task& task);
    void exit(const Task& task);
    void put(std::uint32_t tid, std::uint32_t pid, const Key& key);
    void leave(std::uint32_t tid, const std::string& type);
    void erase(std::uint32_t tid);
    void note(const Key& key, std::uint32_t pid);

    std::map<std::uint32_t, Thread> threads_; ///< by tid
    std::map<std::uint32_t, std::set<std::uint32_t>> processes_;
    std::map<Key, std::map<std::uint32_t, std::set<std::uint32_t>>> in_; ///< pid -> tids
    std::set<Key> namespaces_;
    std::map<std::pair<Key, std::uint32_t>, std::vector<Membership>> history_;
    std::uint64_t now_ = 0;
    std::size_t syncs_ = 0;
};

} // namespace live
