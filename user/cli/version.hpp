#pragma once

#include <string_view>

#ifndef NSSCOPE_VERSION
#error "the build says which version this is"
#endif

namespace nsscope {

inline constexpr std::string_view version = NSSCOPE_VERSION;

} // namespace nsscope
