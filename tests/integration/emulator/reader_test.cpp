// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench_fixture.h"
#include "redfish/emulator/reader_dialect.h"

#include <algorithm>
#include <set>

namespace isolde::emulator::testing {
namespace {

struct Row {
    std::string reader;
    std::string firmware;
    std::string layout;
    std::string kernel;
};

class Reader : public BenchTest, public ::testing::WithParamInterface<Row> {};

/// Ranges that nginx was asked for and answered, against what the emulator says that its host read.
TEST_P(Reader, BootsFromAnIsoOverHttpAndTellsWhatItRead) {
    const Row& row = GetParam();
    const std::string image = iso(row.layout);
    auto web = WebServer::start(directory_of(image), true);
    ASSERT_TRUE(web.ok()) << web.error().to_string();
    start({"--host", "reader", "--reader", row.reader, "--firmware", row.firmware});
    boot_once_from(web->url(name_of(image)));
    ASSERT_TRUE(console_shows("kernel started")) << console();
    EXPECT_NE(console().find("kernel " + row.kernel), std::string::npos) << console();
    EXPECT_NE(console().find("read " + row.kernel + " (300000 bytes)"), std::string::npos) << console();

    std::multiset<std::uint64_t> asked;
    for (const WebServer::Asked& one : web->asked()) {
        EXPECT_EQ(one.path, "/" + name_of(image));
        if (one.method == "GET" && one.range.starts_with("bytes=")) {
            EXPECT_EQ(one.status, "206");
            asked.insert(std::stoull(one.range.substr(6)));
        }
    }
    std::multiset<std::uint64_t> told;
    const base::Json reads = get("/emulator/systems/1/reads");
    for (const base::Json& read : reads["reads"]) {
        told.insert(read["offset"].get<std::uint64_t>());
    }
    if (row.reader == "download") {
        EXPECT_TRUE(asked.empty());
        EXPECT_EQ(told, std::multiset<std::uint64_t>{0});
    } else {
        EXPECT_EQ(asked, told);
        EXPECT_GT(told.size(), 3U);
    }
}

INSTANTIATE_TEST_SUITE_P(Table, Reader,
                         ::testing::Values(Row{"httpfs2", "bios", "debian", "/install.amd/vmlinuz"},
                                           Row{"httpfs2", "uefi", "debian", "/install.amd/vmlinuz"},
                                           Row{"nbdkit", "bios", "ubuntu", "/casper/vmlinuz"},
                                           Row{"nbdkit", "uefi", "ubuntu", "/casper/vmlinuz"},
                                           Row{"plain", "bios", "fedora", "isolinux/vmlinuz"},
                                           Row{"plain", "uefi", "fedora", "/images/pxeboot/vmlinuz"},
                                           Row{"download", "uefi", "debian", "/install.amd/vmlinuz"}),
                         [](const auto& row) {
                             return row.param.reader + "_" + row.param.firmware + "_" + row.param.layout;
                         });

using ReaderBehaviour = BenchTest;

TEST_F(ReaderBehaviour, AskLikeTheOriginals) {
    const std::string image = iso("debian");
    auto web = WebServer::start(directory_of(image), true);
    ASSERT_TRUE(web.ok());
    const Cancellation cancellation;
    ReadLog reads(clock_);
    const std::uint64_t size = base::size_of(*base::open_for_reading(image))->bytes();
    for (const ReaderKind kind : {ReaderKind::Httpfs2, ReaderKind::Nbdkit, ReaderKind::Plain}) {
        auto reader = open_image(kind, web->url(name_of(image)), "/tmp", reads, cancellation);
        ASSERT_TRUE(reader.ok()) << reader.error().to_string();
        base::Bytes expected(3000);
        ASSERT_TRUE(base::read_exactly(base::open_for_reading(image)->get(), size - 3000, expected).ok());
        const auto tail = (*reader)->read(size - 3000, 3000);
        ASSERT_TRUE(tail.ok()) << tail.error().to_string();
        EXPECT_TRUE(*tail == expected);
        EXPECT_FALSE((*reader)->read(size - 1, 2).ok());
    }
    std::vector<std::string> seen;
    ASSERT_TRUE(eventually([&] { return web->asked().size() >= 6; }));
    for (const WebServer::Asked& one : web->asked()) {
        seen.push_back(one.method + " " + one.range + " " + one.host);
    }
    const std::string with_port = "127.0.0.1:" + web->port();
    const std::uint64_t last = size - 1;
    const auto range = [](std::uint64_t from, std::uint64_t to) {
        return "GET bytes=" + std::to_string(from) + "-" + std::to_string(to) + " ";
    };
    const std::uint64_t half = 65536;
    EXPECT_EQ(seen[0], "HEAD - 127.0.0.1");
    EXPECT_EQ(seen[1], range(half + (last - half) / 131072 * 131072, last) + "127.0.0.1");
    EXPECT_EQ(seen[2], "HEAD - " + with_port);
    EXPECT_EQ(seen[3], range(last / 262144 * 262144, size) + with_port) << "one byte too many";
    EXPECT_EQ(seen[4], range(size - 3000, last) + with_port);
}

TEST_F(ReaderBehaviour, Httpfs2WantsAcceptRangesOnEveryAnswerAndNbdkitDoesNot) {
    const std::string image = iso("debian");
    auto web = WebServer::start(directory_of(image), false);
    ASSERT_TRUE(web.ok());
    start({"--host", "reader", "--reader", "httpfs2"});
    boot_once_from(web->url(name_of(image)));
    ASSERT_TRUE(console_shows("no bootable device"));
    EXPECT_NE(console().find("Accept-Ranges"), std::string::npos) << console();
    start({"--host", "reader", "--reader", "nbdkit"});
    boot_once_from(web->url(name_of(image)));
    EXPECT_TRUE(console_shows("kernel started")) << console();
}

TEST_F(ReaderBehaviour, BootsTheDiskAfterARestartAndTheMediumAgainWithoutADisk) {
    const std::string image = iso("debian");
    auto web = WebServer::start(directory_of(image), true);
    ASSERT_TRUE(web.ok());
    start({"--host", "reader"});
    boot_once_from(web->url(name_of(image)));
    ASSERT_TRUE(console_shows("kernel started"));
    ASSERT_EQ(status("POST", "/emulator/systems/1/power", R"({"state":"restart"})"), 200);
    EXPECT_TRUE(console_shows("booting from disk")) << console();

    start({"--host", "reader", "--disk", "0"});
    boot_once_from(web->url(name_of(image)));
    ASSERT_TRUE(console_shows("kernel started"));
    ASSERT_EQ(status("POST", "/emulator/systems/1/power", R"({"state":"restart"})"), 200);
    ASSERT_TRUE(console_shows("boot 2"));
    EXPECT_TRUE(eventually([&] {
        const std::string text = console();
        return text.find("kernel started", text.find("boot 2")) != std::string::npos;
    })) << console();
}

TEST_F(ReaderBehaviour, CanBeBlind) {
    const std::string image = iso("debian");
    auto web = WebServer::start(directory_of(image), true);
    ASSERT_TRUE(web.ok());
    start({"--host", "reader"});
    ASSERT_EQ(status("POST", "/emulator/faults", R"({"method":"HOST","action":"ignore"})"), 201);
    boot_once_from(web->url(name_of(image)));
    EXPECT_TRUE(console_shows("no bootable device")) << console();
    EXPECT_EQ(get("/redfish/v1/Systems/1/VirtualMedia/CD1")["Inserted"], true);
    EXPECT_TRUE(web->asked().empty());
}

TEST_F(ReaderBehaviour, APowerCutEndsItsReading) {
    const base::UniqueFd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(silent.get(), 5), 0);
    ASSERT_EQ(::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    start({"--host", "reader"});
    boot_once_from("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/never.iso");
    ASSERT_TRUE(console_shows("booting from Cd"));
    ASSERT_EQ(status("POST", "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset", R"({"ResetType":"ForceOff"})"), 204);
    EXPECT_TRUE(console_shows("lost its power", std::chrono::seconds(5))) << console();
    EXPECT_TRUE(eventually([&] { return get("/redfish/v1/Systems/1")["PowerState"] == "Off"; }));
}

}  // namespace
}  // namespace isolde::emulator::testing
