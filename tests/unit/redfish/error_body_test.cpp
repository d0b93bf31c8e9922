// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/error_body.h"

#include <gtest/gtest.h>

namespace isolde::redfish {
namespace {

Json json(const char* text) {
    return Json::parse(text);
}

struct SummaryRow {
    std::string name;
    std::string body;
    std::string summary;
    std::string key;  ///< a message that must be found
};

class ErrorBodySummary : public testing::TestWithParam<SummaryRow> {};

TEST_P(ErrorBodySummary, SaysWhatTheBmcSaid) {
    const ErrorBody body = read_error_body(json(GetParam().body.c_str()));
    EXPECT_EQ(body.summary(), GetParam().summary);
    EXPECT_TRUE(GetParam().key.empty() || body.has(GetParam().key));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ErrorBodySummary,
    testing::Values(
        SummaryRow{"Standard",
                   R"({"error":{"code":"Base.1.12.GeneralError","message":"See ExtendedInfo","@Message.ExtendedInfo":[
                     {"MessageId":"IDRAC.2.8.RAC0904","Message":"The location is not reachable.","Severity":"Warning",
                      "Resolution":"Check the path."}]}})",
                   "IDRAC.2.8.RAC0904: The location is not reachable. Check the path.", "RAC0904"},
        SummaryRow{"IdracObjectInsteadOfList",
                   R"({"error":{"@Message.ExtendedInfo":{"MessageId":"IDRAC.2.8.SYS518","Message":"Not ready."}}})",
                   "IDRAC.2.8.SYS518: Not ready.", "SYS518"},
        SummaryRow{"IloWithoutMessageText",
                   R"({"error":{"code":"iLO.0.10.ExtendedInfo","message":"See @Message.ExtendedInfo",
                     "@Message.ExtendedInfo":[{"MessageId":"iLO.2.14.UnableToModifyDuringSystemPOST"}]}})",
                   "iLO.2.14.UnableToModifyDuringSystemPOST", "unabletomodifyduringsystempost"},
        SummaryRow{"TheMostSevereThatSaysSomething",
                   R"({"error":{"@Message.ExtendedInfo":[
                     {"MessageId":"A.1.0.Fine","Message":"fine","Severity":"OK"},
                     {"MessageId":"A.1.0.Mute","Severity":"Critical"},
                     {"MessageId":"A.1.0.Bad","Message":"bad","Severity":"Critical","Resolution":"None"},
                     {"MessageId":"A.1.0.Odd","Message":"odd","Severity":"Warning"}]}})",
                   "A.1.0.Bad: bad", "Mute"},
        SummaryRow{"AtTheRoot", R"({"@Message.ExtendedInfo":[{"MessageId":"X.1.1.Y","Message":"root"}]})",
                   "X.1.1.Y: root", "Y"},
        SummaryRow{"AnnotatedProperty",
                   R"({"Boot@Message.ExtendedInfo":[{"MessageId":"Base.1.8.PropertyNotWritable","Message":"no"}]})",
                   "Base.1.8.PropertyNotWritable: no", "PropertyNotWritable"},
        SummaryRow{"OnlyCodeAndMessage", R"({"error":{"code":"Base.1.0.InsufficientPrivilege","message":"denied"}})",
                   "Base.1.0.InsufficientPrivilege: denied", "InsufficientPrivilege"},
        SummaryRow{"TaskMessagesAsObject",
                   R"({"TaskState":"Exception","Messages":{"MessageId":"T.1.F","Message":"m"}})", "T.1.F: m", "F"},
        SummaryRow{"WrongTypesEverywhere",
                   R"({"error":{"message":7,"code":null,"@Message.ExtendedInfo":["x",null,3]}})", "7", ""},
        SummaryRow{"ControlCharactersBecomeBlanks",
                   R"({"error":{"@Message.ExtendedInfo":[{"MessageId":"A.B","Message":"one\r\n\ttwo"}]}})",
                   "A.B: one two", "B"}),
    [](const auto& row) { return row.param.name; });

TEST(ErrorBody, IloSuccessIsReadAsSuccessMessage) {
    const auto body = read_error_body(json(
        R"({"error":{"code":"iLO.0.10.ExtendedInfo","@Message.ExtendedInfo":[{"MessageId":"Base.1.4.Success"}]}})"));
    EXPECT_TRUE(body.has("Success"));
    EXPECT_FALSE(body.has("Base.1.4.Success"));
}

TEST(ErrorBody, PlainTextIsKeptShortAndOnOneLine) {
    const auto body = read_error_text("<html>\n<body>Bad\x01 Request</body>" + std::string(5000, 'x'));
    EXPECT_TRUE(body.summary().starts_with("<html> <body>Bad Request</body>"));
    EXPECT_LE(body.summary().size(), 310U);
    EXPECT_TRUE(body.mentions("bad"));
}

TEST(ErrorBody, SeesAtMostThirtyTwoMessages) {
    Json list = Json::array();
    for (int i = 0; i < 1000; ++i) list.push_back({{"MessageId", "A.B" + std::to_string(i)}});
    const auto body = read_error_body(Json{{"error", {{"@Message.ExtendedInfo", list}}}});
    EXPECT_EQ(body.messages.size(), 32U);
}

TEST(ErrorBody, MentionsArgumentsAndRelatedProperties) {
    const auto body = read_error_body(json(R"({"error":{"@Message.ExtendedInfo":[
        {"MessageId":"Base.1.5.PropertyMissing","MessageArgs":["TransferProtocolType"],
         "RelatedProperties":["#/WriteProtected"]}]}})"));
    EXPECT_TRUE(body.mentions("transferprotocoltype"));
    EXPECT_TRUE(body.mentions("WriteProtected"));
    EXPECT_FALSE(body.mentions("UserName"));
}

}  // namespace
}  // namespace isolde::redfish
