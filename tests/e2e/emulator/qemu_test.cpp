// SPDX-License-Identifier: GPL-3.0-or-later
//
// QEMU guests behind emulated BMCs boot a real installer ISO from a URL.
#include "bench_fixture.h"

namespace isolde::emulator::testing {
namespace {

using std::chrono::seconds;

class QemuHostTest : public BenchTest, public ::testing::WithParamInterface<std::string> {
  protected:
    int boots() {
        const std::string text = console();
        int count = 0;
        for (std::size_t at = text.find(menu()); at != std::string::npos; at = text.find(menu(), at + 1)) {
            ++count;
        }
        return count;
    }
    static std::string menu() { return GetParam() == "bios" ? "ISOLINUX" : "GNU GRUB"; }
    std::string power() { return get("/redfish/v1/Systems/1")["PowerState"]; }
};

TEST_P(QemuHostTest, BootsTheMediumShowsItsLoaderAndObeysPowerAndEject) {
    const std::string image = iso("debian", true);
    auto web = WebServer::start(directory_of(image), true);
    ASSERT_TRUE(web.ok());
    start({"--host", "qemu", "--firmware", GetParam(), "--disk", "64MiB", "--memory", "512MiB"});
    boot_once_from(web->url(name_of(image)));
    ASSERT_TRUE(console_shows(menu(), seconds(80))) << console();
    EXPECT_EQ(get("/redfish/v1/Systems/1")["Boot"]["BootSourceOverrideEnabled"], "Disabled");
    bool read_by_qemu = false;
    for (const WebServer::Asked& one : web->asked()) {
        read_by_qemu = read_by_qemu || (one.method == "GET" && one.status == "206");
    }
    EXPECT_TRUE(read_by_qemu);

    const std::string eject = "/redfish/v1/Systems/1/VirtualMedia/CD1/Actions/VirtualMedia.EjectMedia";
    EXPECT_EQ(status("POST", eject, "{}"), 204);
    EXPECT_EQ(get("/redfish/v1/Systems/1/VirtualMedia/CD1")["Inserted"], false);
    EXPECT_EQ(power(), "On");
    EXPECT_EQ(status("POST", "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset", R"({"ResetType":"ForceOff"})"), 204);
    EXPECT_TRUE(eventually([&] { return power() == "Off"; }));
}

INSTANTIATE_TEST_SUITE_P(Firmware, QemuHostTest, ::testing::Values("bios", "uefi"),
                         [](const auto& row) { return row.param; });

using QemuHostMedia = BenchTest;

TEST_F(QemuHostMedia, AUrlThatDoesNotAnswerIsAnEmptyDrive) {
    start({"--host", "qemu", "--firmware", "bios", "--disk", "64MiB", "--memory", "256MiB"});
    boot_once_from("http://127.0.0.1:1/none.iso");
    ASSERT_TRUE(eventually([&] {
        return get("/redfish/v1/Systems/1")["BootProgress"]["LastState"] == "OSBootStarted" ||
               get("/redfish/v1/Systems/1")["BootProgress"]["LastState"] == "OSRunning";
    }));
    EXPECT_EQ(get("/redfish/v1/Systems/1")["PowerState"], "On");
}

/// An ISO whose BIOS boot image is `code`, in a directory that nginx may serve.
class TinyGuestTest : public BenchTest {
  protected:
    void boot_code(const std::string& code) {
        auto scratch = base::TemporaryDirectory::create("isolde-tiny-guest");
        ASSERT_TRUE(scratch.ok());
        scratch_.emplace(std::move(*scratch));
        const std::string tree = scratch_->path() + "/tree";
        ASSERT_TRUE(base::make_directories(tree).ok());
        std::string image = code;
        image.resize(2048, '\0');
        ASSERT_TRUE(base::write_durably(tree + "/boot.bin", image).ok());
        base::ProcessOptions options;
        options.arguments = {"xorriso",
                             "-as",
                             "mkisofs",
                             "-b",
                             "boot.bin",
                             "-no-emul-boot",
                             "-boot-load-size",
                             "4",
                             "-o",
                             scratch_->path() + "/tiny.iso",
                             tree};
        const auto made = base::run_process(options, seconds(30));
        ASSERT_TRUE(made.ok() && made->exit_code == 0);
        auto web = WebServer::start(scratch_->path(), true);
        ASSERT_TRUE(web.ok());
        web_.emplace(std::move(*web));
        start({"--host", "qemu", "--firmware", "bios", "--disk", "0", "--memory", "128MiB", "--state-dir",
               scratch_->path() + "/state"});
        boot_once_from(web_->url("tiny.iso"));
    }
    /// How often SeaBIOS handed over to the CD.
    int boots() {
        const auto log = base::read_file(scratch_->path() + "/state/bmc-1-system-1/firmware.log");
        const std::string text = log.ok() ? *log : "";
        int count = 0;
        for (std::size_t at = text.find("Booting from 0000:7c00"); at != std::string::npos;
             at = text.find("Booting from 0000:7c00", at + 1)) {
            ++count;
        }
        return count;
    }
    std::string power() { return get("/redfish/v1/Systems/1")["PowerState"]; }

    std::optional<base::TemporaryDirectory> scratch_;
    std::optional<WebServer> web_;
};

TEST_F(TinyGuestTest, AGuestThatPowersOffIsOff) {
    // mov dx,0x604; mov ax,0x2000; out dx,ax; hlt: ACPI's soft-off on q35.
    boot_code(std::string("\xba\x04\x06\xb8\x00\x20\xef\xf4", 8));
    ASSERT_TRUE(eventually([&] { return boots() == 1; }, seconds(60)));
    EXPECT_TRUE(eventually([&] { return power() == "Off"; }));
    EXPECT_EQ(get("/redfish/v1/Systems/1")["BootProgress"]["LastState"], "None");
}

TEST_F(TinyGuestTest, AGuestThatRestartsStaysOnAndBootsByTheOrderOfItsBmc) {
    // mov dx,0xcf9; mov al,6; out dx,al; hlt: a reset by the chipset.
    boot_code(std::string("\xba\xf9\x0c\xb0\x06\xee\xf4", 7));
    ASSERT_TRUE(eventually([&] { return boots() >= 2; }, seconds(60))) << "without a disk the medium boots again";
    EXPECT_EQ(power(), "On");
    ASSERT_EQ(status("POST", "/redfish/v1/Systems/1/VirtualMedia/CD1/Actions/VirtualMedia.EjectMedia", "{}"), 204);
    const auto runs = [&] { return get("/redfish/v1/Systems/1")["BootProgress"]["LastState"] == "OSRunning"; };
    ASSERT_TRUE(eventually(runs, seconds(30)));
    const int before = boots();
    ASSERT_EQ(status("POST", "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset", R"({"ResetType":"ForceRestart"})"),
              204);
    EXPECT_TRUE(eventually([&] { return !runs(); }));
    ASSERT_TRUE(eventually(runs, seconds(30)));
    EXPECT_EQ(boots(), before) << "there is no medium to boot from any more";
    EXPECT_EQ(power(), "On");
}

}  // namespace
}  // namespace isolde::emulator::testing
