#include "scan/runtime_parse.hpp"

#include <gtest/gtest.h>

#include "scan/state_file.hpp"

namespace nsscope {
namespace {

TEST(RuntimeParse, FieldsOfTheWrongTypeAreNotThere) {
    const auto runc = parse_runc_state(
        R"({"id":"a","init_process_pid":"7","init_process_start":-1,"cgroup_paths":[1],"config":{"labels":[1,"x"]}})");
    ASSERT_TRUE(runc);
    EXPECT_EQ(runc->record.init_pid, 0);
    EXPECT_EQ(runc->record.init_start_ticks, 0U);
    EXPECT_TRUE(runc->record.cgroups.empty());
    const auto crun = parse_crun_status(R"({"pid":4294967297,"cgroup-path":7,"process-start-time":1.5})");
    ASSERT_TRUE(crun);
    EXPECT_EQ(crun->record.init_pid, 0);
    EXPECT_EQ(crun->record.init_start_ticks, 0U);
}

TEST(RuntimeParse, WhatMakesARecord) {
    EXPECT_EQ(parse_runc_state(R"({"init_process_pid":7})").error(), "has no id");
    EXPECT_EQ(parse_runc_state(R"({"id":"a"})").error(), "has no init_process_pid");
    EXPECT_EQ(parse_crun_status("{}").error(), "has no pid");
    EXPECT_EQ(parse_crun_status("").error(), "not JSON at byte 0: The document is empty.");
}

TEST(RuntimeParse, HostileTextStaysAsItIs) {
    const auto found =
        parse_runc_state("{\"id\":\"\\u001b[2J\xff\",\"init_process_pid\":1,\"config\":{\"labels\":"
                         "[\"io.kubernetes.cri.container-name=a\\u0000=b\\n\"]}}");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->record.container.id, "\x1b[2J\xff");
    EXPECT_EQ(found->record.container.name, std::string("a\0=b\n", 5));
}

TEST(RuntimeParse, Nerdctl) {
    ContainerRecord record;
    ASSERT_TRUE(read_oci_config(
        R"({"annotations":{"nerdctl/name":"web"},"linux":{"cgroupsPath":":nerdctl:f00"}})", record));
    EXPECT_EQ(record.container.name, "web");
    EXPECT_EQ(record.container.runtime, "containerd");
    EXPECT_EQ(record.unit, "nerdctl-f00.scope");
}

TEST(RuntimeParse, CgroupsPathOfTheCgroupfsDriver) {
    ContainerRecord record;
    ASSERT_TRUE(read_oci_config(R"({"linux":{"cgroupsPath":"/kubepods/podx/y"}})", record));
    EXPECT_EQ(record.cgroups, std::vector<std::string>{"/kubepods/podx/y"});
    ASSERT_TRUE(read_oci_config(R"({"linux":{"cgroupsPath":"/other"}})", record));
    EXPECT_EQ(record.cgroups.size(), 1U) << "what the runtime found itself is better";
    ContainerRecord odd;
    ASSERT_TRUE(read_oci_config(R"({"linux":{"cgroupsPath":"a:b"}})", odd));
    EXPECT_EQ(odd.unit, "");
}

TEST(RuntimeParse, DockerBehindAKubelet) {
    Container container{"x", "docker", "", std::nullopt};
    ASSERT_TRUE(read_docker_config(
        R"({"Name":"/k8s_db_db-0","Config":{"Labels":{"io.kubernetes.pod.uid":"u","io.kubernetes.pod.name":"db-0",)"
        R"("io.kubernetes.pod.namespace":"prod","io.kubernetes.container.name":"db"}}})",
        container));
    EXPECT_EQ(container, (Container{"x", "docker", "db", Pod{"u", "db-0", "prod", ""}}));
}

TEST(RuntimeParse, Machines) {
    const auto plain =
        parse_machine("NAME=a\nSCOPE=machine-a.scope\nSERVICE=systemd-nspawn\nLEADER=12\nCLASS=container\n");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->unit, "machine-a.scope");
    EXPECT_EQ(plain->init_pid, 12);
    for (const std::string leader : {"", "-1", "1x", "99999999999999999999", "2147483648"})
        EXPECT_EQ(parse_machine("NAME=a\nLEADER=" + leader)->init_pid, 0) << leader;
    EXPECT_EQ(parse_machine("NAME=\"a\\\"b\\\\\"\n")->container.id, "a\"b\\");
    EXPECT_EQ(parse_machine("NAME=a\nLEADER=7\nCLASS=vm\n")->init_pid, 0);
    EXPECT_FALSE(parse_machine(""));
    EXPECT_FALSE(parse_machine("NAME"));
}

TEST(RuntimeParse, Depth) {
    EXPECT_FALSE(nested_deeper_than("[[]]", 2));
    EXPECT_TRUE(nested_deeper_than("[[]]", 1));
    EXPECT_TRUE(nested_deeper_than(R"({"a":[{}]})", 2));
    EXPECT_FALSE(nested_deeper_than(R"("[[[[\"[[[[")", 1));
    EXPECT_FALSE(nested_deeper_than("]]]][", 1));
    EXPECT_FALSE(nested_deeper_than("[][][]", 1));
}

} // namespace
} // namespace nsscope
