#include "policy/glob.hpp"

#include <optional>

namespace nsscope {

GlobToken take_token(std::string_view& glob) {
    if (glob.empty()) return {};
    char c = glob[0];
    glob.remove_prefix(1);
    if (c == '*') return {GlobToken::Kind::star};
    if (c == '?') return {GlobToken::Kind::one};
    if (c == '\\' && !glob.empty()) {
        c = glob[0];
        glob.remove_prefix(1);
    }
    return {GlobToken::Kind::byte, c};
}

unsigned glob_bits(std::string_view glob) {
    unsigned bits = 1;
    while (!glob.empty())
        if (take_token(glob).kind != GlobToken::Kind::star) ++bits;
    return bits;
}

bool glob_matches(std::string_view glob, std::string_view text) {
    // Only the last star ever has to take more: what an earlier one could, it can as well.
    struct Retry {
        std::string_view glob;
        std::string_view text;
    };
    std::optional<Retry> retry;
    while (true) {
        auto rest = glob;
        const auto token = take_token(rest);
        if (token.kind == GlobToken::Kind::star) {
            retry = Retry{rest, text};
            glob = rest;
            continue;
        }
        if (token.kind == GlobToken::Kind::end && text.empty()) return true;
        if (token.kind != GlobToken::Kind::end && !text.empty() &&
            (token.kind == GlobToken::Kind::one || token.byte == text[0])) {
            glob = rest;
            text.remove_prefix(1);
            continue;
        }
        if (!retry || retry->text.empty()) return false;
        retry->text.remove_prefix(1);
        glob = retry->glob;
        text = retry->text;
    }
}

} // namespace nsscope
