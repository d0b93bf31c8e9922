// SPDX-License-Identifier: GPL-3.0-or-later
//
// Config drives and files that a deployment names by URL.
#include "engine_fixture.h"

#include "vmedia/build/iso_image.h"

#include <future>

namespace isolde::conductor {
namespace {

using bmc::testing::FakeBmc;

constexpr const char* kDrive = "http://upstream/drive";

class FetchedFieldsTest : public testing::EngineTest {
  protected:
    static std::string drive_image() {
        const vmedia::MediaContent content{"config-2", {{"/openstack/latest/meta_data.json", base::to_bytes("{}")}}};
        return std::string(base::as_text(vmedia::build_iso(content).value()));
    }
    base::Json fields_with_drive_by_url() const {
        auto asked = fields();
        asked["configdrive"] = kDrive;
        return asked;
    }
    base::Json fields_with_file(const std::string& url, const std::string& path = "/answer") const {
        auto asked = fields();
        asked["inject_files"] = {{{"path", path}, {"url", url}}};
        return asked;
    }
    base::Json whole(const base::DeploymentId& id) const {
        return store_->with_config_drive(node().id, store_->deployment(id)->fields).value();
    }
    /// What the node says after `asked` failed before the BMC was touched.
    std::string failure_of(const base::Json& asked) {
        EXPECT_TRUE(engine_->deploy("one", asked).ok());
        EXPECT_TRUE(reaches(ProvisionState::DeployFailed));
        EXPECT_TRUE(bmc_.image_in(FakeBmc::kCdSlot).empty());
        return node().last_error;
    }
};

TEST_F(FetchedFieldsTest, ADriveIsFetchedIntoTheDeploymentAndNotIntoTheCache) {
    show_boot();
    const std::string image = drive_image();
    images_.provide(kDrive, base::to_base64(base::as_bytes(image)));
    const auto id = engine_->deploy("one", fields_with_drive_by_url()).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    EXPECT_EQ(whole(id)["configdrive"], base::to_base64(base::as_bytes(image)));
    EXPECT_EQ(store_->deployment(id)->provenance["configdrive"],
              std::string(kDrive) + ", " + base::sha256(base::to_base64(base::as_bytes(image))).str());
    EXPECT_EQ(node().instance_info["configdrive"], kDrive) << "a rebuild fetches it again";
    EXPECT_EQ(images_.list().size(), 1U) << "the boot image alone";
    EXPECT_NE(bmc_.image_in(FakeBmc::kUsbSlot), "");
    ASSERT_TRUE(accepts(Verb::Deleted));
    ASSERT_TRUE(reaches(ProvisionState::Available));
    EXPECT_EQ(store_->with_config_drive(node().id, store_->deployment(id)->fields).error().kind,
              base::ErrorKind::NotFound);
}

TEST_F(FetchedFieldsTest, ADriveMayBeTheImageItself) {
    show_boot();
    const std::string image = drive_image();
    images_.provide(kDrive, image);
    auto asked = fields_with_drive_by_url();
    asked["configdrive_checksum"] = base::sha256(image).str();
    const auto id = engine_->deploy("one", asked).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    EXPECT_EQ(whole(id)["configdrive"], base::to_base64(base::as_bytes(image)));
}

TEST_F(FetchedFieldsTest, AFileIsFetchedIntoTheDeployment) {
    show_boot();
    images_.provide("http://upstream/answer", "the answer");
    auto asked = fields_with_file("http://upstream/answer");
    asked["inject_files"][0]["checksum"] = base::sha256("the answer").str();
    const auto id = engine_->deploy("one", asked).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    EXPECT_EQ(
        store_->deployment(id)->fields["inject_files"],
        base::Json::array({{{"path", "/answer"}, {"content_base64", base::to_base64(base::to_bytes("the answer"))}}}));
    EXPECT_EQ(images_.list().size(), 1U);
}

TEST_F(FetchedFieldsTest, WhatCannotBeHadIsNamedBeforeTheBmcIsTouched) {
    const auto says = [](const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    };
    images_.fail(kDrive, base::not_found("http://upstream/drive answers 404 Not Found"));
    std::string error = failure_of(fields_with_drive_by_url());
    EXPECT_TRUE(says(error, "the config drive: http://upstream/drive answers 404")) << error;
    images_.provide(kDrive, "<html>sign in</html>");
    error = failure_of(fields_with_drive_by_url());
    EXPECT_TRUE(says(error, "the config drive: http://upstream/drive: configdrive: it holds neither")) << error;
    EXPECT_FALSE(says(error, "sign in")) << error;
    images_.provide(kDrive, std::string(kLargestInjectedFile + 1, 'x'));
    error = failure_of(fields_with_file(kDrive));
    EXPECT_TRUE(says(error, "the file /answer: http://upstream/drive has more than 1.00 MiB")) << error;
    auto asked = fields_with_drive_by_url();
    asked["configdrive_checksum"] = base::sha256("other").str();
    error = failure_of(asked);
    EXPECT_TRUE(says(error, "has checksum")) << error;
}

TEST_F(FetchedFieldsTest, FilesThatAreFetchedCountAsGivenInline) {
    images_.provide("http://upstream/large", std::string(kLargestInjectedFile, 'x'));
    auto asked = fields();
    for (const char* path : {"/a", "/b", "/c", "/d", "/e"}) {
        asked["inject_files"].push_back({{"path", path}, {"url", "http://upstream/large"}});
    }
    EXPECT_NE(failure_of(asked).find("larger than the limit of 4 MiB"), std::string::npos) << node().last_error;
}

TEST_F(FetchedFieldsTest, ValidateLooksWhetherItIsThereAndThePlanSaysThatItIsNot) {
    auto row = node();
    row.instance_info = fields_with_drive_by_url();
    Change change;
    change.node = row;
    ASSERT_TRUE(store_->apply(change).ok());
    std::promise<std::vector<ValidationRow>> rows;
    engine_->validate("one", [&](auto answer) { rows.set_value(std::move(answer).value()); });
    EXPECT_NE(rows.get_future().get().at(1).reason.find("the config drive: "), std::string::npos);
    std::promise<base::Error> refused;
    engine_->plan("one", [&](const auto& answer) { refused.set_value(answer.error()); });
    EXPECT_EQ(refused.get_future().get().message,
              "the plan cannot be shown: the config drive is fetched when the node is deployed");
}

}  // namespace
}  // namespace isolde::conductor
