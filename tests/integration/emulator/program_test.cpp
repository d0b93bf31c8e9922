// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench_fixture.h"

#include <algorithm>
#include <csignal>

namespace isolde::emulator::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kSystem = "/redfish/v1/Systems/1";

class Program : public BenchTest {};

TEST_F(Program, PassesTheSushyClientWithEveryProfile) {
    for (const std::string profile : {"generic", "generic-tasks", "generic-one-slot"}) {
        start({"--profile", profile});
        base::ProcessOptions options;
        options.arguments = {"/usr/bin/python3", source_path("tests/integration/emulator/sushy_client.py"),
                             emulator_->url(), "http://192.0.2.1/boot.iso"};
        const auto run = base::run_process(options, seconds(60));
        ASSERT_TRUE(run.ok()) << run.error().to_string();
        EXPECT_EQ(run->exit_code, 0) << profile << "\n" << run->output;
        EXPECT_NE(run->output.find("ejected\nsession closed\n"), std::string::npos) << run->output;
    }
}

TEST_F(Program, AnnouncesEachBmcAndEndsCleanlyOnSigterm) {
    auto scratch = base::TemporaryDirectory::create("isolde-emulator-term");
    base::ProcessOptions options;
    const char* const bin = std::getenv("ISOLDE_BIN_DIR");
    options.arguments = {std::string(bin == nullptr ? "build/dev/bin" : bin) + "/isolde-emulator", "--listen",
                         "127.0.0.1:0", "--bmcs", "20"};
    options.output_path = scratch->path() + "/out";
    auto child = base::ChildProcess::start(options);
    ASSERT_TRUE(child.ok());
    std::string text;
    ASSERT_TRUE(eventually([&] {
        const auto read = base::read_file(options.output_path);
        text = read.ok() ? *read : "";
        return text.find("ready 20 http://127.0.0.1:") != std::string::npos && text.ends_with('\n');
    })) << text;
    EXPECT_TRUE(text.starts_with("ready 1 http://127.0.0.1:"));
    child->signal(SIGTERM);
    const auto code = child->wait(seconds(20));
    ASSERT_TRUE(code.ok());
    EXPECT_EQ(*code, 0);
}

TEST_F(Program, RefusesABusyPortByName) {
    start({});
    const std::string port = emulator_->url().substr(emulator_->url().rfind(':') + 1);
    base::ProcessOptions options;
    const char* const bin = std::getenv("ISOLDE_BIN_DIR");
    options.arguments = {std::string(bin == nullptr ? "build/dev/bin" : bin) + "/isolde-emulator", "--listen",
                         "127.0.0.1:" + port};
    const auto run = base::run_process(options, seconds(20));
    ASSERT_TRUE(run.ok());
    EXPECT_EQ(run->exit_code, 1);
    EXPECT_NE(run->output.find(port), std::string::npos) << run->output;
}

TEST_F(Program, SpeaksTlsWithACertificateOfItsOwn) {
    start({"--tls"});
    EXPECT_TRUE(emulator_->url().starts_with("https://"));
    EXPECT_EQ(status("GET", kSystem), 200);
}

TEST_F(Program, LetsTheTestPlayTheGuest) {
    start({});
    EXPECT_EQ(status("POST", "/emulator/systems/1/power", R"({"state":"off"})"), 409);
    ASSERT_EQ(status("POST", kSystem + "/Actions/ComputerSystem.Reset", R"({"ResetType":"On"})"), 204);
    const auto progress = [&] { return get(kSystem)["BootProgress"]["LastState"]; };
    ASSERT_TRUE(eventually([&] { return progress() == "OSRunning"; }));
    EXPECT_EQ(status("POST", "/emulator/systems/1/power", R"({"state":"restart"})"), 200);
    EXPECT_TRUE(eventually([&] { return progress() != "OSRunning"; }));
    ASSERT_TRUE(eventually([&] { return progress() == "OSRunning"; }));
    EXPECT_EQ(get(kSystem)["PowerState"], "On");
    EXPECT_EQ(status("POST", "/emulator/systems/1/power", R"({"state":"off"})"), 200);
    EXPECT_TRUE(eventually([&] { return get(kSystem)["PowerState"] == "Off"; }));
    EXPECT_EQ(status("POST", "/emulator/systems/1/power", R"({"state":"sideways"})"), 400);
    EXPECT_EQ(status("GET", "/emulator/systems/9/console"), 404);
}

TEST_F(Program, LogsEveryRequestInOrder) {
    start({});
    EXPECT_EQ(status("GET", kSystem), 200);
    EXPECT_EQ(status("POST", "/redfish/v1/SessionService/Sessions", R"({"UserName":"admin","Password":"password"})"),
              201);
    EXPECT_EQ(status("GET", "/redfish/v1/nothing"), 404);
    const base::Json log = get("/emulator/requests?since=1");
    ASSERT_EQ(log["requests"].size(), 2U) << log.dump();
    EXPECT_EQ(log["last"], 3);
    EXPECT_EQ(log["requests"][0]["number"], 2);
    EXPECT_EQ(log["requests"][0]["status"], 201);
    EXPECT_EQ(log["requests"][0]["body"], R"({"Password":"******","UserName":"admin"})");
    EXPECT_EQ(log["requests"][1]["path"], "/redfish/v1/nothing");
}

TEST_F(Program, BreaksConnectionsAsTold) {
    start({});
    for (const std::string action : {"reset", "close", "drop"}) {
        ASSERT_EQ(status("POST", "/emulator/faults", R"({"id":"x","action":")" + action + R"("})"), 201);
        const auto broken = ask("GET", kSystem);
        ASSERT_FALSE(broken.ok()) << action;
        EXPECT_EQ(broken.error().kind, base::ErrorKind::Unavailable) << action << broken.error().to_string();
    }
    ASSERT_EQ(status("POST", "/emulator/faults", R"({"id":"x","action":"hang"})"), 201);
    const auto hung = ask("GET", kSystem, std::nullopt, milliseconds(300));
    ASSERT_FALSE(hung.ok());
    EXPECT_EQ(hung.error().kind, base::ErrorKind::Timeout);
    EXPECT_EQ(status("DELETE", "/emulator/faults"), 200);
    EXPECT_EQ(status("GET", kSystem), 200);
}

TEST_F(Program, RefusesConnectionsForAWhile) {
    start({});
    ASSERT_EQ(status("POST", "/emulator/faults", R"({"action":"refuse","delay":"1s","count":1})"), 201);
    EXPECT_EQ(status("GET", kSystem), -1);
    std::string said;
    const auto refused = [&] {
        const auto answer = ask("GET", kSystem);
        said += answer.ok() ? "answered; " : answer.error().to_string() + "; ";
        return !answer.ok() && std::count(answer.error().context.begin(), answer.error().context.end(),
                                          http::kBeforeRequestWasSent) == 1;
    };
    EXPECT_TRUE(eventually(refused, milliseconds(900))) << said;
    EXPECT_TRUE(eventually([&] { return status("GET", kSystem) == 200; }));
}

TEST_F(Program, AnswersAsFaultsSay) {
    start({});
    const std::string insert = kSystem + "/VirtualMedia/CD1/Actions/VirtualMedia.InsertMedia";
    ASSERT_EQ(status("POST", "/emulator/faults", R"([
        {"id":"busy","method":"POST","path":"*InsertMedia","count":1,"action":"status","status":503,"headers":{"Retry-After":"7"}},
        {"id":"lost","method":"POST","path":"*InsertMedia","nth":2,"count":1,"action":"ignore"},
        {"id":"torn","path":"*/Systems","action":"body","text":"{\"Members\": ["},
        {"id":"huge","path":"*/Managers","action":"body","size":20000000},
        {"id":"none","path":"*/Systems/1/VirtualMedia","action":"override","fields":{"Members":[],"Members@odata.count":0}}])"),
              201);
    const auto busy = ask("POST", insert, R"({"Image":"http://a/b.iso"})");
    ASSERT_TRUE(busy.ok());
    EXPECT_EQ(busy->status, 503);
    EXPECT_EQ(busy->headers.find("Retry-After"), "7");
    EXPECT_EQ(status("POST", insert, R"({"Image":"http://a/b.iso"})"), 204);
    EXPECT_EQ(get(kSystem + "/VirtualMedia/CD1")["Inserted"], false);
    EXPECT_EQ(status("POST", insert, R"({"Image":"http://a/b.iso"})"), 204);
    EXPECT_EQ(get(kSystem + "/VirtualMedia/CD1")["Inserted"], true);
    EXPECT_TRUE(get("/redfish/v1/Systems").is_discarded());
    EXPECT_EQ(ask("GET", "/redfish/v1/Managers")->body.size(), 20000000U);
    EXPECT_EQ(get(kSystem + "/VirtualMedia")["Members"].size(), 0U);
}

}  // namespace
}  // namespace isolde::emulator::testing
