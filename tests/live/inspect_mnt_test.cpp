// Mounts and their propagation, against findmnt(8).

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inspected.hpp"
#include "json.hpp"
#include "live.hpp"

namespace live {
namespace {

class InspectMounts : public Live {};

/// A mount at `path`, made and given this propagation.
int mount_at(const std::string& path, unsigned long propagation) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return errno;
    if (::mount("nsscope test", path.c_str(), "tmpfs", 0, nullptr) != 0) return errno;
    return failed(::mount(nullptr, path.c_str(), nullptr, propagation, nullptr));
}

/// In a namespace of its own: every kind of propagation below `place`, which is a private tmpfs.
int make_mounts(const std::string& place) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return errno;
    if (const int error = mount_at(place, MS_PRIVATE)) return error;
    for (const auto& [name, propagation] :
         std::map<std::string, unsigned long>{{"/shared", MS_SHARED},
                                              {"/private", MS_PRIVATE},
                                              {"/unbindable", MS_UNBINDABLE},
                                              {"/odd \n\x1b[2J\\name", MS_SHARED}})
        if (const int error = mount_at(place + name, propagation)) return error;
    // a slave, and one that is shared as well
    for (const std::string name : {"/slave", "/slave and shared"}) {
        const auto path = place + name;
        if (::mkdir(path.c_str(), 0700) != 0 ||
            ::mount((place + "/shared").c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
            ::mount(nullptr, path.c_str(), nullptr, MS_SLAVE, nullptr) != 0)
            return errno;
        if (name != "/slave" && ::mount(nullptr, path.c_str(), nullptr, MS_SHARED, nullptr) != 0)
            return errno;
    }
    return 0;
}

std::string propagation(const rapidjson::Value& mount) {
    std::string text = json::at(mount, "peer_group").IsNull() ? "private" : "shared";
    if (!json::at(mount, "master").IsNull()) text += ",slave";
    if (json::boolean(mount, "unbindable")) text += ",unbindable";
    return text;
}

TEST_F(InspectMounts, AreThoseOfFindmnt) {
    const auto findmnt = find_in_path("findmnt");
    if (findmnt.empty()) LIVE_SKIP("findmnt(8) is not installed");
    const Scratch scratch("mounts");
    const auto place = scratch.path();
    std::filesystem::create_directory(place);
    const Subject first([&] { return make_mounts(place); });
    ASSERT_EQ(first.error(), 0) << std::strerror(first.error());
    const int fd = ::open((first.proc() + "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC);
    // a copy of the first, whose mounts are peers of its
    const Subject second(
        [&] { return ::setns(fd, CLONE_NEWNS) != 0 ? errno : failed(::unshare(CLONE_NEWNS)); });
    ASSERT_EQ(second.error(), 0) << std::strerror(second.error());

    const Inspected said({first.proc() + "/ns/mnt"});
    const auto& contents = said.contents("mnt");
    const auto& mounts = json::array(contents, "mounts");
    rapidjson::Document theirs;
    const auto listed = run({findmnt, "-N", std::to_string(first.pid()), "-J", "-l", "-o",
                             "ID,PARENT,TARGET,FSTYPE,SOURCE,PROPAGATION"});
    ASSERT_FALSE(theirs.Parse(listed.output.c_str()).HasParseError()) << listed.output;
    EXPECT_EQ(json::array(theirs, "filesystems").Size(), mounts.Size());
    for (const auto& row : json::array(theirs, "filesystems").GetArray()) {
        const auto* mount = find_in(mounts, "id", row["id"].GetInt());
        ASSERT_NE(mount, nullptr) << row["id"].GetInt();
        const auto target = json::text(row, "target");
        if (target.find("odd") == std::string::npos) {
            EXPECT_EQ(json::text(*mount, "mount_point"), target);
        }
        EXPECT_EQ(json::text(*mount, "fs_type"), json::text(row, "fstype"));
        EXPECT_EQ(propagation(*mount), json::text(row, "propagation")) << target;
    }
    if (!json::at(contents, "count").IsNull()) { // else the kernel does not count them (before 6.12)
        // it counts what lies below the root as well, which 7.x always has (nullfs)
        const auto listed_there = lines_of(read_file(first.proc() + "/mountinfo")).size();
        const auto count = std::stoul(json::text(contents, "count"));
        EXPECT_TRUE(count == listed_there || count == listed_there + 1) << count << ' ' << listed_there;
    }
    EXPECT_EQ(json::text(json::at(contents, "root"), "mount_point"), "/");

    const auto other = second.ns("mnt");
    const auto has = [](const rapidjson::Value& list, unsigned inum) {
        for (const auto& value : list.GetArray())
            if (value.GetUint() == inum) return true;
        return false;
    };
    const auto& shared = *find_in(mounts, "mount_point", place + "/shared");
    EXPECT_TRUE(has(json::array(shared, "peers_in"), other));
    EXPECT_TRUE(has(json::array(shared, "slaves_in"), other));
    EXPECT_TRUE(json::array(shared, "master_in").Empty());
    const auto& slave = *find_in(mounts, "mount_point", place + "/slave");
    EXPECT_EQ(json::u32(slave, "master"), json::u32(shared, "peer_group"));
    EXPECT_TRUE(has(json::array(slave, "master_in"), other));
    EXPECT_TRUE(json::array(slave, "peers_in").Empty());
    EXPECT_TRUE(json::array(*find_in(mounts, "mount_point", place + "/private"), "peers_in").Empty());
    EXPECT_NE(find_in(mounts, "mount_point", place + "/odd \n\x1b[2J\\name"), nullptr);
    const auto text = nsscope({"inspect", first.proc() + "/ns/mnt"});
    EXPECT_EQ(text.output.find('\x1b'), std::string::npos);

    // and with nobody in it, by a child of nsscope that joins
    const auto held = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd);
    const auto count = mounts.Size();
    const_cast<Subject&>(first).end();
    const Inspected empty({held});
    EXPECT_EQ(json::array(empty.contents("mnt"), "mounts").Size(), count);
    EXPECT_EQ(json::array(empty.ns("mnt"), "members").Size(), 0U);
    ::close(fd);
}

TEST_F(InspectMounts, OfAProcessInAChrootAreNotAll) {
    const Scratch scratch("chroot");
    std::filesystem::create_directory(scratch.path());
    const Subject subject([&] {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            return errno;
        if (const int error = mount_at(scratch.path(), MS_PRIVATE)) return error;
        return failed(::chroot(scratch.path().c_str()));
    });
    ASSERT_EQ(subject.error(), 0);
    const Inspected said({subject.proc() + "/ns/mnt"});
    const auto& contents = said.contents("mnt");
    EXPECT_EQ(json::array(contents, "mounts").Size(), 1U);
    if (json::at(contents, "count").IsNull()) LIVE_SKIP("this kernel does not count mounts (before 6.12)");
    EXPECT_GT(std::stoul(json::text(contents, "count")), 1U);
    EXPECT_EQ(said.status, 3) << "it says that there are more";
}

TEST_F(InspectMounts, OnlyAMountElsewhereHoldsIt) {
    const Scratch scratch("held");
    std::ofstream(scratch.path()).put('\n');
    unsigned inum = 0;
    Subject held([] { return failed(::unshare(CLONE_NEWUTS)); });
    const Subject holder([&] {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            return errno;
        return failed(
            ::mount((held.proc() + "/ns/uts").c_str(), scratch.path().c_str(), nullptr, MS_BIND, nullptr));
    });
    ASSERT_EQ(holder.error(), 0);
    inum = held.ns("uts");
    held.end();
    const auto done = nsscope({"inspect", "-J", "uts:[" + std::to_string(inum) + "]"});
    rapidjson::Document document;
    ASSERT_FALSE(document.Parse(done.output.c_str()).HasParseError()) << done.errors;
    const auto& ns = json::array(document, "namespaces")[0];
    EXPECT_EQ(json::u32(ns, "nprocs"), 0U);
    if (json::at(ns, "id").IsNull()) LIVE_SKIP("this kernel opens no namespace by its id (before 6.18)");
    EXPECT_FALSE(json::at(ns, "contents").IsNull()) << done.errors;
}

} // namespace
} // namespace live
