// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pure decisions: ETag ladder, retries, tasks, login, links.
#include "redfish/etag.h"
#include "redfish/retry.h"
#include "redfish/session.h"
#include "redfish/task.h"

#include <gtest/gtest.h>

namespace isolde::redfish {
namespace {

using namespace std::chrono_literals;

ErrorBody saying(const std::string& id) {
    return ErrorBody{{Message{id, "", "", "", {}, {}}}, ""};
}

struct EtagRow {
    std::string name;
    std::string etag;
    std::vector<std::string> headers;  ///< in the order tried; "-" for none
};

class EtagLadder : public testing::TestWithParam<EtagRow> {};

TEST_P(EtagLadder, TriesEachDifferentFormOnce) {
    std::vector<std::string> tried;
    for (std::optional form = EtagForm::Exact; form; form = next_form(GetParam().etag, *form)) {
        tried.push_back(if_match(GetParam().etag, *form).value_or("-"));
    }
    EXPECT_EQ(tried, GetParam().headers);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, EtagLadder,
    testing::Values(EtagRow{"Weak", R"(W/"0D292F2F")", {R"(W/"0D292F2F")", R"("0D292F2F")", "0D292F2F", "*", "-"}},
                    EtagRow{"WeakWithDash", R"(W/"a-b:c")", {R"(W/"a-b:c")", R"("a-b:c")", "a-b:c", "*", "-"}},
                    EtagRow{"Strong", R"("abc")", {R"("abc")", "abc", "*", "-"}},
                    EtagRow{"Unquoted", "1778128217", {"1778128217", "*", "-"}},
                    EtagRow{"Compressed", R"("abc-gzip")", {R"("abc")", "abc", "*", "-"}},
                    EtagRow{"Empty", "", {"-", "*", "-"}}),
    [](const auto& row) { return row.param.name; });

TEST(EtagRefusal, IsToldByStatusOrMessage) {
    EXPECT_TRUE(is_precondition_refusal(412, {}));
    EXPECT_TRUE(is_precondition_refusal(428, {}));
    EXPECT_TRUE(is_precondition_refusal(400, saying("Base.1.12.PreconditionRequired")));
    EXPECT_FALSE(is_precondition_refusal(400, saying("Base.1.12.PropertyUnknown")));
}

struct RetryRow {
    std::string name;
    Attempt attempt;
    bool again;
};

class RetryDecision : public testing::TestWithParam<RetryRow> {};

TEST_P(RetryDecision, RepeatsOnlyWhatIsSafe) {
    EXPECT_EQ(retry_pause(GetParam().attempt).has_value(), GetParam().again);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RetryDecision,
    testing::Values(
        RetryRow{"ReadNotSent", {"GET", Delivery::NotSent, 0, {}, {}, 1}, true},
        RetryRow{"ReadNotSentThreeTimes", {"GET", Delivery::NotSent, 0, {}, {}, 3}, false},
        RetryRow{"ReadReset", {"GET", Delivery::Ambiguous, 0, {}, {}, 1}, true},
        RetryRow{"Read500", {"GET", Delivery::Answered, 500, {}, {}, 1}, true},
        RetryRow{"Read500FourTimes", {"GET", Delivery::Answered, 500, {}, {}, 4}, false},
        RetryRow{"Read429", {"GET", Delivery::Answered, 429, {}, {}, 1}, true},
        RetryRow{"Read501", {"GET", Delivery::Answered, 501, {}, {}, 1}, false},
        RetryRow{"Read404", {"GET", Delivery::Answered, 404, {}, {}, 1}, false},
        RetryRow{"Read200", {"GET", Delivery::Answered, 200, {}, {}, 1}, false},
        RetryRow{"WriteNotSent", {"POST", Delivery::NotSent, 0, {}, {}, 1}, true},
        RetryRow{"WriteReset", {"POST", Delivery::Ambiguous, 0, {}, {}, 1}, false},
        RetryRow{"Write500", {"POST", Delivery::Answered, 500, {}, {}, 1}, false},
        RetryRow{"Write503", {"PATCH", Delivery::Answered, 503, {}, {}, 1}, true},
        RetryRow{"WriteIdracNotReady", {"POST", Delivery::Answered, 500, saying("IDRAC.2.8.SYS518"), {}, 1}, true},
        RetryRow{"WriteBusy", {"POST", Delivery::Answered, 400, saying("Base.1.2.ResourceInUse"), {}, 1}, true},
        RetryRow{"WriteSessionsUsedUp", {"POST", Delivery::Answered, 503, saying("IDRAC.2.8.RAC0218"), {}, 1}, false}),
    [](const auto& row) { return row.param.name; });

TEST(RetryPause, GrowsAndFollowsRetryAfter) {
    Attempt attempt{"GET", Delivery::Answered, 503, {}, {}, 1};
    EXPECT_EQ(retry_pause(attempt), 1s);
    attempt.number = 3;
    EXPECT_EQ(retry_pause(attempt), 4s);
    attempt.retry_after = 17s;
    EXPECT_EQ(retry_pause(attempt), 17s);
}

TEST(RetryAfter, ReadsSecondsAndDatesWithinBounds) {
    const base::WallTime now = *base::parse_iso8601("2026-11-21T01:52:40+00:00");
    EXPECT_EQ(parse_retry_after("5", now), 5s);
    EXPECT_EQ(parse_retry_after("0", now), 1s);
    EXPECT_EQ(parse_retry_after("99999", now), 30s);
    EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 01:52:50 GMT", now), 10s);
    EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2020 01:52:50 GMT", now), 1s);
    EXPECT_EQ(parse_retry_after("soon", now), std::nullopt);
    EXPECT_EQ(parse_retry_after("", now), std::nullopt);
}

struct TaskRow {
    std::string name;
    int status;
    std::string body;
    bool seen_before;
    base::Duration elapsed;
    TaskVerdict verdict;
};

class TaskJudgement : public testing::TestWithParam<TaskRow> {};

TEST_P(TaskJudgement, FollowsStatusAndState) {
    const Json body = Json::parse(GetParam().body);
    EXPECT_EQ(judge_task({GetParam().status, body, GetParam().seen_before, GetParam().elapsed}), GetParam().verdict);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TaskJudgement,
    testing::Values(
        TaskRow{"StillAccepted", 202, "null", false, 1s, TaskVerdict::Running},
        TaskRow{"NoContent", 204, "null", true, 1s, TaskVerdict::Done},
        TaskRow{"FinalAnswer", 200, R"({"Id":"Cd"})", true, 1s, TaskVerdict::Done},
        TaskRow{"RunningUnder200", 200, R"({"TaskState":"Running"})", true, 1s, TaskVerdict::Running},
        TaskRow{"UnknownState", 200, R"({"TaskState":"Pondering"})", true, 1s, TaskVerdict::Running},
        TaskRow{"Completed", 200, R"({"TaskState":"Completed","TaskStatus":"OK"})", true, 1s, TaskVerdict::Done},
        TaskRow{"CompletedUnder202", 202, R"({"TaskState":"Completed"})", true, 1s, TaskVerdict::Done},
        TaskRow{"CompletedCritical", 200, R"({"TaskState":"Completed","TaskStatus":"Critical"})", true, 1s,
                TaskVerdict::Failed},
        TaskRow{"Exception", 200, R"({"TaskState":"Exception","TaskStatus":"Warning"})", true, 1s, TaskVerdict::Failed},
        TaskRow{"Killed", 200, R"({"TaskState":"Killed"})", true, 1s, TaskVerdict::Failed},
        TaskRow{"NotThereYet", 404, "null", false, 3s, TaskVerdict::Running},
        TaskRow{"NeverThere", 404, "null", false, 20s, TaskVerdict::Gone},
        TaskRow{"ClearedAway", 404, "null", true, 3s, TaskVerdict::Gone},
        TaskRow{"ServerError", 500, "null", true, 3s, TaskVerdict::Failed}),
    [](const auto& row) { return row.param.name; });

TEST(TaskPath, PrefersTheTaskItselfThenLocation) {
    const Json task = Json::parse(R"({"@odata.id":"/redfish/v1/TaskService/Tasks/7","TaskState":"New"})");
    EXPECT_EQ(task_path(task, "/redfish/v1/TaskService/Tasks/7/Monitor"), "/redfish/v1/TaskService/Tasks/7");
    EXPECT_EQ(task_path(Json(), "https://10.0.0.1:444/redfish/v1/TaskMonitors/7"), "/redfish/v1/TaskMonitors/7");
    EXPECT_EQ(task_path(Json::parse(R"({"TaskMonitor":"/t/1"})"), ""), "/t/1");
    EXPECT_EQ(task_path(Json(), ""), "");
}

struct LoginRow {
    std::string name;
    AuthType type;
    bool session_worked;
    LoginAnswer answer;
    LoginVerdict verdict;
};

class LoginJudgement : public testing::TestWithParam<LoginRow> {};

TEST_P(LoginJudgement, NeverStepsBackAfterASessionWorked) {
    EXPECT_EQ(judge_login(GetParam().type, GetParam().session_worked, GetParam().answer), GetParam().verdict);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, LoginJudgement,
    testing::Values(
        LoginRow{"Made", AuthType::Auto, false, {201, true, {}}, LoginVerdict::SessionMade},
        LoginRow{"MadeWith204", AuthType::Auto, false, {204, true, {}}, LoginVerdict::SessionMade},
        LoginRow{"NoToken", AuthType::Auto, false, {201, false, {}}, LoginVerdict::UseBasic},
        LoginRow{"NoTokenAfterASession", AuthType::Auto, true, {201, false, {}}, LoginVerdict::NotNow},
        LoginRow{"WrongFirst", AuthType::Auto, false, {401, false, {}}, LoginVerdict::TryBasicOnce},
        LoginRow{"WrongAfterASession", AuthType::Auto, true, {401, false, {}}, LoginVerdict::Refused},
        LoginRow{"WrongSessionOnly", AuthType::Session, false, {401, false, {}}, LoginVerdict::Refused},
        LoginRow{"Forbidden", AuthType::Auto, false, {403, false, {}}, LoginVerdict::Refused},
        LoginRow{"NoSessions", AuthType::Auto, false, {404, false, {}}, LoginVerdict::UseBasic},
        LoginRow{"NoSessionsSessionOnly", AuthType::Session, false, {404, false, {}}, LoginVerdict::NotNow},
        LoginRow{
            "UsedUp", AuthType::Auto, false, {503, false, saying("IDRAC.2.8.RAC0218")}, LoginVerdict::UseBasicForNow},
        LoginRow{"UsedUpAfterASession", AuthType::Auto, true, {503, false, {}}, LoginVerdict::NotNow},
        LoginRow{"PasswordChange201",
                 AuthType::Auto,
                 false,
                 {201, true, saying("Base.1.13.PasswordChangeRequired")},
                 LoginVerdict::PasswordChangeRequired},
        LoginRow{"PasswordChange403",
                 AuthType::Auto,
                 false,
                 {403, false, saying("Base.1.13.PasswordChangeRequired")},
                 LoginVerdict::PasswordChangeRequired}),
    [](const auto& row) { return row.param.name; });

TEST(LockoutPause, GrowsToAQuarterOfAnHour) {
    EXPECT_EQ(lockout_pause(0), 0s);
    EXPECT_EQ(lockout_pause(1), 1min);
    EXPECT_EQ(lockout_pause(3), 4min);
    EXPECT_EQ(lockout_pause(1000), 15min);
}

TEST(ResourcePath, KeepsPathAndQueryOnOurAuthority) {
    EXPECT_EQ(resource_path("/redfish/v1/Systems/1"), "/redfish/v1/Systems/1");
    EXPECT_EQ(resource_path("https://10.0.0.9:8443/redfish/v1/Systems?$skip=2"), "/redfish/v1/Systems?$skip=2");
    EXPECT_EQ(resource_path("/redfish/v1/X#/Members/0"), "/redfish/v1/X");
    EXPECT_EQ(resource_path("https://10.0.0.9"), std::nullopt);
    EXPECT_EQ(resource_path("redfish/v1"), std::nullopt);
    EXPECT_EQ(resource_path("/a b"), std::nullopt);
    EXPECT_EQ(resource_path("/a\r\nX: y"), std::nullopt);
    EXPECT_EQ(resource_path("/" + std::string(2000, 'a')), std::nullopt);
    EXPECT_TRUE(same_resource("/redfish/v1/", "/redfish/v1"));
}

}  // namespace
}  // namespace isolde::redfish
