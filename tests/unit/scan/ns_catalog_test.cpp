// Namespaces of real children, without privilege: each comes with a user namespace of its own.
#include "scan/ns_catalog.hpp"

#include <memory>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "child.hpp"
#include "scan/nsfs.hpp"

using namespace nsscope;

namespace {

using Children = std::vector<std::unique_ptr<Child>>;

std::unique_ptr<Child> in_new_namespaces() {
    return std::make_unique<Child>([] { return ::unshare(CLONE_NEWUSER | CLONE_NEWUTS) == 0 ? 0 : errno; });
}

UniqueFd open_namespace(const Child& child, std::string_view type) {
    return UniqueFd(::open(fmt::format("/proc/{}/ns/{}", child.pid(), type).c_str(), O_RDONLY | O_CLOEXEC));
}

/// Whether one of some new namespaces, of either type, gets this number.
bool is_given_again(std::uint32_t inum) {
    Children children;
    for (int i = 0; i < 20; ++i) {
        children.push_back(in_new_namespaces());
        for (const auto* type : {"uts", "user"})
            if (inum_of(open_namespace(*children.back(), type).get()) == inum) return true;
    }
    return false;
}

/// The number of a namespace that a catalogue has described, and in which nobody is any more.
std::uint32_t describe_one(NsCatalog& catalog, const Child& child) {
    auto file = open_namespace(child, "uts");
    const auto inum = inum_of(file.get()).value_or(0);
    catalog.describe(NsType::uts, inum, std::move(file));
    return inum;
}

TEST(NsCatalog, ANumberIsNotGivenAgainWhileItHasTheNamespace) {
    NsCatalog catalog;
    auto child = in_new_namespaces();
    SKIP_IF_REFUSED(*child);
    const auto inum = describe_one(catalog, *child);
    child.reset();
    EXPECT_FALSE(is_given_again(inum));
    EXPECT_EQ(catalog.not_held(), 0U);
}

TEST(NsCatalog, LetsGo) {
    // The number may go to somebody else on this machine, but not each time.
    for (int attempt = 0; attempt < 20; ++attempt) {
        NsCatalog catalog;
        auto child = in_new_namespaces();
        SKIP_IF_REFUSED(*child);
        const auto inum = describe_one(catalog, *child);
        child.reset();
        catalog.let_go();
        if (is_given_again(inum)) return;
    }
    ADD_FAILURE() << "no number was given again";
}

TEST(NsCatalog, CountsWhatItCannotHold) {
    NsCatalog catalog(1), more;
    const auto one = in_new_namespaces(), other = in_new_namespaces();
    SKIP_IF_REFUSED(*one);
    describe_one(catalog, *one); // and its owner, and that one's parent
    EXPECT_GT(catalog.not_held(), 0U);
    const auto before = catalog.not_held();
    more.merge(catalog);
    EXPECT_EQ(more.not_held(), before);
    EXPECT_EQ(more.size(), catalog.size());
}

} // namespace
