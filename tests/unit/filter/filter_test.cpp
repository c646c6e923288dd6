#include "filter/filter.hpp"

#include <gtest/gtest.h>
#include <map>
#include <string>

namespace nsscope {
namespace {

class Record : public FieldReader {
  public:
    explicit Record(std::multimap<Field, FieldValue> has) : values(std::move(has)) {}
    std::multimap<Field, FieldValue> values;
    void read(Field field, std::vector<FieldValue>& out) const override {
        const auto [first, last] = values.equal_range(field);
        for (auto it = first; it != last; ++it) out.push_back(it->second);
    }
};

const Record setns({{Field::event, "ns.setns"},
                    {Field::pid, std::int64_t{4711}},
                    {Field::uid, std::int64_t{0}},
                    {Field::comm, "a b\"c"},
                    {Field::cgroup, "/ctr/t1"},
                    {Field::container_id, "4fab"},
                    {Field::result, std::int64_t{-1}},
                    {Field::error, "EPERM"},
                    {Field::ns_type, "net"},
                    {Field::ns_type, "uts"}});

bool holds(std::string_view text) {
    const auto filter = Filter::parse(text);
    EXPECT_TRUE(filter) << text << ": " << (filter ? "" : filter.error().what);
    return filter && filter->matches(setns);
}

TEST(Filter, Compares) {
    for (const auto* text : {
             "event = ns.setns",
             "event == \"ns.setns\"",
             "event != ns.clone",
             "pid = 4711",
             "pid > 4710",
             "pid >= 4711",
             "pid < 4712",
             "pid <= 4711",
             "result < 0",
             "result = -1",
             "comm = \"a b\\\"c\"",
             "container.id ^= \"4f\"",
             "container.id ^= 4f",
             "container.id $= ab",
             "container.id *= fa",
             "event in (ns.clone, ns.setns)",
             "pid in (1,4711)",
             "pid in (4711)",
             "uid = 0",
             "error = EPERM",
         })
        EXPECT_TRUE(holds(text)) << text;
    for (const auto* text :
         {"event = ns.clone", "pid != 4711", "pid in (1, 2)", "container.id ^= fa", "comm = a"})
        EXPECT_FALSE(holds(text)) << text;
}

TEST(Filter, AndBindsCloserThanOrAndNotClosest) {
    EXPECT_TRUE(holds("pid = 4711 or pid = 1 and pid = 2"));
    EXPECT_FALSE(holds("(pid = 4711 or pid = 1) and pid = 2"));
    EXPECT_TRUE(holds("not pid = 1 and pid = 4711"));
    EXPECT_FALSE(holds("not (pid = 1 or pid = 4711)"));
    EXPECT_TRUE(holds("!(pid = 1)"));
    EXPECT_TRUE(holds("not not pid = 4711"));
}

TEST(Filter, WhatIsNotKnownComparesWithNothing) {
    EXPECT_FALSE(holds("container.name = x"));
    EXPECT_FALSE(holds("container.name != x"));
    EXPECT_TRUE(holds("not container.name = x"));
    EXPECT_TRUE(holds("container.name = null"));
    EXPECT_FALSE(holds("container.name != null"));
    EXPECT_TRUE(holds("container.id != null"));
    EXPECT_FALSE(holds("container.name = \"null\""));
}

TEST(Filter, OfSeveralOneIsEnough) {
    EXPECT_TRUE(holds("ns.type = uts"));
    EXPECT_FALSE(holds("ns.type != uts"));
    EXPECT_TRUE(holds("ns.type != pid"));
}

TEST(Filter, ACgroupIsUnderItselfAndWhatIsAbove) {
    EXPECT_TRUE(holds("cgroup under /ctr"));
    EXPECT_TRUE(holds("cgroup under /ctr/"));
    EXPECT_TRUE(holds("cgroup under /ctr/t1"));
    EXPECT_TRUE(holds("cgroup under /"));
    EXPECT_FALSE(holds("cgroup under /ct"));
    EXPECT_FALSE(holds("cgroup under /ctr/t1/x"));
}

struct Refused {
    std::string_view text;
    std::size_t column;
    std::string_view what;
};

TEST(Filter, SaysWhereItCannotBeRead) {
    for (const auto& [text, column, what] : std::initializer_list<Refused>{
             {"", 1, "expected a field, 'not' or '(', found the end"},
             {"evnt = ns.setns", 1, "no field is called 'evnt'"},
             {"pid", 4, "expected an operator (= != < <= > >= ^= $= *= in under), found the end"},
             {"pid = x", 7, "expected a number, found 'x'"},
             {"pid = \"1\"", 7, "expected a number, found '1'"},
             {"pid = 99999999999999999999", 7, "expected a number"},
             {"pid ^= 4", 5, "'^=' does not go with pid, which is a number"},
             {"comm < a", 6, "'<' does not go with comm, which is a text"},
             {"pid in 1", 8, "expected '(', found '1'"},
             {"pid in (1 2)", 11, "expected ',' or ')', found '2'"},
             {"pid in ()", 9, "expected a value, found ')'"},
             {"(pid = 1", 9, "expected ')', found the end"},
             {"pid = 1 pid = 2", 9, "expected 'and', 'or' or the end, found 'pid'"},
             {"pid = 1 and", 12, "expected a field, 'not' or '(', found the end"},
             {"comm = \"a", 8, "this text has no end"},
             {"comm = \"a\\n\"", 10, "a backslash stands before"},
             {"comm = \x1b[31m", 8, "this means nothing here"},
             {"pid < null", 7, "null goes with = and != only"},
             {"\"pid\" = 1", 1, "expected a field"},
             {"comm = \"\xc3\xa4\xc3\xa4\" x", 13, "expected 'and', 'or' or the end"},
         }) {
        const auto filter = Filter::parse(text);
        ASSERT_FALSE(filter) << text;
        const auto& error = filter.error();
        EXPECT_TRUE(
            error.what.starts_with("filter, column " + std::to_string(column) + ": " + std::string(what)))
            << text << ": " << error.what;
        EXPECT_EQ(error.hint.size() - error.hint.find('\n') - 1, column) << error.hint;
        EXPECT_EQ(error.hint.find('\x1b'), std::string::npos);
    }
}

TEST(Filter, DepthHasALimit) {
    const std::string open(100, '('), close(100, ')');
    EXPECT_TRUE(Filter::parse(open + "pid=1" + close));
    const auto deeper = Filter::parse(open + "((((" + "pid=1" + close + "))))");
    ASSERT_FALSE(deeper);
    EXPECT_NE(deeper.error().what.find("too deep"), std::string::npos);
    std::string nots;
    for (int i = 0; i < 100'000; ++i) nots += '!';
    EXPECT_FALSE(Filter::parse(nots + "pid=1"));
}

TEST(Filter, LengthHasALimit) {
    std::string text = "pid = 1";
    for (int i = 0; i < 1000; ++i) text += " or pid = 4711";
    EXPECT_TRUE(holds(text));
    for (int i = 0; i < 20'000; ++i) text += " or pid = 4711";
    const auto filter = Filter::parse(text);
    ASSERT_FALSE(filter);
    EXPECT_NE(filter.error().what.find("too long"), std::string::npos);
}

TEST(Filter, FieldsAreInTheOrderOfTheirNumbers) {
    for (std::size_t i = 0; i < fields.size(); ++i) EXPECT_EQ(static_cast<std::size_t>(fields[i].field), i);
}

} // namespace
} // namespace nsscope
