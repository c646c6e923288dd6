#include "cli/list_options.hpp"

#include <gtest/gtest.h>

namespace nsscope {
namespace {

/// What `nsscope list WORDS` is understood as. A word that CLI11 itself refuses throws CLI::ParseError.
Result<ListRequest> parse(std::vector<std::string> words) {
    CLI::App app;
    ListOptions options;
    add_list_options(app, options);
    std::vector<std::string> backwards(words.rbegin(), words.rend()); // as CLI11 wants them
    app.parse(std::move(backwards));
    return understand(options);
}

std::string refusal(std::vector<std::string> words) {
    const auto request = parse(std::move(words));
    return request ? "understood" : request.error().what + "; " + request.error().hint;
}

TEST(ListOptions, Defaults) {
    const auto request = parse({});
    ASSERT_TRUE(request);
    EXPECT_TRUE(request->types.empty());
    EXPECT_FALSE(request->task);
    EXPECT_FALSE(request->name);
    EXPECT_FALSE(request->tree);
    EXPECT_EQ(request->columns, default_columns(false));
    EXPECT_EQ(request->source, Source::auto_);
    EXPECT_TRUE(request->headings && request->truncate && request->wrap);
    EXPECT_FALSE(request->raw || request->json || request->persistent || request->list_columns);
}

TEST(ListOptions, TypesLeaveTheNameAlone) {
    const auto request = parse({"-t", "net", "--type", "pid", "--type=uts", "-tmnt", "pid:[4026531836]"});
    ASSERT_TRUE(request);
    EXPECT_EQ(request->types, (std::vector{NsType::net, NsType::pid, NsType::uts, NsType::mnt}));
    EXPECT_EQ(request->columns, default_columns(true));
    EXPECT_EQ(request->name, (NamespaceArg{.type = NsType::pid, .inum = 4026531836}));
}

TEST(ListOptions, Columns) {
    EXPECT_EQ(parse({"-o", "NS,PATH"})->columns, (std::vector{ColumnId::ns, ColumnId::path}));
    EXPECT_EQ(parse({"-o", "+PATH"})->columns.size(), default_columns(false).size() + 1);
    EXPECT_EQ(parse({"-t", "net", "-o+PATH"})->columns.size(), default_columns(true).size() + 1);
    EXPECT_EQ(parse({"--output-all"})->columns, all_columns());
}

TEST(ListOptions, FlagsTogether) {
    const auto request = parse({"-nruWP", "-H"});
    ASSERT_TRUE(request);
    EXPECT_FALSE(request->headings || request->truncate || request->wrap);
    EXPECT_TRUE(request->raw && request->persistent && request->list_columns);
    EXPECT_TRUE(parse({"-n", "-n", "-l"}));
    EXPECT_TRUE(parse({"-J", "-n", "-u", "-W"})->json);
}

TEST(ListOptions, Tree) {
    EXPECT_EQ(parse({"-T"})->tree, Relation::owner);
    EXPECT_EQ(parse({"-T", "process"})->tree, Relation::process);
    EXPECT_EQ(parse({"-Tparent"})->tree, Relation::parent);
    EXPECT_EQ(parse({"--tree=owner"})->tree, Relation::owner);
    EXPECT_EQ(parse({"--tree", "-n"})->tree, Relation::owner);
    const auto request = parse({"-T", "4026531836"});
    ASSERT_TRUE(request);
    EXPECT_EQ(request->tree, Relation::owner);
    EXPECT_EQ(request->name, (NamespaceArg{.inum = 4026531836}));
    EXPECT_EQ(parse({"-T", "parent", "4026531836"})->tree, Relation::parent);
    EXPECT_EQ(refusal({"-T", "child"}), "--tree: 'child' is no relation; accepted are process owner parent");
}

TEST(ListOptions, BadValuesSayWhatIsAccepted) {
    EXPECT_EQ(refusal({"-t", "foo"}),
              "--type: 'foo' is no kind of namespace; accepted are cgroup ipc mnt net pid time user uts");
    EXPECT_EQ(refusal({"--source", "ebpf"}), "--source: 'ebpf' is no source; accepted are auto bpf proc");
    for (const auto* pid : {"0", "abc", "1x", "+1", "99999999999", "self"})
        EXPECT_EQ(refusal({"-p", pid}),
                  std::string("--task: '") + pid + "' is no process id; accepted are numbers from 1");
    EXPECT_NE(refusal({"-o", "NS,FOO"}).find("'FOO' is no column; accepted are NS TYPE"), std::string::npos);
    EXPECT_NE(refusal({"foo:[1]"}).find("'foo:[1]' is no namespace; accepted are TYPE:[INUM]"),
              std::string::npos);
    EXPECT_NE(refusal({""}).find("'' is no namespace"), std::string::npos);
}

TEST(ListOptions, WhatDoesNotGoTogether) {
    for (const auto& words : {std::vector<std::string>{"-J", "-o", "NS"},
                              {"-J", "--output-all"},
                              {"-J", "-r"},
                              {"-J", "-T"},
                              {"-J", "-l"},
                              {"-l", "-T"},
                              {"-p", "1", "4026531836"},
                              {"-p", "1", "-P"}})
        EXPECT_NE(refusal(words).find("cannot be combined"), std::string::npos) << words[0] << words[1];
}

TEST(ListOptions, WhatCli11Refuses) {
    for (const auto& words : {std::vector<std::string>{"-Q", "x"},
                              {"--foo"},
                              {"-p"},
                              {"-o"},
                              {"1", "2"},
                              {"-t"},
                              {"-p", "1", "-p", "2"},
                              {"--noheadings=maybe"}})
        EXPECT_THROW(static_cast<void>(parse(words)), CLI::ParseError) << words[0];
}

TEST(ListOptions, HelpNamesEveryColumn) {
    CLI::App app;
    ListOptions options;
    add_list_options(app, options);
    EXPECT_NE(app.help().find(describe_columns()), std::string::npos);
}

} // namespace
} // namespace nsscope
