#include <string>

#include "check.hpp"
#include "cli/target_arg.hpp"

/// A process or a namespace on the command line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nsscope;
    using fuzz::check;
    const auto text = fuzz::text_of(data, size);
    const auto target = parse_target_arg(text);
    if (!target) {
        check(!target.error().hint.empty(), "an error says what is accepted");
        return 0;
    }
    check(target->pid.has_value() != target->ns.has_value(), "it is the one or the other");
    if (target->pid) {
        check(*target->pid > 0 && std::to_string(*target->pid) == text, "a pid is written in one way");
    } else {
        const auto again = parse_target_arg(to_text(*target->ns));
        check(again && again->ns && again->ns->type == target->ns->type &&
                  again->ns->inum == target->ns->inum && again->ns->path == target->ns->path,
              "what is written is read the same");
    }
    return 0;
}
