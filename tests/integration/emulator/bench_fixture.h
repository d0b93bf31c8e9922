// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real program, a client to it, and a test ISO behind nginx.
#pragma once

#include "base/json.h"
#include "http/client/client.h"
#include "tests/support/emulator_process.h"
#include "web_server.h"

#include <gtest/gtest.h>
#include <functional>
#include <optional>

namespace isolde::emulator::testing {

inline std::string source_path(const std::string& name) {
    const char* const root = std::getenv("ISOLDE_SOURCE_DIR");
    return std::string(root == nullptr ? "." : root) + "/" + name;
}

class BenchTest : public ::testing::Test {
  protected:
    void SetUp() override {
        http::ClientOptions options;
        options.addresses = http::AddressPolicy::unrestricted();
        auto client = http::make_client(options, clock_);
        ASSERT_TRUE(client.ok());
        client_ = std::move(*client);
    }

    void start(std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--time-scale", "20"});
        auto process = support::EmulatorProcess::start(std::move(arguments));
        ASSERT_TRUE(process.ok()) << process.error().to_string();
        emulator_.emplace(std::move(*process));
    }

    base::Result<http::ClientResponse> ask(const std::string& method, const std::string& path,
                                           std::optional<std::string> body = std::nullopt,
                                           base::Duration patience = std::chrono::seconds(20)) {
        http::ClientRequest request;
        request.method = method;
        request.url = emulator_->url() + path;
        request.body = std::move(body);
        request.headers.add("Content-Type", "application/json");
        request.credentials = {"admin", base::Secret("password")};
        request.verify_tls = false;
        request.response_limit = base::mebibytes(64);
        return client_->perform(request, base::Deadline::after(clock_, patience));
    }
    int status(const std::string& method, const std::string& path, std::optional<std::string> body = std::nullopt) {
        const auto response = ask(method, path, std::move(body));
        return response.ok() ? response->status : -1;
    }
    base::Json get(const std::string& path) {
        const auto response = ask("GET", path);
        EXPECT_TRUE(response.ok()) << (response.ok() ? "" : response.error().to_string());
        return response.ok() ? base::Json::parse(response->body, nullptr, false) : base::Json();
    }
    std::string console() {
        const auto response = ask("GET", "/emulator/systems/1/console");
        return response.ok() ? response->body : "";
    }
    /// Polls until `seen` holds, for `patience` at most.
    bool eventually(const std::function<bool()>& seen, base::Duration patience = std::chrono::seconds(20)) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!seen()) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return true;
    }
    bool console_shows(const std::string& text, base::Duration patience = std::chrono::seconds(20)) {
        return eventually([&] { return console().find(text) != std::string::npos; }, patience);
    }
    void boot_once_from(const std::string& url) {
        const std::string system = "/redfish/v1/Systems/1";
        ASSERT_EQ(status("POST", system + "/VirtualMedia/CD1/Actions/VirtualMedia.InsertMedia",
                         R"({"Image":")" + url + R"("})"),
                  204);
        ASSERT_EQ(
            status("PATCH", system, R"({"Boot":{"BootSourceOverrideEnabled":"Once","BootSourceOverrideTarget":"Cd"}})"),
            200);
        ASSERT_EQ(status("POST", system + "/Actions/ComputerSystem.Reset", R"({"ResetType":"On"})"), 204);
    }

    /// An ISO of this layout, made once for the whole program.
    static std::string iso(const std::string& layout, bool bootable = false) {
        static const auto kDirectory = base::TemporaryDirectory::create("isolde-emulator-isos");
        const std::string path = kDirectory->path() + "/" + layout + (bootable ? "-real" : "") + ".iso";
        if (!base::exists(path)) {
            base::ProcessOptions options;
            options.arguments = {"/bin/bash", source_path("tests/support/make_iso.sh"), "--layout", layout};
            if (!bootable) {
                options.arguments.emplace_back("--fake-kernel");
            }
            options.arguments.push_back(path);
            const auto made = base::run_process(options, std::chrono::seconds(60));
            EXPECT_TRUE(made.ok() && made->exit_code == 0) << (made.ok() ? made->output : made.error().to_string());
        }
        return path;
    }
    static std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
    static std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

    base::SystemClock clock_;
    std::unique_ptr<http::Client> client_;
    std::optional<support::EmulatorProcess> emulator_;
};

}  // namespace isolde::emulator::testing
