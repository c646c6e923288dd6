#pragma once

#include <string>

#include "inspect/enter_rules.hpp"
#include "model/snapshot.hpp"

namespace nsscope {

/// Whether a process can enter a namespace: what was asked and what is the answer.
struct EnterReport {
    pid_t pid = 0;
    std::string comm; ///< raw bytes
    NsType type{};
    NsRef ref;
    EnterVerdict verdict;
    std::vector<Issue> issues; ///< empty: complete
};

/// Appends one object of the schema nsscope.enter/1 (docs/schema/enter-1.schema.json) and a newline.
void append_enter_json(std::string& out, const EnterReport& report, const Snapshot& machine);

/// The same for people: the answer, then a line for each rule.
void append_enter_text(std::string& out, const EnterReport& report);

} // namespace nsscope
