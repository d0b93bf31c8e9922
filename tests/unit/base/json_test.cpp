// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/json.h"

#include <gtest/gtest.h>

namespace isolde::base {
namespace {

TEST(ParseJson, NamesThePlaceOfASyntaxError) {
    EXPECT_EQ(parse_json("{\"a\":}").error().message, "not JSON: syntax error at byte 6");
}

TEST(ParseJson, RefusesDuplicateKeysUnlessAllowed) {
    EXPECT_NE(parse_json(R"({"a":1,"b":{"c":1,"c":2}})").error().message.find("'c' twice"), std::string::npos);
    EXPECT_EQ(parse_json(R"({"a":1,"a":2})", {.allow_duplicate_keys = true}).value()["a"], 2);
    EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])").ok());
}

TEST(ParseJson, BoundsDepthAndSize) {
    EXPECT_EQ(parse_json(std::string(100000, '[')).error().kind, ErrorKind::Exhausted);
    EXPECT_EQ(parse_json("[1,2,3]", {.size = ByteCount(4)}).error().kind, ErrorKind::Exhausted);
    EXPECT_TRUE(parse_json(R"(["[[[[[[", "\"[[[["])", {.depth = 2}).ok());
}

TEST(JsonReader, NamesTheBadFieldByItsPointer) {
    const Json value = parse_json(R"({"a":{"b/c":5,"n":null},"list":["x",1]})").value();
    const JsonReader reader(value);
    const JsonReader a = reader.object("a").value();
    EXPECT_EQ(a.string("b/c").error().message, "/a/b~1c must be a string, not number");
    EXPECT_EQ(a.string("n").error().message, "/a/n is missing");
    EXPECT_FALSE(a.optional_string("n").value().has_value());
    EXPECT_EQ(reader.array("list").value()[1].as_string().error().message, "/list/1 must be a string, not number");
    EXPECT_EQ(reader.only({"a"}).error().message, "/list is not known here");
}

TEST(JsonReader, ReadsBooleansInEveryFormThatClientsSend) {
    const Json value = parse_json(R"({"a":true,"b":"True","c":0,"d":"no"})").value();
    const JsonReader reader(value);
    EXPECT_TRUE(reader.boolean("a").value());
    EXPECT_TRUE(reader.boolean("b").value());
    EXPECT_FALSE(reader.boolean("c").value());
    EXPECT_FALSE(reader.boolean("d").ok());
}

}  // namespace
}  // namespace isolde::base
