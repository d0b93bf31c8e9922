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

}  // namespace
}  // namespace isolde::emulator::testing
