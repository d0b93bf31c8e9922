// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/secret.h"
#include "conductor/api/node_document.h"

#include <gtest/gtest.h>

namespace isolde::conductor::api {
namespace {

using base::Json;

TEST(Masking, HidesWhatMayBeSecretAndNothingElse) {
    struct Row {
        const char* name;
        Json value;
        Json shown;
    };
    const Json mask = base::kMask;
    const std::vector<Row> rows{
        {"a password",
         {{"redfish_password", "p"}, {"redfish_username", "u"}},
         {{"redfish_password", mask}, {"redfish_username", "u"}}},
        {"user-info in a URL", {{"boot_iso", "http://u:p@x/a.iso"}}, {{"boot_iso", "http://******@x/a.iso"}}},
        {"a config drive as an object", {{"configdrive", {{"user_data", "x"}}}}, {{"configdrive", mask}}},
        {"a file", {{"path", "/a"}, {"content", "x"}}, {{"path", "/a"}, {"content", "x"}}},
        {"a secret file",
         {{"path", "/a"}, {"content", "x"}, {"secret", true}},
         {{"path", "/a"}, {"content", mask}, {"secret", true}}},
        {"a file that is not secret by name",
         {{"path", "/a"}, {"content_base64", "x"}, {"secret", "false"}},
         {{"path", "/a"}, {"content_base64", "x"}, {"secret", "false"}}},
        {"a directory", {{"path", "/a"}, {"kind", "directory"}}, {{"path", "/a"}, {"kind", "directory"}}},
        {"a preset", {{"kind", "preseed"}, {"content", "x"}}, {{"kind", "preseed"}, {"content", mask}}},
        {"a preset with meta data",
         {{"kind", "cloud-init"}, {"content_base64", "x"}, {"meta_data", "m"}},
         {{"kind", "cloud-init"}, {"content_base64", mask}, {"meta_data", mask}}},
        {"a preset that says it is no secret",
         {{"kind", "preseed"}, {"content", "x"}, {"secret", false}},
         {{"kind", "preseed"}, {"content", "x"}, {"secret", false}}},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(masked(Json::array({row.value})), Json::array({row.shown})) << row.name;
    }
}

TEST(Masking, AMaskThatIsWrittenBackKeepsWhatIsStored) {
    Node node;
    node.driver_info = {{"redfish_password", "p"}};
    node.instance_info = {{"configdrive", {{"user_data", "x"}}},
                          {"presets", {{{"kind", "preseed"}, {"content", "secret"}}}}};
    Json shown = masked(node.instance_info);
    shown["one_shot"] = true;
    const Json patch = {{{"op", "add"}, {"path", "/instance_info"}, {"value", shown}}};
    const Node changed = patch_node(node, patch, 110).value();
    Json wanted = node.instance_info;
    wanted["one_shot"] = true;
    EXPECT_EQ(changed.instance_info, wanted);
    EXPECT_EQ(changed.driver_info, node.driver_info);
}

}  // namespace
}  // namespace isolde::conductor::api
