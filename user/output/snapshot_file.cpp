#include "output/snapshot_file.hpp"

#include <array>
#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace nsscope {
namespace {

using rapidjson::Value;

constexpr std::size_t most_bytes = 256U << 20;
constexpr int deepest = 32;

Failure malformed(std::string what) {
    return Failure(Error{std::move(what), "expected is what 'nsscope list -J' prints (nsscope.snapshot/1)"});
}

/// Without building anything: the depth to which arrays and objects are nested. Strings are skipped.
int depth_of(std::string_view json) {
    int depth = 0, greatest = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string && c == '\\')
            ++i;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            greatest = std::max(greatest, ++depth);
        else if (!in_string && (c == '}' || c == ']'))
            --depth;
    }
    return greatest;
}

const Value* find_member(const Value& object, const char* name) {
    const auto found = object.FindMember(name);
    return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string text_at(const Value& object, const char* name) {
    const auto* value = find_member(object, name);
    return value != nullptr && value->IsString() ? std::string(value->GetString(), value->GetStringLength())
                                                 : std::string();
}

/// 0: null, or not there. nullopt: it is no number.
std::optional<std::uint64_t> id_at(const Value& object) {
    const auto* value = find_member(object, "id");
    if (value == nullptr || value->IsNull()) return 0;
    if (!value->IsString()) return std::nullopt;
    const auto* end = value->GetString() + value->GetStringLength();
    std::uint64_t id = 0;
    const auto [stop, error] = std::from_chars(value->GetString(), end, id);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return id;
}

Result<SavedSnapshot::Entry> read_entry(const Value& object, std::size_t position) {
    const auto wrong = [&](const char* what) {
        return malformed(fmt::format("namespaces[{}]{}", position, what));
    };
    if (!object.IsObject()) return wrong(" is no object");
    SavedSnapshot::Entry entry;
    const auto type = ns_type_from_name(text_at(object, "type"));
    if (!type) return wrong(".type is no kind of namespace");
    entry.type = *type;
    const auto* inum = find_member(object, "inum");
    if (inum == nullptr || !inum->IsUint() || inum->GetUint() == 0) return wrong(".inum is no inode number");
    entry.ref.inum = inum->GetUint();
    const auto id = id_at(object);
    if (!id) return wrong(".id is neither null nor a string of digits");
    entry.ref.id = *id;
    const auto* initial = find_member(object, "initial");
    entry.initial = initial != nullptr && initial->IsTrue();
    entry.json = &object;
    const auto* container = find_member(object, "container");
    if (container != nullptr && container->IsObject() && !text_at(*container, "id").empty())
        entry.container = Container{text_at(*container, "id"), text_at(*container, "runtime"),
                                    text_at(*container, "name"), std::nullopt};
    return entry;
}

} // namespace

Result<SavedSnapshot> parse_saved_snapshot(std::string_view json) {
    if (json.size() > most_bytes) return malformed(fmt::format("longer than {} MiB", most_bytes >> 20));
    if (depth_of(json) > deepest) return malformed(fmt::format("nested deeper than {}", deepest));
    SavedSnapshot snapshot;
    auto& document = snapshot.document;
    document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag>(json.data(),
                                                                                           json.size());
    if (document.HasParseError())
        return malformed(fmt::format("no JSON at byte {}: {}", document.GetErrorOffset(),
                                     rapidjson::GetParseError_En(document.GetParseError())));
    if (!document.IsObject()) return malformed("no JSON object");
    if (text_at(document, "schema") != "nsscope.snapshot/1")
        return malformed("schema is not nsscope.snapshot/1");
    snapshot.time = text_at(document, "time");
    snapshot.host = text_at(document, "host");
    snapshot.boot_id = text_at(document, "boot_id");
    const auto* complete = find_member(document, "complete");
    snapshot.complete = complete != nullptr && complete->IsTrue();
    const auto* namespaces = find_member(document, "namespaces");
    if (namespaces == nullptr || !namespaces->IsArray()) return malformed("namespaces is no array");
    for (std::size_t i = 0; i < namespaces->Size(); ++i) {
        auto entry = read_entry((*namespaces)[static_cast<rapidjson::SizeType>(i)], i);
        if (!entry) return Failure(entry.error());
        snapshot.namespaces.push_back(*entry);
    }
    return snapshot;
}

Result<SavedSnapshot> read_saved_snapshot(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno_failure(fmt::format("cannot open {}", path));
    std::string text;
    std::array<char, 64U << 10> chunk;
    while (text.size() <= most_bytes) {
        const auto got = ::read(file.get(), chunk.data(), chunk.size());
        if (got == 0) break;
        if (got > 0)
            text.append(chunk.data(), static_cast<std::size_t>(got));
        else if (errno != EINTR)
            return errno_failure(fmt::format("cannot read {}", path));
    }
    auto snapshot = parse_saved_snapshot(text);
    if (!snapshot) {
        auto error = std::move(snapshot.error());
        error.what = path + ": " + error.what;
        return Failure(std::move(error));
    }
    return snapshot;
}

} // namespace nsscope
