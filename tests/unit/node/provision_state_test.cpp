// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/provision_state.h"

#include <gtest/gtest.h>
#include <map>
#include <set>

namespace isolde::conductor {
namespace {

using S = ProvisionState;
using base::ErrorKind;

struct StateRow {
    S state;
    const char* text;
    const char* target;  ///< "": none
    bool stable;
    bool transient;
    bool update;
    bool remove;
};

const std::vector<StateRow> kStates{
    {S::Enroll, "enroll", "", true, false, true, true},
    {S::Verifying, "verifying", "manageable", false, true, true, false},
    {S::Manageable, "manageable", "", true, false, true, true},
    {S::Cleaning, "cleaning", "available", false, true, false, false},
    {S::Available, "available", "", true, false, true, true},
    {S::Deploying, "deploying", "active", false, true, false, false},
    {S::WaitCallBack, "wait call-back", "active", false, true, false, false},
    {S::Active, "active", "", true, false, true, false},
    {S::DeployFailed, "deploy failed", "active", false, false, true, false},
    {S::Deleting, "deleting", "available", false, true, false, false},
    {S::Error, "error", "", true, false, true, false},
    {S::CleanFailed, "clean failed", "available", false, false, true, false},
    {S::Adopting, "adopting", "active", false, true, false, false},
    {S::AdoptFailed, "adopt failed", "active", false, false, true, true},
    {S::Inspecting, "inspecting", "manageable", false, true, false, false},
    {S::InspectFailed, "inspect failed", "manageable", false, false, true, false},
};

TEST(ProvisionState, HasIronicsNamesTargetsAndAllowances) {
    for (const auto& row : kStates) {
        SCOPED_TRACE(row.text);
        EXPECT_EQ(to_string(row.state), row.text);
        EXPECT_EQ(parse_provision_state(row.text).value(), row.state);
        const auto target = target_of(row.state);
        EXPECT_EQ(target ? to_string(*target) : "", row.target);
        EXPECT_EQ(is_stable(row.state), row.stable);
        EXPECT_EQ(is_transient(row.state), row.transient);
        EXPECT_EQ(allows_update(row.state), row.update);
        EXPECT_EQ(allows_delete(row.state), row.remove);
    }
}

TEST(ProvisionState, HasNoTargetExactlyWhereItIsStable) {
    for (const auto& row : kStates) EXPECT_EQ(is_stable(row.state), !target_of(row.state).has_value()) << row.text;
}

TEST(ProvisionState, RefusesWordsThatAreNoState) {
    for (const char* word : {"", "Active", "deploy-failed", "clean wait"}) {
        EXPECT_EQ(parse_provision_state(word).error().kind, ErrorKind::InvalidArgument) << word;
    }
}

struct VerbCase {
    const char* spelling;
    std::optional<Verb> verb;
    int minor;
};

TEST(Verb, KnowsEverySpellingWithItsFirstVersion) {
    const std::vector<VerbCase> cases{
        {"active", Verb::Active, 1},    {"deploy", Verb::Active, 73},    {"rebuild", Verb::Rebuild, 1},
        {"deleted", Verb::Deleted, 1},  {"undeploy", Verb::Deleted, 73}, {"manage", Verb::Manage, 4},
        {"provide", Verb::Provide, 4},  {"inspect", Verb::Inspect, 6},   {"abort", Verb::Abort, 13},
        {"clean", Verb::Clean, 15},     {"adopt", Verb::Adopt, 17},      {"rescue", std::nullopt, 38},
        {"unrescue", std::nullopt, 38}, {"unhold", std::nullopt, 85},    {"service", std::nullopt, 87},
    };
    for (const auto& row : cases) {
        SCOPED_TRACE(row.spelling);
        EXPECT_EQ(minimum_minor_version(row.spelling), row.minor);
        const auto parsed = parse_verb(row.spelling);
        ASSERT_EQ(parsed.ok(), row.verb.has_value());
        if (row.verb) {
            EXPECT_EQ(*parsed, *row.verb);
        } else {
            EXPECT_EQ(parsed.error().kind, ErrorKind::Unsupported);
            EXPECT_NE(parsed.error().message.find(row.spelling), std::string::npos);
        }
    }
}

TEST(Verb, IsNamedByItsOldestSpelling) {
    EXPECT_EQ(to_string(Verb::Active), "active");
    EXPECT_EQ(to_string(Verb::Deleted), "deleted");
    EXPECT_EQ(parse_verb("nonsense").error().kind, ErrorKind::InvalidArgument);
}

TEST(Verb, AbortOfAWaitingDeploymentIsYoungerThanTheWord) {
    EXPECT_EQ(minimum_minor_version(S::WaitCallBack, Verb::Abort), 110);
    EXPECT_EQ(minimum_minor_version(S::WaitCallBack, Verb::Deleted), 1);
}

using Expected = std::pair<S, std::optional<OperationKind>>;

const std::map<std::pair<S, Verb>, Expected> kAllowed{
    {{S::Enroll, Verb::Manage}, {S::Verifying, OperationKind::Verify}},
    {{S::Manageable, Verb::Provide}, {S::Cleaning, OperationKind::Clean}},
    {{S::Manageable, Verb::Inspect}, {S::Inspecting, OperationKind::Inspect}},
    {{S::Manageable, Verb::Adopt}, {S::Adopting, OperationKind::Adopt}},
    {{S::Available, Verb::Manage}, {S::Manageable, std::nullopt}},
    {{S::Available, Verb::Active}, {S::Deploying, OperationKind::Deploy}},
    {{S::Active, Verb::Rebuild}, {S::Deploying, OperationKind::Deploy}},
    {{S::Active, Verb::Deleted}, {S::Deleting, OperationKind::Undeploy}},
    {{S::DeployFailed, Verb::Active}, {S::Deploying, OperationKind::Deploy}},
    {{S::DeployFailed, Verb::Rebuild}, {S::Deploying, OperationKind::Deploy}},
    {{S::DeployFailed, Verb::Deleted}, {S::Deleting, OperationKind::Undeploy}},
    {{S::WaitCallBack, Verb::Deleted}, {S::Deleting, OperationKind::Undeploy}},
    {{S::WaitCallBack, Verb::Abort}, {S::Deploying, OperationKind::FailDeploy}},
    {{S::Error, Verb::Rebuild}, {S::Deploying, OperationKind::Deploy}},
    {{S::Error, Verb::Deleted}, {S::Deleting, OperationKind::Undeploy}},
    {{S::CleanFailed, Verb::Manage}, {S::Manageable, std::nullopt}},
    {{S::InspectFailed, Verb::Manage}, {S::Manageable, std::nullopt}},
    {{S::InspectFailed, Verb::Inspect}, {S::Inspecting, OperationKind::Inspect}},
    {{S::AdoptFailed, Verb::Adopt}, {S::Adopting, OperationKind::Adopt}},
    {{S::AdoptFailed, Verb::Manage}, {S::Manageable, std::nullopt}},
};

TEST(Transition, AllowsExactlyTheTableAmongAllPairs) {
    for (const auto& state : kStates) {
        for (int v = 0; v <= static_cast<int>(Verb::Clean); ++v) {
            const auto verb = static_cast<Verb>(v);
            SCOPED_TRACE(std::string(state.text) + " + " + std::string(to_string(verb)));
            const auto result = transition(state.state, verb, "n1");
            const auto expected = kAllowed.find({state.state, verb});
            ASSERT_EQ(result.ok(), expected != kAllowed.end());
            if (!result.ok()) continue;
            EXPECT_EQ(result->next, expected->second.first);
            EXPECT_EQ(result->operation, expected->second.second);
        }
    }
}

TEST(Transition, ShowsAStateWhoseTargetIsWhereTheVerbLeads) {
    for (const auto& [from, to] : kAllowed) {
        EXPECT_EQ(to.second.has_value(), is_transient(to.first)) << to_string(from.first);
    }
}

TEST(Transition, RefusesWithIronicsText) {
    const auto refused = transition(S::Enroll, Verb::Provide, "node-1");
    EXPECT_EQ(refused.error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(refused.error().message,
              "The requested action \"provide\" can not be performed on node \"node-1\" while it is in state "
              "\"enroll\".");
}

TEST(Transition, RefusesManualCleaningByName) {
    const auto refused = transition(S::Manageable, Verb::Clean, "n1");
    EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
    EXPECT_NE(refused.error().message.find("clean steps"), std::string::npos);
}

TEST(OperationKind, ReadsWhatItWrites) {
    std::set<std::string_view> names;
    for (int k = 0; k <= static_cast<int>(OperationKind::Power); ++k) {
        const auto kind = static_cast<OperationKind>(k);
        EXPECT_EQ(parse_operation_kind(to_string(kind)).value(), kind);
        EXPECT_TRUE(names.insert(to_string(kind)).second);
    }
    EXPECT_FALSE(parse_operation_kind("sleep").ok());
}

}  // namespace
}  // namespace isolde::conductor
