// SPDX-License-Identifier: GPL-3.0-or-later
//
// Deployments from a kernel and a ramdisk in place of an ISO.
#include "engine_fixture.h"

#include <future>

namespace isolde::conductor {
namespace {

class KernelTest : public testing::EngineTest {
  protected:
    void SetUp() override {
        EngineTest::SetUp();
        images_.provide("http://upstream/vmlinuz", std::string(5000, 'k'), "data");
        images_.provide("http://upstream/initrd", std::string(6000, 'r'), "data");
    }

    static base::Json kernel_fields() {
        return {{"kernel", "http://upstream/vmlinuz"}, {"ramdisk", "http://upstream/initrd"}, {"boot_mode", "uefi"}};
    }

    std::vector<ValidationRow> validate(const base::Json& fields) {
        auto row = node();
        row.instance_info = fields;
        Change change;
        change.node = row;
        EXPECT_TRUE(store_->apply(change).ok());
        std::promise<std::vector<ValidationRow>> answer;
        engine_->validate("one", [&](auto rows) { answer.set_value(std::move(rows).value()); });
        return answer.get_future().get();
    }

    std::size_t leases() const {
        std::size_t count = 0;
        for (const auto& blob : images_.list()) {
            count += blob.leases.size();
        }
        return count;
    }
};

TEST_F(KernelTest, AllFilesAndTheBaseForThemAreKeptUntilTheEnd) {
    show_boot();
    const auto id = engine_->deploy("one", kernel_fields()).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto now = store_->deployment(id).value();
    EXPECT_EQ(now.boot_files, (BootFiles{{"kernel", base::sha256(std::string(5000, 'k'))},
                                         {"ramdisk", base::sha256(std::string(6000, 'r'))}}));
    ASSERT_TRUE(now.image.has_value());
    EXPECT_EQ(images_.find(*now.image)->urls, std::vector<std::string>{"isolde:boot-base"});
    EXPECT_EQ(images_.list().size(), 3U);
    EXPECT_EQ(leases(), 6U) << "each of the deployment and the publication";
    engine_->stop();
    engine_.reset();
    start();
    EXPECT_EQ(leases(), 6U) << "after a restart too";
    ASSERT_TRUE(accepts(Verb::Deleted));
    ASSERT_TRUE(reaches(ProvisionState::Available));
    EXPECT_EQ(leases(), 0U);
}

TEST_F(KernelTest, NodesWithTheSameLoadersShareTheirBase) {
    show_boot();
    const auto first = engine_->deploy("one", kernel_fields()).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto base_image = store_->deployment(first)->image;
    auto other = kernel_fields();
    images_.provide("http://upstream/other", std::string(7000, 'o'), "data");
    other["ramdisk"] = "http://upstream/other";
    const auto second = engine_->deploy("one", other).value().id;
    ASSERT_TRUE(wakes_until([&] { return store_->deployment(second)->state == DeploymentState::Active; }));
    EXPECT_EQ(store_->deployment(second)->image, base_image);
    EXPECT_EQ(images_.makes(), 1U);
    EXPECT_EQ(store_->deployment(second)->boot_files.at("ramdisk"), base::sha256(std::string(7000, 'o')));
}

TEST_F(KernelTest, AReleaseGivesAllFilesBack) {
    show_boot();
    auto asked = kernel_fields();
    asked["one_shot"] = true;
    asked["one_shot_release"] = "boot";
    const auto id = engine_->deploy("one", asked).value().id;
    ASSERT_TRUE(wakes_until([&] { return store_->deployment(id)->state == DeploymentState::Released; }));
    EXPECT_EQ(leases(), 0U);
}

TEST_F(KernelTest, AFileThatCannotBeHadIsNamedAndTheOthersAreGivenBack) {
    images_.fail("http://upstream/initrd", base::not_found("http://upstream/initrd answers 404 Not Found"));
    ASSERT_TRUE(engine_->deploy("one", kernel_fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::DeployFailed));
    EXPECT_NE(node().last_error.find("the ramdisk: http://upstream/initrd answers 404"), std::string::npos)
        << node().last_error;
    EXPECT_EQ(leases(), 0U);
}

TEST_F(KernelTest, ALoaderThatIsNotThereIsNamedBeforeTheBmcIsTouched) {
    ASSERT_TRUE(base::remove_file(base::join_path(directory_.path(), "shim")).ok());
    ASSERT_TRUE(engine_->deploy("one", kernel_fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::DeployFailed));
    EXPECT_NE(node().last_error.find("/shim is not there: install the packages shim-signed"), std::string::npos)
        << node().last_error;
    EXPECT_EQ(leases(), 0U);
}

TEST_F(KernelTest, AnEfiImageOfTheDeploymentTakesThePlaceOfTheLoaders) {
    auto asked = kernel_fields();
    asked["bootloader"] = "http://upstream/esp.img";
    images_.provide("http://upstream/esp.img", std::string(4096, 'e'), "data");
    ASSERT_TRUE(engine_->deploy("one", asked).ok());
    ASSERT_TRUE(reaches(ProvisionState::DeployFailed));
    EXPECT_NE(node().last_error.find("the bootloader"), std::string::npos) << "it is no FAT: " << node().last_error;
    EXPECT_EQ(leases(), 0U);
}

TEST_F(KernelTest, ValidateAsksForEachFile) {
    EXPECT_TRUE(validate(kernel_fields()).at(1).result);
    images_.fail("http://upstream/vmlinuz", base::not_found("404"));
    const auto row = validate(kernel_fields()).at(1);
    EXPECT_FALSE(row.result);
    EXPECT_NE(row.reason.find("the kernel"), std::string::npos) << row.reason;
}

}  // namespace
}  // namespace isolde::conductor
