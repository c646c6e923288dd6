#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>

#include "base/result.hpp"
#include "model/container.hpp"
#include "model/ns_type.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// What `nsscope list -J` printed, read again. Its namespaces have been checked as far as their identity goes; all else is
/// as it was in the file.
struct SavedSnapshot {
    struct Entry {
        NsType type{};
        NsRef ref;
        bool initial = false;
        std::optional<Container> container;     ///< that it belongs to: id, name and runtime
        const rapidjson::Value* json = nullptr; ///< in `document`
    };
    rapidjson::Document document;
    std::string time, host, boot_id; ///< raw bytes; empty: null
    bool complete = false;
    std::vector<Entry> namespaces; ///< in the order of the file
};

/// Reads one. Any bytes are taken; the error names the place. At most 256 MiB, and objects nested 32 deep.
[[nodiscard]] Result<SavedSnapshot> parse_saved_snapshot(std::string_view json);

/// The same of a file, which must be a regular one or a pipe's end; errors begin with its path.
[[nodiscard]] Result<SavedSnapshot> read_saved_snapshot(const std::string& path);

} // namespace nsscope
