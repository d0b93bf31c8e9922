// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/config_drive_field.h"

#include "base/digest.h"
#include "conductor/node/kept_config_drive.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

using base::ErrorKind;
using base::Json;

base::Result<std::optional<ConfigDriveField>> read(const Json& info) {
    return read_config_drive(base::JsonReader(info, "info"));
}

TEST(ConfigDriveField, ReadsTheParts) {
    const auto drive = read({{"configdrive",
                              {{"meta_data", {{"hostname", "n7"}}},
                               {"network_data", {{"links", Json::array()}}},
                               {"vendor_data", {{"a", 1}}},
                               {"user_data", "#cloud-config\n"}}},
                             {"configdrive_options", {{"format", "vfat"}, {"delivery", "slot"}}}})
                           .value()
                           .value();
    EXPECT_EQ(drive.meta_data, (Json{{"hostname", "n7"}}));
    EXPECT_EQ(drive.network_data, (Json{{"links", Json::array()}}));
    EXPECT_EQ(drive.vendor_data, (Json{{"a", 1}}));
    EXPECT_EQ(drive.user_data, "#cloud-config\n");
    EXPECT_TRUE(drive.packed.empty());
    EXPECT_EQ(drive.format, ConfigDriveFormat::Vfat);
    EXPECT_EQ(drive.delivery, ConfigDriveDelivery::Slot);
}

TEST(ConfigDriveField, WritesUserDataThatIsNoTextAsJson) {
    EXPECT_EQ(read({{"configdrive", {{"user_data", {{"ignition", {{"version", "3.4.0"}}}}}}}}).value()->user_data,
              R"({"ignition":{"version":"3.4.0"}})");
    EXPECT_EQ(read({{"configdrive", {{"user_data", nullptr}, {"meta_data", {{"a", 1}}}}}}).value()->user_data, "");
}

TEST(ConfigDriveField, ReadsAPackedImage) {
    const auto drive = read({{"configdrive", "H4sI\nAAAA"}}).value().value();
    EXPECT_EQ(base::to_hex(drive.packed), "1f8b08000000");
    EXPECT_EQ(drive.delivery, ConfigDriveDelivery::Auto);
}

TEST(ConfigDriveField, MayBeAUrlWithAChecksum) {
    const std::string checksum = base::sha256("x").str();
    const auto drive = read({{"configdrive", "https://x/drive"}, {"configdrive_checksum", checksum}}).value().value();
    EXPECT_EQ(drive.fetched->url, "https://x/drive");
    EXPECT_EQ(drive.fetched->checksum->str(), checksum);
    EXPECT_FALSE(read({{"configdrive", "https://x/drive"}}).value()->fetched->checksum.has_value());
}

TEST(ConfigDriveField, IsAReferenceWhereItIsKeptApart) {
    const auto drive =
        read({{"configdrive", config_drive_reference("abc")}, {"configdrive_options", {{"format", "vfat"}}}})
            .value()
            .value();
    EXPECT_TRUE(drive.kept_apart);
    EXPECT_EQ(drive.format, ConfigDriveFormat::Vfat);
    EXPECT_EQ(config_drive_to_keep({{"configdrive", config_drive_reference("abc")}}), nullptr);
    EXPECT_EQ(config_drive_to_keep({{"configdrive", "https://x/drive"}}), nullptr);
    EXPECT_EQ(config_drive_to_keep({{"configdrive", nullptr}}), nullptr);
    EXPECT_EQ(referenced_config_drive("H4sI"), std::nullopt);
    EXPECT_EQ(referenced_config_drive(config_drive_reference("abc")), "abc");
}

TEST(ConfigDriveField, IsNoneWhereNothingIsAskedFor) {
    for (const Json& nothing : {Json(nullptr), Json::object(), Json(""), Json("null")}) {
        EXPECT_FALSE(read({{"configdrive", nothing}}).value().has_value()) << nothing;
    }
    EXPECT_FALSE(read(Json::object()).value().has_value());
}

TEST(ConfigDriveField, NamesWhatIsWrong) {
    struct Row {
        const char* name;
        Json info;
        const char* text;
        ErrorKind kind = ErrorKind::InvalidArgument;
    };
    const auto with = [](const Json& options) {
        return Json{{"configdrive", {{"user_data", "x"}}}, {"configdrive_options", options}};
    };
    const std::vector<Row> rows{
        {"a number", {{"configdrive", 7}}, "info/configdrive must be an object or a string"},
        {"a URL of another kind",
         {{"configdrive", "ftp://x/drive"}},
         "info/configdrive must be",
         ErrorKind::Unsupported},
        {"a checksum of parts",
         {{"configdrive", {{"user_data", "x"}}}, {"configdrive_checksum", "sha256:0"}},
         "info/configdrive_checksum belongs to a config drive that is given by URL"},
        {"a format of a URL",
         {{"configdrive", "http://x/drive"}, {"configdrive_options", {{"format", "vfat"}}}},
         "info/configdrive_options/format is for drives that are built"},
        {"no base64", {{"configdrive", "#cloud-config hunter2"}}, "info/configdrive is neither"},
        {"an unknown part", {{"configdrive", {{"userdata", "x"}}}}, "info/configdrive/userdata"},
        {"meta data as text", {{"configdrive", {{"meta_data", "a: 1"}}}}, "info/configdrive/meta_data"},
        {"an unknown option", with({{"label", "x"}}), "info/configdrive_options/label"},
        {"an unknown format", with({{"format", "ext4"}}), "info/configdrive_options/format"},
        {"an unknown delivery", with({{"delivery", "mail"}}), "info/configdrive_options/delivery"},
        {"a format of a packed image",
         {{"configdrive", "H4sIAAAA"}, {"configdrive_options", {{"format", "iso9660"}}}},
         "info/configdrive_options/format is for drives that are built"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto drive = read(row.info);
        ASSERT_FALSE(drive.ok());
        EXPECT_EQ(drive.error().kind, row.kind);
        EXPECT_NE(drive.error().to_string().find(row.text), std::string::npos) << drive.error().to_string();
        EXPECT_EQ(drive.error().to_string().find("hunter2"), std::string::npos);
    }
}

}  // namespace
}  // namespace isolde::conductor
