#include "snapshot.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <regex>
#include <sstream>

#include "json.hpp"

namespace live {
namespace {

using json::Value;

Leader read_leader(const Value& parent, const char* key) {
    const auto& value = json::at(parent, key);
    return {.pid = static_cast<pid_t>(json::u32(value, "pid")),
            .comm = json::text(value, "comm"),
            .cmdline = json::nullable(value, "cmdline", json::text)};
}

ListedNamespace read_namespace(const Value& value) {
    ListedNamespace ns;
    ns.id = json::nullable(value, "id", json::u64);
    ns.initial = json::boolean(value, "initial");
    ns.parent = json::nullable(value, "parent", json::u32);
    const auto& owner = json::at(value, "owner");
    ns.owner_ns = json::nullable(owner, "user_ns", json::u32);
    ns.owner_uid = json::nullable(owner, "uid", json::u32);
    ns.nprocs = json::u32(value, "nprocs");
    ns.nthreads = json::u32(value, "nthreads");
    pid_t before = 0;
    for (const auto& member : json::array(value, "members").GetArray()) {
        if (member.GetInt() <= before) json::fail("members are not in order");
        before = member.GetInt();
        ns.members.insert(before);
    }
    if (ns.members.size() != ns.nprocs) json::fail("nprocs is not the number of members");
    ns.leader = json::nullable(value, "leader", read_leader);
    if (ns.members.empty() == ns.leader.has_value()) json::fail("a leader without members, or none of them");
    json::at(value, "container");
    for (const auto& pin : json::array(value, "pinned_by").GetArray()) {
        const auto how = json::text(pin, "how");
        ns.pinned_by.insert(how);
        if (pin.HasMember("fd"))
            ns.pins.insert(how + ' ' + std::to_string(json::u32(pin, "pid")) + ' ' +
                           std::to_string(json::u32(pin, "fd")));
        if (how == "mount" && !pin["mnt_ns"].IsNull() && pin["path"].IsString())
            ns.pins.insert(how + ' ' + std::to_string(json::u32(pin, "mnt_ns")) + ' ' +
                           pin["path"].GetString());
    }
    return ns;
}

void read(const std::string& text, Snapshot& snapshot) {
    static const std::regex pid_in_issue(R"(\(pid (\d+)\))");
    rapidjson::Document document;
    if (document.Parse<rapidjson::kParseValidateEncodingFlag>(text.c_str()).HasParseError())
        json::fail("no JSON");
    if (json::text(document, "schema") != "nsscope.snapshot/1") json::fail("another schema");
    for (const char* key : {"time", "host", "boot_id", "kernel"}) (void)json::text(document, key);
    snapshot.source = json::text(document, "source");
    snapshot.complete = json::boolean(document, "complete");
    const auto& issues = json::array(document, "issues");
    if (snapshot.complete != issues.Empty()) json::fail("'complete' and 'issues' do not go together");
    for (const auto& issue : issues.GetArray()) {
        (void)json::text(issue, "what");
        (void)json::u32(issue, "count");
        const auto why = json::text(issue, "why");
        if (std::smatch found; std::regex_search(why, found, pid_in_issue))
            snapshot.hidden.insert(static_cast<pid_t>(std::stol(found[1])));
    }
    for (const auto& value : json::array(document, "namespaces").GetArray()) {
        const NsKey key{json::text(value, "type"), json::u32(value, "inum")};
        auto ns = read_namespace(value);
        const auto [other, is_new] = snapshot.namespaces.emplace(key, ns);
        if (is_new) continue;
        // a number that was given again during the scan: the later one is kept
        if (!ns.id || !other->second.id || ns.id == other->second.id) json::fail("listed twice");
        if (*ns.id > *other->second.id) other->second = std::move(ns);
    }
}

std::string text_of(const std::optional<std::uint32_t>& number) {
    return number ? std::to_string(*number) : "null";
}

std::set<pid_t> chosen(const ListedNamespace& ns, const std::set<pid_t>& stable) {
    std::set<pid_t> result;
    std::ranges::set_intersection(ns.members, stable, std::inserter(result, result.end()));
    return result;
}

/// A kernel thread's name is longer in /proc than in its task.
bool same_leader(const Leader& one, const Leader& other) {
    return one.pid == other.pid && (one.comm.starts_with(other.comm) || other.comm.starts_with(one.comm)) &&
           one.cmdline == other.cmdline;
}

std::string leader_text(const std::optional<Leader>& leader) {
    return leader ? std::to_string(leader->pid) + ' ' + leader->comm + ' ' + leader->cmdline.value_or("null")
                  : "none";
}

/// What is different in a namespace that both list.
std::string difference(const ListedNamespace& one, const ListedNamespace& other,
                       const std::set<pid_t>& stable) {
    std::string text;
    const auto note = [&](const char* what, const std::string& here, const std::string& there) {
        if (here != there) text += std::string(" ") + what + ": " + here + " and " + there;
    };
    note("id", std::to_string(one.id.value_or(0)), std::to_string(other.id.value_or(0)));
    note("initial", std::to_string(one.initial), std::to_string(other.initial));
    note("parent", text_of(one.parent), text_of(other.parent));
    note("owner", text_of(one.owner_ns), text_of(other.owner_ns));
    note("owner's uid", text_of(one.owner_uid), text_of(other.owner_uid));
    const auto here = chosen(one, stable), there = chosen(other, stable);
    std::vector<pid_t> unlike;
    std::ranges::set_symmetric_difference(here, there, std::back_inserter(unlike));
    for (const auto pid : unlike) text += " member " + std::to_string(pid);
    // threads and leaders can be compared where nobody but the stable ones is in it
    if (here != one.members || there != other.members) return text;
    note("threads", std::to_string(one.nthreads), std::to_string(other.nthreads));
    if (one.leader && other.leader && !same_leader(*one.leader, *other.leader))
        note("leader", leader_text(one.leader), leader_text(other.leader));
    return text;
}

} // namespace

Snapshot list(std::vector<std::string> options, const ProcessOptions& process_options) {
    options.insert(options.begin(), {program(), "list", "-J"});
    Process process(options, process_options);
    Snapshot snapshot;
    snapshot.nsscope = process.pid();
    snapshot.status = process.wait().value_or(-1);
    snapshot.errors = process.errors();
    EXPECT_TRUE(snapshot.status == 0 || snapshot.status == 3) << snapshot.status << ": " << snapshot.errors;
    if (snapshot.status != 0 && snapshot.status != 3) return snapshot;
    read(process.output(), snapshot);
    EXPECT_EQ(snapshot.complete, snapshot.status == 0);
    return snapshot;
}

std::map<pid_t, std::string> living() {
    std::map<pid_t, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto stat = read_file(entry.path().string() + "/stat");
        std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
        std::string field;
        for (int i = 3; i <= 22; i++) fields >> field;
        if (!field.empty()) all[static_cast<pid_t>(std::stol(name))] = field;
    }
    return all;
}

std::vector<std::string> differences(const Snapshot& one, const Snapshot& other,
                                     const std::set<pid_t>& stable) {
    std::vector<std::string> all;
    std::set<NsKey> keys;
    const auto is_lasting = [&](const ListedNamespace& ns) {
        // one that only those are in who come and go may be in one snapshot alone; so may one that nobody is in
        return !chosen(ns, stable).empty();
    };
    for (const auto& [key, ns] : one.namespaces)
        if (is_lasting(ns)) keys.insert(key);
    for (const auto& [key, ns] : other.namespaces)
        if (is_lasting(ns)) keys.insert(key);
    for (const auto& key : keys) {
        const auto name = key.first + ":[" + std::to_string(key.second) + "]";
        const auto here = one.namespaces.find(key), there = other.namespaces.find(key);
        if (here == one.namespaces.end() || there == other.namespaces.end()) {
            all.push_back(name + " is listed once");
            continue;
        }
        const auto text = difference(here->second, there->second, stable);
        if (!text.empty()) all.push_back(name + text);
    }
    return all;
}

} // namespace live
