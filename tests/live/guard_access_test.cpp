// Reads and writes of every kind, by one process that stays.
#include <cerrno>
#include <memory>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "guard_fixture.hpp"
#include "json.hpp"
#include "kernel/guard_override.hpp"
#include "sysctl_writers.hpp"

namespace live {
namespace {

enum Which : unsigned {
    the_ttl,
    the_rmem,
    the_host_name,
    the_interface
};

class GuardAccess : public Guard {
  protected:
    void SetUp() override {
        Guard::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        writers_ = std::make_unique<SysctlWriters>(3, std::vector<std::string>{"eth0.1"},
                                                   std::vector<Setting>{{"net/ipv4/ip_default_ttl"},
                                                                        {"net/ipv4/tcp_rmem"},
                                                                        {"kernel/hostname"},
                                                                        {"net/ipv4/conf/eth0.1/forwarding"}});
        ASSERT_EQ(writers_->problem(), "");
        ASSERT_EQ(writers_->settings().size(), 4U);
    }
    /// A process in the cgroup and in this network namespace: 0 is the machine's, and never written to.
    [[nodiscard]] std::unique_ptr<SysctlWriter> writer(unsigned net = 1,
                                                       SysctlWriter::How how = SysctlWriter::How::plain) {
        auto made = writers_->start(cgroup().directory(), how, net);
        EXPECT_NE(made, nullptr) << writers_->problem();
        return made;
    }
    [[nodiscard]] const SysctlWriters& writers() const { return *writers_; }
    SysctlWriters& writers() { return *writers_; }

    static int write(const SysctlWriter& writer, Which setting, const std::string& value,
                     std::uint64_t position = 0, unsigned net = 1) {
        return writer.try_it({true, net, setting, position}, value).value_or(-1);
    }
    static int read(const SysctlWriter& writer, Which setting, unsigned net = 1) {
        return writer.try_it({false, net, setting, 0}, "").value_or(-1);
    }

  private:
    std::unique_ptr<SysctlWriters> writers_;
};

TEST_F(GuardAccess, AtAnOffsetIsTheSameNumber) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_default_ttl", "    value: {min: 100}\n")).status, 0);
    const auto process = writer();
    EXPECT_EQ(write(*process, the_ttl, "200", 1), EPERM);
    EXPECT_EQ(write(*process, the_ttl, "200\n", 3), EPERM);
    EXPECT_NE(write(*process, the_ttl, "20", 1), EPERM);
    EXPECT_EQ(write(*process, the_ttl, "20", 0), 0);
}

TEST_F(GuardAccess, AtAnOffsetTextCannotBeTold) {
    ASSERT_EQ(apply(deny("kernel.hostname", "    value: {matches: 'a*'}\n")).status, 0);
    const auto process = writer();
    EXPECT_EQ(write(*process, the_host_name, "abc"), EPERM);
    EXPECT_EQ(write(*process, the_host_name, "xbc"), 0);
    EXPECT_EQ(write(*process, the_host_name, "xbc", 1), EPERM);
}

TEST_F(GuardAccess, LongValues) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_default_ttl", "    value: {not_in: [64]}\n") +
                    "  - {name: text, sysctls: [kernel.hostname], scope: all, action: deny, value: "
                    "{matches_not: 'x*'}}\n")
                  .status,
              0);
    const auto process = writer();
    for (const std::size_t spaces : {0U, 1U, 100U, 1000U, 4000U, 4092U}) {
        EXPECT_EQ(write(*process, the_ttl, std::string(spaces, ' ') + "64\n"), 0) << spaces;
        EXPECT_EQ(write(*process, the_ttl, std::string(spaces, ' ') + "65\n"), EPERM) << spaces;
    }
    EXPECT_EQ(write(*process, the_ttl, "64 " + std::string(5000, ' ') + "65\n"), 0);
    static_cast<void>(write(*process, the_ttl, std::string(5000, ' ') + "65\n"));
    EXPECT_EQ(writers().value_of(1, the_ttl), "64\n") << "the kernel reads no further than a page";
    EXPECT_EQ(write(*process, the_host_name, "x" + std::string(50, 'y')), 0);
    EXPECT_EQ(write(*process, the_host_name, "x" + std::string(2000, 'y')), EPERM) << "cannot be told";
}

TEST_F(GuardAccess, ElementsThatAreNotWritten) {
    ASSERT_EQ(apply(deny("net.ipv4.tcp_rmem", "    value: {element: 1, not_in: [87380]}\n")).status, 0);
    const auto process = writer();
    writers().set(1, the_rmem, "4096 87380 6291456\n");
    EXPECT_EQ(write(*process, the_rmem, "8192"), 0) << "the kernel leaves the others as they are";
    EXPECT_EQ(write(*process, the_rmem, "4096\t0x15554 5000000"), 0);
    EXPECT_EQ(write(*process, the_rmem, "4096 87381 5000000\n"), EPERM);
    EXPECT_EQ(write(*process, the_rmem, "4096 8738x"), EPERM);
    EXPECT_EQ(writers().value_of(1, the_rmem), "4096\t87380\t5000000\n");
    writers().set(1, the_rmem, "4096 87000 6291456\n");
    EXPECT_EQ(write(*process, the_rmem, "8192"), EPERM) << "it would stay at what is denied";
}

TEST_F(GuardAccess, ReadsAreAnotherOperation) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_default_ttl", "    operations: [read]\n")).status, 0);
    const auto process = writer();
    EXPECT_EQ(read(*process, the_ttl), EPERM);
    EXPECT_EQ(write(*process, the_ttl, "64"), 0);
    EXPECT_EQ(read(*process, the_rmem), 0);
    ASSERT_EQ(apply(deny("net.ipv4.ip_default_ttl", "    operations: [read, write]\n")).status, 0);
    EXPECT_EQ(read(*process, the_ttl), EPERM);
    EXPECT_EQ(write(*process, the_ttl, "64"), EPERM);
}

TEST_F(GuardAccess, NamesWithADotInside) {
    ASSERT_EQ(apply(deny("net.ipv4.conf.eth0/1.forwarding")).status, 0);
    const auto process = writer();
    EXPECT_EQ(write(*process, the_interface, "1"), EPERM);
    ASSERT_EQ(apply(deny("net/ipv4/conf/eth0.1/forwarding")).status, 0);
    EXPECT_EQ(write(*process, the_interface, "1"), EPERM);
    ASSERT_EQ(apply(deny("net/ipv4/conf/eth0/1/forwarding")).status, 0);
    EXPECT_EQ(write(*process, the_interface, "1"), 0);
}

/// By a file that was opened there: the writer has been there, or somebody handed it over.
TEST_F(GuardAccess, OfAnotherNetworkNamespaceIsJudgedByItsRulesToo) {
    const auto other = "    scope: {net: 'net:[" + std::to_string(writers().inums()[2]) + "]'}\n";
    ASSERT_EQ(apply("  - {name: all, sysctls: [kernel.*], scope: all, action: deny}\n"
                    "  - name: theirs\n    sysctls: [net.ipv4.*]\n" +
                    other + "    action: deny\n")
                  .status,
              0);
    const auto here = writer(1), there = writer(2);
    EXPECT_EQ(write(*here, the_ttl, "65", 0, 1), 0) << "its own";
    EXPECT_EQ(write(*here, the_ttl, "65", 0, 2), EPERM) << "passed out of there";
    EXPECT_EQ(write(*there, the_ttl, "65", 0, 2), EPERM);
    EXPECT_EQ(write(*there, the_ttl, "65", 0, 1), EPERM) << "passed in";
    ASSERT_EQ(apply("  - {name: any, sysctls: [net.ipv4.*], action: deny}\n").status, 0);
    EXPECT_EQ(write(*here, the_ttl, "65", 0, 1), 0) << "it is no container by any sign";
    EXPECT_EQ(write(*here, the_ttl, "65", 0, 2), EPERM) << "not the machine's own: somebody's container";
    const auto contained = writer(1, SysctlWriter::How::own_pid_ns);
    EXPECT_EQ(write(*contained, the_ttl, "65", 0, 1), EPERM);
}

TEST_F(GuardAccess, ContainersByTheirNamespaces) {
    ASSERT_EQ(apply("  - {name: any, sysctls: [net.ipv4.*], action: deny}\n").status, 0);
    EXPECT_EQ(write(*writer(), the_ttl, "65"), 0);
    EXPECT_EQ(write(*writer(1, SysctlWriter::How::own_pid_ns), the_ttl, "65"), EPERM);
    EXPECT_EQ(write(*writer(1, SysctlWriter::How::own_user_ns), the_ttl, "65"), EPERM);
}

TEST_F(GuardAccess, WhatCannotBeLookedAtIsDecidedByOnError) {
    std::string deep = cgroup().directory();
    for (int level = 0; level < 33; level++) ASSERT_EQ(::mkdir((deep += "/d").c_str(), 0755), 0);
    const std::string rule = "  - {name: allowed, sysctls: [net.**], scope: all, action: allow}\n";
    ASSERT_EQ(apply(rule).status, 0);
    {
        const auto process = writers().start(deep, SysctlWriter::How::plain, 1);
        ASSERT_NE(process, nullptr) << writers().problem();
        EXPECT_EQ(write(*process, the_ttl, "65"), EPERM);
        EXPECT_NE(status().find("\"error\":\"1\""), std::string::npos) << status();
        ASSERT_EQ(apply("on_error: allow\nrules:\n" + rule).status, 0);
        EXPECT_EQ(write(*process, the_ttl, "65"), 0);
        EXPECT_NE(status().find("\"error\":\"1\""), std::string::npos) << status();
    }
    for (int level = 0; level < 33; level++) {
        EXPECT_TRUE(wait_until([&] { return ::rmdir(deep.c_str()) == 0; }));
        deep.resize(deep.rfind('/'));
    }
}

/// More than anybody wants to read: what is held back is counted.
TEST_F(GuardAccess, RecordsOfOneProcessAndRuleAreLimited) {
    write_policy(deny("net.ipv4.*"));
    Process guard({program(), "guard", "run", policy(), "--cgroup", cgroup().path()});
    ASSERT_TRUE(
        guard.wait_for_line([](auto line) { return line.find("\"start\"") != std::string_view::npos; }));
    const auto one = writer(), other = writer();
    for (int i = 0; i < 500; i++) EXPECT_EQ(write(*one, the_ttl, "65"), EPERM);
    EXPECT_EQ(write(*other, the_ttl, "65"), EPERM);
    const auto pid = "\"pid\":" + std::to_string(other->pid()) + ",";
    EXPECT_TRUE(guard.wait_for_line([&](auto line) { return line.find(pid) != std::string_view::npos; }))
        << "the other is heard all the same";
    guard.signal(SIGINT);
    EXPECT_EQ(guard.wait(), 3) << "something was lost";
    std::uint64_t told = 0, held_back = 0;
    for (const auto& line : lines_of(guard.output())) {
        rapidjson::Document record;
        record.Parse(line.data(), line.size());
        const auto event = json::text(record, "event");
        if (event == "sysctl.write") told++;
        if (event == "loss") {
            for (const auto& by : json::array(json::at(record, "loss"), "by").GetArray()) {
                EXPECT_EQ(json::text(by, "cause"), "rate_limit");
                held_back += std::stoull(json::text(by, "count"));
            }
        }
    }
    EXPECT_EQ(told + held_back, 501U);
    EXPECT_GE(held_back, 100U);
}

TEST_F(GuardAccess, AnOverrideThatDoesNotFitIsADenialThatSaysSo) {
    write_policy(
        "  - {name: fixed, sysctls: [net.ipv4.ip_default_ttl], scope: all, action: {override: '100'}}\n");
    Process guard({program(), "guard", "run", policy(), "--cgroup", cgroup().path()});
    ASSERT_TRUE(
        guard.wait_for_line([](auto line) { return line.find("\"start\"") != std::string_view::npos; }));
    const auto process = writer();
    const bool works = nsscope::can_override();
    EXPECT_EQ(write(*process, the_ttl, "64\n"), works ? 0 : EPERM);
    EXPECT_EQ(writers().value_of(1, the_ttl), works ? "100\n" : "64\n");
    EXPECT_EQ(write(*process, the_ttl, "64"), EPERM);
    EXPECT_TRUE(guard.wait_for_line([](auto line) {
        return line.find("\"verdict\":\"deny\",\"reason\":\"override_does_not_fit\",\"rule\":\"fixed\"") !=
               std::string_view::npos;
    })) << guard.output();
}

/// At the root everything on the machine is judged; this policy speaks of one network namespace only.
TEST_F(GuardAccess, AtTheRoot) {
    if (nsscope({"guard", "status", "--cgroup", "/"}).output != "no policy is in force\n")
        LIVE_SKIP("another policy is in force on this machine");
    write_policy("  - name: denied\n    sysctls: [net.ipv4.ip_default_ttl]\n    action: deny\n    scope: "
                 "{net: 'net:[" +
                 std::to_string(writers().inums()[1]) + "]'}\n");
    const auto applied = nsscope({"guard", "apply", policy()});
    ASSERT_EQ(applied.status, 0) << applied.errors;
    const auto process = writer();
    EXPECT_EQ(write(*process, the_ttl, "65"), EPERM) << "some cgroup below the root";
    EXPECT_EQ(write(*process, the_rmem, "4096"), 0);
    EXPECT_EQ(nsscope({"guard", "remove"}).status, 0);
    EXPECT_EQ(write(*process, the_ttl, "65"), 0);
}

} // namespace
} // namespace live
