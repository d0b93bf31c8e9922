// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/faults.h"
#include "base/testing/seeded_random.h"
#include "redfish/emulator/request_log.h"

#include <gtest/gtest.h>

namespace isolde::emulator {
namespace {

FaultTable table_of(base::Random& random, const std::string& text) {
    FaultTable table(random);
    auto rules = parse_faults(base::Json::parse(text));
    EXPECT_TRUE(rules.ok()) << (rules.ok() ? "" : rules.error().to_string());
    table.add(std::move(*rules));
    return table;
}

class FaultsTest : public ::testing::Test {
  protected:
    base::testing::SeededRandom random_{7};
};

TEST_F(FaultsTest, AppliesFromTheNthMatchForACount) {
    FaultTable table =
        table_of(random_, R"([{"method":"POST","path":"*.InsertMedia","nth":2,"count":2,"action":"status"}])");
    const std::string path = "/redfish/v1/Systems/1/VirtualMedia/CD1/Actions/VirtualMedia.InsertMedia";
    std::string seen;
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(table.decide("GET", path, "").terminal);
        seen += table.decide("POST", path, "").terminal ? '!' : '.';
    }
    EXPECT_EQ(seen, ".!!..");
    EXPECT_EQ(table.describe()[0]["matched"], 5);
    EXPECT_EQ(table.describe()[0]["applied"], 2);
}

TEST_F(FaultsTest, ComposesDelaysAndOverridesWithTheFirstThatEnds) {
    FaultTable table = table_of(random_, R"({"faults":[
        {"id":"slow","action":"delay","delay":"2s"},
        {"id":"lie","action":"override","fields":{"Inserted":false}},
        {"id":"first","action":"reset","delay":"1s"},
        {"id":"second","action":"close"}]})");
    const FaultDecision decision = table.decide("GET", "/x", "");
    EXPECT_EQ(decision.delay, std::chrono::seconds(3));
    ASSERT_EQ(decision.overrides.size(), 1U);
    ASSERT_TRUE(decision.terminal);
    EXPECT_EQ(decision.terminal->id, "first");
    EXPECT_EQ(decision.ids, "slow lie first");
}

TEST_F(FaultsTest, LooksIntoTheBody) {
    FaultTable table = table_of(random_, R"({"action":"ignore","body_contains":"ForceOff"})");
    EXPECT_FALSE(table.decide("POST", "/x", R"({"ResetType":"On"})").terminal);
    ASSERT_TRUE(table.decide("POST", "/x", R"({"ResetType":"ForceOff"})").terminal);
    EXPECT_EQ(table.decide("POST", "/x", "ForceOff").terminal->status, 204);
}

TEST_F(FaultsTest, MeetsTheBootOfAHostOnlyWhenAsked) {
    FaultTable any = table_of(random_, R"({"action":"ignore"})");
    EXPECT_FALSE(any.decide("HOST", "/redfish/v1/Systems/1", "").terminal);
    FaultTable host = table_of(random_, R"({"method":"HOST","action":"ignore"})");
    EXPECT_TRUE(host.decide("HOST", "/redfish/v1/Systems/1", "").terminal);
    EXPECT_FALSE(host.decide("GET", "/redfish/v1/Systems/1", "").terminal);
}

TEST_F(FaultsTest, HasAProbability) {
    FaultTable table = table_of(random_, R"({"action":"reset","probability":0.2})");
    int hits = 0;
    for (int i = 0; i < 1000; ++i) {
        hits += table.decide("GET", "/x", "").terminal ? 1 : 0;
    }
    EXPECT_GT(hits, 150);
    EXPECT_LT(hits, 250);
}

TEST_F(FaultsTest, ReplacesAndRemovesById) {
    FaultTable table = table_of(random_, R"({"id":"a","action":"reset"})");
    table.add(*parse_faults(base::Json::parse(R"({"id":"a","action":"close"})")));
    EXPECT_EQ(table.decide("GET", "/x", "").terminal->action, FaultAction::Close);
    EXPECT_TRUE(table.remove("a"));
    EXPECT_FALSE(table.remove("a"));
    EXPECT_FALSE(table.decide("GET", "/x", "").terminal);
}

TEST(FaultFile, NamesWhatIsWrong) {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {R"([{"method":"GET"}])", "/0/action is missing"},
        {R"([{"action":"explode"}])", "\"explode\" is no action"},
        {R"([{"action":"reset","path":3}])", "/0/path must be a string"},
        {R"([{"action":"reset","colour":"red"}])", "colour"},
        {R"([{"action":"reset"},{"action":"status","status":42}])", "/1/status"},
        {R"([{"action":"reset","probability":2}])", "/0/probability"},
        {R"([{"action":"delay","delay":"soon"}])", "/0/delay"},
        {R"([{"action":"override"}])", "\"fields\""},
        {R"([{"action":"body"}])", "\"body\" needs"},
        {R"("text")", "a rule, a list of rules"},
    };
    for (const auto& [text, expected] : rows) {
        const auto parsed = parse_faults(base::Json::parse(text));
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_NE(parsed.error().to_string().find(expected), std::string::npos) << parsed.error().to_string();
    }
}

TEST(Glob, Matches) {
    EXPECT_TRUE(matches_glob("*", ""));
    EXPECT_TRUE(matches_glob("/a/*/c", "/a/b/x/c"));
    EXPECT_TRUE(matches_glob("*Reset*", "/x/ComputerSystem.Reset"));
    EXPECT_TRUE(matches_glob("/a?", "/ab"));
    EXPECT_FALSE(matches_glob("/a", "/ab"));
    EXPECT_FALSE(matches_glob("*.iso", "/x.iso.part"));
}

TEST(RequestLog, NumbersMasksAndPages) {
    RequestLog log;
    EXPECT_EQ(log.begin({0, {}, "127.0.0.1", "POST", "/s", loggable(R"({"UserName":"a","Password":"secret"})"), 0, ""}),
              1U);
    EXPECT_EQ(log.begin({0, {}, "127.0.0.1", "GET", "/t", "", 0, "slow"}), 2U);
    log.answered(1, 201);
    const base::Json all = log.since(0);
    EXPECT_EQ(all.dump().find("secret"), std::string::npos);
    EXPECT_EQ(all["requests"][0]["status"], 201);
    EXPECT_EQ(all["requests"][1]["status"], 0);
    EXPECT_EQ(all["requests"][1]["fault"], "slow");
    EXPECT_EQ(log.since(1)["requests"].size(), 1U);
    EXPECT_EQ(log.since(1)["last"], 2);
}

}  // namespace
}  // namespace isolde::emulator
