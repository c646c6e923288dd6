#include "scan/runtime_state.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "scan/files.hpp"
#include "scan/runtime_parse.hpp"
#include "scan/state_file.hpp"
#include "scan/state_issues.hpp"

namespace nsscope {
namespace {

/// Where an OCI runtime has a directory for each of its containers. '*' is any one name; what the last one stands
/// for is the namespace, in containerd's sense, under /containerd/.
struct OciRoot {
    std::string_view path;
    bool by_containerd;
};
constexpr std::array<OciRoot, 6> oci_roots{{
    {"/run/runc", false},
    {"/run/crun", false},
    {"/run/docker/runtime-*/*", true}, // options of moby's shim, libcontainerd/remote
    {"/run/containerd/runc/*", true},  // default of containerd's shim, cmd/containerd-shim-runc-v2
    {"/run/user/*/runc", false},
    {"/run/user/*/crun", false},
}};
/// Where containerd has a bundle for each task, NAMESPACE/ID (core/runtime/v2).
constexpr std::array<std::string_view, 4> task_roots{
    "/run/containerd/io.containerd.runtime.v2.task/*",
    "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/*",
    "/run/k3s/containerd/io.containerd.runtime.v2.task/*",
    "/run/containerd/io.containerd.runtime.v1.linux/*",
};

/// A directory that a pattern stands for.
struct Place {
    std::string path;
    std::string last_star;     ///< what the last '*' is
    std::optional<uid_t> user; ///< of /run/user/UID
};

std::optional<uid_t> user_of(std::string_view name) {
    uid_t uid = 0;
    const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), uid);
    if (error != std::errc{} || stop != name.data() + name.size()) return std::nullopt;
    return uid;
}

class Reader {
  public:
    Reader(const std::string& root, RuntimeDirectories* seen) : root_(root), seen_(seen) {}

    RuntimeState run() {
        for (const auto& root : oci_roots)
            for (const auto& place : expand(root.path)) read_oci_root(place, root.by_containerd);
        for (const auto root : task_roots)
            for (const auto& place : expand(root)) read_tasks(place);
        read_machines(root_ + "/run/systemd/machines");
        if (seen_ != nullptr) *seen_ = std::move(there_);
        RuntimeState state{std::move(records_), std::move(unborn_), {}};
        issues_.report(state.issues);
        return state;
    }

  private:
    /// The names in a directory, in order.
    std::vector<std::string> list(const std::string& path) {
        std::vector<std::string> names;
        auto listing = Listing::open(AT_FDCWD, path.c_str());
        if (!listing) {
            note(path, StateFileError{listing.error(), std::generic_category().message(listing.error())});
            return names;
        }
        while (const char* name = listing->next())
            if (name[0] != '.') names.emplace_back(name);
        std::sort(names.begin(), names.end());
        return names;
    }

    void note(const std::string& path, const StateFileError& error) {
        if (!error.gone()) issues_.add(path, error.what);
    }

    std::vector<Place> expand(std::string_view pattern) {
        std::vector<Place> places{{root_, {}, std::nullopt}};
        for (std::size_t start = 1; start <= pattern.size();) {
            const auto end = std::min(pattern.find('/', start), pattern.size());
            const auto part = pattern.substr(start, end - start);
            start = end + 1;
            const auto star = part.find('*');
            std::vector<Place> deeper;
            for (auto& place : places) {
                if (star == std::string_view::npos) {
                    place.path.append("/").append(part);
                    deeper.push_back(std::move(place));
                    continue;
                }
                for (auto& name : list(place.path)) {
                    if (!std::string_view(name).starts_with(part.substr(0, star))) continue;
                    Place found{place.path + "/" + name, std::move(name), place.user};
                    if (place.path == root_ + "/run/user") found.user = user_of(found.last_star);
                    deeper.push_back(std::move(found));
                }
            }
            places = std::move(deeper);
        }
        return places;
    }

    /// The text of a file; empty where there is none, or it cannot be used, which is noted.
    std::string read(const std::string& path) {
        auto text = read_state_file(path);
        if (text) return std::move(*text);
        note(path, text.error());
        return {};
    }

    void read_oci_root(const Place& place, bool by_containerd) {
        for (const auto& id : list(place.path)) {
            const auto directory = fmt::format("{}/{}", place.path, id);
            if (is_seen(directory)) continue;
            auto record = read_oci(directory);
            if (!record) {
                if (!by_containerd)
                    unborn_.push_back({id, place.path.substr(place.path.rfind('/') + 1), place.user});
                continue;
            }
            see(directory);
            record->container.id = id;
            record->user = place.user;
            if (by_containerd) {
                record->container.runtime = runtime_of_namespace(place.last_star);
                with_oci_.emplace(place.last_star, id);
            }
            records_.push_back(std::move(*record));
        }
    }

    static std::string runtime_of_namespace(std::string_view containerd_namespace) {
        return containerd_namespace == "moby" ? "docker" : "containerd";
    }

    std::optional<ContainerRecord> read_oci(const std::string& directory) {
        const auto state = directory + "/state.json";
        if (const auto text = read(state); !text.empty()) {
            auto found = parse_runc_state(text);
            if (found) return std::move(found->record);
            issues_.add(state, found.error());
            return std::nullopt;
        }
        const auto status = directory + "/status";
        const auto text = read(status);
        if (text.empty()) return std::nullopt;
        auto found = parse_crun_status(text);
        if (!found) {
            issues_.add(status, found.error());
            return std::nullopt;
        }
        // crun keeps a copy. The bundle's own may lie on whatever file system its owner chose.
        read_config(directory + "/config.json", found->record);
        return std::move(found->record);
    }

    void read_config(const std::string& path, ContainerRecord& record) {
        const auto text = read(path);
        if (text.empty()) return;
        if (const auto done = read_oci_config(text, record); !done) issues_.add(path, done.error());
    }

    /// Containers of containerd whose runtime is none that was read above.
    void read_tasks(const Place& place) {
        for (const auto& id : list(place.path)) {
            if (with_oci_.contains({place.last_star, id})) continue;
            const auto directory = fmt::format("{}/{}", place.path, id);
            if (is_seen(directory)) continue;
            ContainerRecord record;
            record.container.id = id;
            const auto pid = read(directory + "/init.pid");
            if (pid.empty()) continue; // not started
            see(directory);
            std::from_chars(pid.data(), pid.data() + pid.size(), record.init_pid);
            read_config(directory + "/config.json", record);
            record.container.runtime = runtime_of_namespace(place.last_star);
            records_.push_back(std::move(record));
        }
    }

    void read_machines(const std::string& directory) {
        for (const auto& name : list(directory)) {
            if (name.find(':') != std::string::npos) continue; // a link "unit:UNIT" to a machine's file
            const auto path = fmt::format("{}/{}", directory, name);
            if (is_seen(path)) continue;
            const auto text = read(path);
            if (text.empty()) continue;
            auto record = parse_machine(text);
            if (!record)
                issues_.add(path, record.error());
            else if (record->init_pid > 0) {
                see(path);
                records_.push_back(std::move(*record));
            }
        }
    }

    bool is_seen(const std::string& directory) {
        const bool is = seen_ != nullptr && seen_->contains(directory);
        if (is) see(directory);
        return is;
    }
    void see(const std::string& directory) {
        if (seen_ != nullptr) there_.insert(directory);
    }

    std::string root_;
    RuntimeDirectories* seen_; ///< nullptr: all is to be read
    RuntimeDirectories there_;
    std::vector<ContainerRecord> records_;
    std::vector<UnbornContainer> unborn_;
    std::set<std::pair<std::string, std::string>> with_oci_; ///< namespace of containerd, id
    StateIssues issues_;
};

} // namespace

RuntimeState read_runtime_state(const std::string& root) { return Reader(root, nullptr).run(); }

RuntimeState read_runtime_state(const std::string& root, RuntimeDirectories& seen) {
    return Reader(root, &seen).run();
}

} // namespace nsscope
