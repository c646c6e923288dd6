#include "engine/container_book.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace nsscope {
namespace {

const std::string docker_id(64, 'a');

class ContainerBookTest : public testing::Test {
  protected:
    ContainerBookTest() : root_(testing::TempDir() + "container-book-" + std::to_string(::getpid())) {
        std::filesystem::create_directories(root_ + "/run/crun");
    }
    ~ContainerBookTest() override { std::filesystem::remove_all(root_); }
    /// The runtime's directory of a container, with what it has written down so far.
    void write_status(const std::string& id, const std::string& status) const {
        std::filesystem::create_directories(root_ + "/run/crun/" + id);
        if (!status.empty()) std::ofstream(root_ + "/run/crun/" + id + "/status") << status;
    }
    std::string id_of(std::uint64_t cgroup) {
        const auto* container = book_.container(cgroup, nullptr);
        return container == nullptr ? "" : container->id;
    }

    std::string root_;
    ContainerBook book_{{.proc_root = "/nonexistent", .root = root_, .home = {}}};
};

TEST_F(ContainerBookTest, ByTheNameOfTheCgroup) {
    book_.made(10, "/system.slice/docker-" + docker_id + ".scope", 1);
    EXPECT_EQ(id_of(10), docker_id);
    book_.made(11, "/system.slice/docker-" + docker_id + ".scope/below", 1);
    EXPECT_EQ(id_of(11), docker_id);
    EXPECT_EQ(book_.containers(), 1U);
    book_.made(12, "/system.slice/cron.service", 1);
    EXPECT_EQ(id_of(12), "");
}

TEST_F(ContainerBookTest, ByADirectoryInWhichNothingIsWrittenYet) {
    write_status("mine", "");
    book_.made(10, "/mine", 1);
    EXPECT_EQ(id_of(10), "mine");
    book_.made(11, "/crun-mine.scope", 1);
    EXPECT_EQ(id_of(11), "mine");
    book_.made(12, "/another-mine-2", 1);
    EXPECT_EQ(id_of(12), "");
}

TEST_F(ContainerBookTest, ByWhatTheRuntimeWritesAMomentLater) {
    book_.made(10, "/elsewhere/x", 1);
    EXPECT_EQ(id_of(10), "");
    write_status("late", R"({"pid":4711,"process-start-time":5,"cgroup-path":"/elsewhere/x","bundle":"/b"})");
    for (int i = 0; i < 1000 && id_of(10).empty(); ++i) ::usleep(1000);
    EXPECT_EQ(id_of(10), "late");
}

TEST_F(ContainerBookTest, AContainerStartsOnceAndIsKnownAfterItsEnd) {
    write_status("mine", "");
    book_.made(10, "/mine", 1);
    const auto* begun = book_.first_exec(10, 1, 0);
    ASSERT_NE(begun, nullptr);
    EXPECT_EQ(begun->container.id, "mine");
    EXPECT_EQ(book_.first_exec(10, 1, 0), nullptr);
    const auto* ended = book_.removed(10);
    ASSERT_NE(ended, nullptr);
    EXPECT_EQ(ended->id, 10U);
    EXPECT_EQ(id_of(10), "mine") << "records of it may still come";
    book_.made(20, "/mine", 1);
    EXPECT_NE(book_.first_exec(20, 1, 0), nullptr) << "another one of that name";
}

TEST_F(ContainerBookTest, ARuntimeThatSetsUpIsNotTheInitAlsoWhenItIsGoneAlready) {
    struct stat mnt {};
    ASSERT_EQ(::stat("/proc/self/ns/mnt", &mnt), 0);
    const auto runtimes = static_cast<std::uint32_t>(mnt.st_ino);
    ContainerBook book({.proc_root = "/proc", .root = root_, .home = {}});
    constexpr std::uint32_t gone = 0x7fffffff; // above any pid_max
    write_status("mine", "");
    book.made(10, "/mine", static_cast<std::uint32_t>(::getpid()));
    EXPECT_EQ(book.first_exec(10, gone, runtimes), nullptr);
    EXPECT_NE(book.first_exec(10, gone, runtimes + 1), nullptr);
}

TEST_F(ContainerBookTest, OneThatNeverStartedDoesNotEnd) {
    write_status("mine", "");
    book_.made(10, "/mine", 1);
    EXPECT_EQ(book_.removed(10), nullptr);
    EXPECT_EQ(book_.removed(99), nullptr);
}

TEST_F(ContainerBookTest, ForgetsWhatIsLongGone) {
    for (std::uint64_t id = 1; id <= 20'000; ++id) {
        auto name = std::to_string(id);
        name.insert(0, 64 - name.size(), '0');
        book_.made(id, "/system.slice/docker-" + name + ".scope", 1);
        static_cast<void>(book_.removed(id));
    }
    EXPECT_LE(book_.cgroups(), 4096U);
    EXPECT_LE(book_.containers(), 4096U);
    EXPECT_EQ(id_of(1), "");
    EXPECT_NE(id_of(20'000), "");
}

} // namespace
} // namespace nsscope
