// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/presets.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

using base::ErrorKind;
using base::Json;

base::Result<std::vector<PresetFile>> read(const Json& presets) {
    return read_presets(presets, "presets");
}

TEST(Presets, ReadEveryMember) {
    const auto presets = read({{{"kind", "preseed"}, {"content", "d-i\n"}},
                               {{"kind", "cloud-init"},
                                {"content_base64", "I2Nsb3VkLWNvbmZpZwo="},
                                {"meta_data", "instance-id: a\n"},
                                {"secret", false}}})
                             .value();
    ASSERT_EQ(presets.size(), 2U);
    EXPECT_EQ(presets[0].kind, PresetKind::Preseed);
    EXPECT_EQ(base::as_text(presets[0].content), "d-i\n");
    EXPECT_TRUE(presets[0].secret);
    EXPECT_EQ(presets[1].kind, PresetKind::CloudInit);
    EXPECT_EQ(base::as_text(presets[1].content), "#cloud-config\n");
    EXPECT_EQ(base::as_text(presets[1].meta_data), "instance-id: a\n");
    EXPECT_FALSE(presets[1].secret);
}

TEST(Presets, KnowEveryKindByItsName) {
    for (const char* kind :
         {"preseed", "kickstart", "autoinstall", "ignition", "autoyast", "cloud-init", "network-data"}) {
        const auto presets = read({{{"kind", kind}, {"content", "x"}}});
        ASSERT_TRUE(presets.ok()) << kind;
        EXPECT_EQ(to_string(presets->at(0).kind), kind);
    }
}

TEST(Presets, AreNoneWhenNull) {
    EXPECT_TRUE(read(nullptr)->empty());
    EXPECT_TRUE(read(Json::array())->empty());
}

TEST(Presets, NameThePresetAndMemberThatIsWrong) {
    struct Row {
        const char* name;
        Json presets;
        const char* text;
        ErrorKind kind = ErrorKind::InvalidArgument;
    };
    const Json good = {{"kind", "preseed"}, {"content", "x"}};
    const std::vector<Row> rows{
        {"no array", good, "presets must be an array"},
        {"no object", {7}, "presets/0 must be an object"},
        {"no kind", {{{"content", "x"}}}, "presets/0/kind is missing"},
        {"an unknown kind", {{{"kind", "answers"}, {"content", "x"}}}, "presets/0/kind"},
        {"no content", {good, {{"kind", "kickstart"}}}, "presets/1 needs either content or content_base64"},
        {"two contents", {{{"kind", "preseed"}, {"content", "x"}, {"content_base64", "eA=="}}}, "not both"},
        {"bad base64", {{{"kind", "preseed"}, {"content_base64", "eA="}}}, "presets/0/content_base64"},
        {"the same kind twice", {good, good}, "presets/1/kind: there is a preseed preset already"},
        {"meta data of a preseed",
         {{{"kind", "preseed"}, {"content", "x"}, {"meta_data", "m"}}},
         "presets/0/meta_data"},
        {"an unknown member", {{{"kind", "preseed"}, {"content", "x"}, {"path", "/a"}}}, "presets/0/path"},
        {"too large",
         {{{"kind", "preseed"}, {"content", std::string(kLargestInjectedFile + 1, 'x')}}},
         "1 MiB",
         ErrorKind::Exhausted},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto presets = read(row.presets);
        ASSERT_FALSE(presets.ok());
        EXPECT_EQ(presets.error().kind, row.kind);
        EXPECT_NE(presets.error().to_string().find(row.text), std::string::npos) << presets.error().to_string();
    }
}

TEST(Presets, NeverShowTheirContentInAnError) {
    for (const char* name : {"content_base64", "meta_data_base64"}) {
        Json preset = {{"kind", "cloud-init"}, {"content", "x"}};
        preset.erase(name == std::string("content_base64") ? "content" : "meta_data");
        preset[name] = "hunter2!";
        const auto presets = read(Json::array({preset}));
        ASSERT_FALSE(presets.ok());
        EXPECT_EQ(presets.error().to_string().find("hunter2"), std::string::npos);
    }
}

}  // namespace
}  // namespace isolde::conductor
