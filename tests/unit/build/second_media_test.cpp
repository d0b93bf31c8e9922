// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/second_media.h"

#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace isolde::vmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> paths_of(const MediaContent& content) {
    std::vector<std::string> paths;
    for (const MediaFile& file : content.files) {
        paths.push_back(file.path);
    }
    return paths;
}

std::string text_at(const MediaContent& content, const std::string& path) {
    const auto found = std::find_if(content.files.begin(), content.files.end(),
                                    [&path](const MediaFile& file) { return file.path == path; });
    return found == content.files.end() ? "no such file" : std::string(base::as_text(found->content));
}

TEST(ConfigDrive, HoldsWhatIsGivenWhereReadersLook) {
    const auto drive =
        config_drive({R"({"uuid": "u-1", "hostname": "n1"})", R"({"links": []})", R"({"a": 1})", "#cloud-config\n"});
    ASSERT_TRUE(drive.ok()) << drive.error().message;
    EXPECT_EQ(drive->label, "config-2");
    EXPECT_THAT(paths_of(*drive), ElementsAre("/openstack/latest/meta_data.json", "/openstack/latest/network_data.json",
                                              "/openstack/latest/vendor_data.json", "/openstack/latest/user_data"));
    EXPECT_EQ(text_at(*drive, "/openstack/latest/user_data"), "#cloud-config\n");
    EXPECT_EQ(text_at(*drive, "/openstack/latest/meta_data.json"), R"({"uuid": "u-1", "hostname": "n1"})");
}

TEST(ConfigDrive, GetsAnInstanceIdFromItsContent) {
    const auto uuid_of = [](const ConfigDrive& drive) {
        return base::parse_json(text_at(config_drive(drive).value(), "/openstack/latest/meta_data.json"))
            .value()
            .at("uuid")
            .get<std::string>();
    };
    const ConfigDrive one{R"({"hostname": "n1"})", "", "", "one"};
    const ConfigDrive two{"", "", "", "two"};
    EXPECT_THAT(uuid_of(one),
                ::testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_EQ(uuid_of(one), uuid_of(one));
    EXPECT_NE(uuid_of(one), uuid_of(two));
}

struct BadDrive {
    const char* name;
    ConfigDrive drive;
    const char* named;
};

TEST(ConfigDrive, RefusesPartsThatAreNoJsonObject) {
    const BadDrive rows[] = {
        {"no JSON", {"{", "", "", ""}, "meta_data"},
        {"a list", {"", "[]", "", ""}, "network_data"},
        {"a number", {"", "", "7", ""}, "vendor_data"},
    };
    for (const BadDrive& row : rows) {
        const auto drive = config_drive(row.drive);
        ASSERT_FALSE(drive.ok()) << row.name;
        EXPECT_EQ(drive.error().kind, base::ErrorKind::InvalidArgument) << row.name;
        EXPECT_THAT(drive.error().message, HasSubstr(row.named)) << row.name;
    }
}

TEST(Cidata, HasUserDataAndMetaDataAlways) {
    const MediaContent seed = cidata({"#cloud-config\n", "", "", ""});
    EXPECT_EQ(seed.label, "CIDATA");
    EXPECT_THAT(paths_of(seed), ElementsAre("/user-data", "/meta-data"));
    EXPECT_THAT(text_at(seed, "/meta-data"), StartsWith("instance-id: "));
}

TEST(Cidata, KeepsTheMetaDataGiven) {
    const MediaContent seed = cidata({"u", "instance-id: mine\n", "version: 2\n", "v"});
    EXPECT_THAT(paths_of(seed), ElementsAre("/user-data", "/meta-data", "/network-config", "/vendor-data"));
    EXPECT_EQ(text_at(seed, "/meta-data"), "instance-id: mine\n");
    EXPECT_EQ(text_at(seed, "/network-config"), "version: 2\n");
}

TEST(AnswerMedia, AreNamedAsTheirInstallersLookForThem) {
    EXPECT_EQ(oemdrv("lang en_US\n").label, "OEMDRV");
    EXPECT_EQ(text_at(oemdrv("lang en_US\n"), "/ks.cfg"), "lang en_US\n");
    EXPECT_EQ(text_at(autounattend("<unattend/>"), "/autounattend.xml"), "<unattend/>");
}

struct BadContent {
    const char* name;
    MediaContent content;
    base::ErrorKind kind;
};

TEST(MediaContent, IsRefusedWhereItCannotBe) {
    const BadContent rows[] = {
        {"relative", {"L", {{"a", {}}}}, base::ErrorKind::InvalidArgument},
        {"the root", {"L", {{"/", {}}}}, base::ErrorKind::InvalidArgument},
        {"a directory", {"L", {{"/a/", {}}}}, base::ErrorKind::InvalidArgument},
        {"parent", {"L", {{"/a/../b", {}}}}, base::ErrorKind::InvalidArgument},
        {"control character", {"L", {{"/a\nb", {}}}}, base::ErrorKind::InvalidArgument},
        {"twice", {"L", {{"/a", {}}, {"/a", {}}}}, base::ErrorKind::Conflict},
        {"below a file", {"L", {{"/a", {}}, {"/a-b", {}}, {"/a/b", {}}}}, base::ErrorKind::Conflict},
        {"no label", {"", {{"/a", {}}}}, base::ErrorKind::InvalidArgument},
        {"long label", {std::string(33, 'L'), {}}, base::ErrorKind::InvalidArgument},
    };
    for (const BadContent& row : rows) {
        const auto sorted = sorted_files(row.content);
        ASSERT_FALSE(sorted.ok()) << row.name;
        EXPECT_EQ(sorted.error().kind, row.kind) << row.name;
    }
    EXPECT_TRUE(sorted_files({"L", {{"/a/b", {}}, {"/a/c", {}}}}).ok());
}

}  // namespace
}  // namespace isolde::vmedia
