#pragma once

#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kernel/features.hpp"
#include "kernel/kernel_types.hpp"

struct btf;

namespace nsscope {

/// What a trial of a feature came to.
struct Finding {
    bool works = false;
    int error_number = 0; ///< of the call that failed; 0: works, or switched off
    std::string why;      ///< what failed; empty when it works
};

/// Finds out what the kernel allows by trying it: the smallest program of each kind is loaded, attached and taken
/// away again. Versions and configurations say little: a kernel may have fentry and refuse it. Each trial is made once,
/// when it is first asked for. Changes nothing.
class FeatureProbe {
  public:
    /// `disabled`: names of features that do not work, whatever the kernel says (disabled_features()).
    explicit FeatureProbe(std::vector<std::string> disabled);
    ~FeatureProbe();
    FeatureProbe(const FeatureProbe&) = delete;
    FeatureProbe& operator=(const FeatureProbe&) = delete;

    /// `feature` is a name in the table `features`.
    [[nodiscard]] const Finding& look(std::string_view feature);
    [[nodiscard]] bool has(std::string_view feature) { return look(feature).works; }

    /// Nothing is tried: is it not to be used, whatever the kernel says?
    [[nodiscard]] bool is_switched_off(std::string_view feature) const {
        return is_disabled(disabled_, feature);
    }

    /// Which of these functions the kernel has, not inlined everywhere. Asks its BTF, else /proc/kallsyms.
    [[nodiscard]] std::set<std::string, std::less<>>
    existing_functions(const std::set<std::string, std::less<>>& wanted);

    /// The kernel's BTF; null where it has none.
    [[nodiscard]] const std::shared_ptr<const KernelTypes>& kernel_types();
    /// errno: why kernel_types() has none.
    [[nodiscard]] int types_error() const { return types_error_; }

  private:
    std::vector<std::string> disabled_;
    std::map<std::string, Finding, std::less<>> found_;
    std::shared_ptr<const KernelTypes> types_;
    bool types_read_ = false;
    int types_error_ = ENOENT;
};

} // namespace nsscope
