// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/deployment.h"

#include <gtest/gtest.h>
#include <set>

namespace isolde::conductor {
namespace {

using base::Json;
using base::WallTime;
using std::chrono::microseconds;

constexpr WallTime kNow{microseconds(1'767'225'600'123'456)};

template <typename Enum, typename Parse>
void expect_distinct_names(Enum last, Parse parse) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        const auto value = static_cast<Enum>(i);
        EXPECT_EQ(parse(to_string(value)).value(), value);
        EXPECT_TRUE(names.insert(to_string(value)).second);
    }
    EXPECT_EQ(parse("no such name").error().kind, base::ErrorKind::InvalidArgument);
}

TEST(DeploymentNames, AreReadAsTheyAreWritten) {
    expect_distinct_names(Step::PowerChange, parse_step);
    expect_distinct_names(DeploymentState::Ended, parse_deployment_state);
    expect_distinct_names(PublicationState::Revoked, parse_publication_state);
    expect_distinct_names(Lane::Power, parse_lane);
}

TEST(EvidenceJson, KeepsEveryMember) {
    Evidence evidence;
    evidence.inserted = kNow;
    evidence.read = kNow + microseconds(1);
    evidence.booted = kNow + microseconds(2);
    evidence.released = kNow + microseconds(3);
    evidence.released_by = "host off";
    evidence.loader = true;
    evidence.kernel_percent = 100;
    evidence.initrd_percent = 41;
    evidence.opaque = true;
    evidence.bytes_read = 5'000'000'000;
    evidence.last_read = kNow + microseconds(4);
    const Json written = to_json(evidence);
    const Evidence read = evidence_from_json(written).value();
    EXPECT_EQ(to_json(read), written);
    EXPECT_EQ(read.booted, evidence.booted);
    EXPECT_EQ(read.bytes_read, evidence.bytes_read);
    EXPECT_EQ(written["inserted"], "2026-01-01T00:00:00.123456+00:00");
}

TEST(EvidenceJson, ReadsAnEmptyObjectAsNothingSeen) {
    const Evidence evidence = evidence_from_json(Json::object()).value();
    EXPECT_FALSE(evidence.inserted.has_value());
    EXPECT_EQ(to_json(evidence)["read"], nullptr);
}

TEST(EvidenceJson, NamesTheMemberThatIsWrong) {
    EXPECT_NE(evidence_from_json({{"loader", 7}}).error().to_string().find("loader"), std::string::npos);
    EXPECT_NE(evidence_from_json({{"kernel_percent", 101}}).error().to_string().find("kernel_percent"),
              std::string::npos);
    EXPECT_NE(evidence_from_json({{"read", "yesterday"}}).error().to_string().find("read"), std::string::npos);
    EXPECT_FALSE(evidence_from_json({{"bytes_read", -1}}).ok());
}

TEST(JournalJson, KeepsOrderAndOpenEntries) {
    const std::vector<JournalEntry> journal{{Step::Admit, kNow, kNow + microseconds(5), "done"},
                                            {Step::Insert, kNow, std::nullopt, ""}};
    const Json written = to_json(journal);
    const auto read = journal_from_json(written).value();
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].ended, journal[0].ended);
    EXPECT_EQ(read[1].step, Step::Insert);
    EXPECT_FALSE(read[1].ended.has_value());
    EXPECT_EQ(to_json(read), written);
}

TEST(JournalJson, NamesTheEntryThatIsWrong) {
    EXPECT_FALSE(journal_from_json(Json::object()).ok());
    const auto wrong = journal_from_json({{{"step", "admit"}}});
    EXPECT_NE(wrong.error().to_string().find("/0/begun"), std::string::npos);
}

}  // namespace
}  // namespace isolde::conductor
