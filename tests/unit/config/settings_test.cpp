// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings.h"

#include "base/files.h"

#include <cstdlib>
#include <gtest/gtest.h>

namespace isolde::config {
namespace {

std::string error_of(std::string_view text, const std::vector<std::string>& overrides = {}) {
    const auto settings = parse_settings(text, "isolde.toml", overrides);
    return settings.ok() ? "" : settings.error().to_string();
}

TEST(Settings, EmptyFileGivesTheDefaults) {
    const auto settings = parse_settings("", "isolde.toml", {}).value();
    EXPECT_EQ(settings.api.listen, "127.0.0.1:6385");
    EXPECT_EQ(settings.images.budget, base::gibibytes(20));
    EXPECT_EQ(settings.deploy.boot_timeout, std::chrono::minutes(15));
}

TEST(Settings, ReadsEveryKindOfValue) {
    const auto settings = parse_settings(R"(
[conductor]
workers = 8
[images]
budget = "5GiB"
allow_file_roots = ["/srv/iso", "/mnt"]
[deploy]
one_shot = true
power_off = "soft"
[fetch.origin."https://images.example"]
user = "reader"
)", "isolde.toml", {}).value();
    EXPECT_EQ(settings.conductor.workers, 8U);
    EXPECT_EQ(settings.images.budget, base::gibibytes(5));
    EXPECT_EQ(settings.images.allow_file_roots.at(1), "/mnt");
    EXPECT_TRUE(settings.deploy.one_shot);
    EXPECT_EQ(settings.deploy.power_off, "soft");
    EXPECT_EQ(settings.fetch.origins.at(0).user, "reader");
}

struct BadRow {
    const char* name;
    const char* text;
    const char* error;
};

TEST(Settings, ErrorsNameFileLineAndKey) {
    for (const BadRow& row : {
             BadRow{"unknown key", "[images]\n\nbuget = \"1GiB\"", "isolde.toml:3: images.buget is not a setting"},
             BadRow{"unknown table", "[image]\nbudget = \"1GiB\"", "isolde.toml:2: image.budget is not a setting"},
             BadRow{"bad size", "[images]\nbudget = \"20 apples\"", "isolde.toml:2: images.budget: not a size"},
             BadRow{"wrong type", "[images]\nbudget = 5", "isolde.toml:2: images.budget: must be a string"},
             BadRow{"bad word", "[deploy]\npower_off = \"maybe\"", "use one of: \"soft\", \"hard\", \"leave\""},
             BadRow{"no table", "budget = 1", "isolde.toml:1: budget must be a [table]"},
             BadRow{"syntax", "[images\nbudget", "isolde.toml:1:"},
             BadRow{"unknown origin key", "[fetch.origin.\"http://x\"]\npass = \"a\"", "isolde.toml:2: fetch.origin"},
             BadRow{"open without authentication", "[api]\nlisten = \"0.0.0.0:6385\"", "set api.auth"},
             BadRow{"basic without file", "[api]\nauth = \"http_basic\"", "api.htpasswd is missing"},
             BadRow{"https media", "[media]\ntls_listen = \"0.0.0.0:6183\"", "images are not served by https"},
             BadRow{"endless polling", "[store]\npoll = \"0s\"", "store.poll must be at least 100ms"},
             BadRow{"workers", "[conductor]\nworkers = 0", "must be a number from 1 to 1024"},
         }) {
        EXPECT_NE(error_of(row.text).find(row.error), std::string::npos) << row.name << ": " << error_of(row.text);
    }
}

TEST(Settings, OverridesWinOverTheFileAndTakeBareText) {
    const auto settings = parse_settings("[images]\nbudget = \"1GiB\"", "isolde.toml",
                                         {"images.budget=2GiB", "deploy.one_shot=true", "conductor.workers=3",
                                          "fetch.allow_addresses=[\"127.0.0.0/8\"]", "api.listen=\"127.0.0.1:0\""})
                              .value();
    EXPECT_EQ(settings.images.budget, base::gibibytes(2));
    EXPECT_TRUE(settings.deploy.one_shot);
    EXPECT_EQ(settings.conductor.workers, 3U);
    EXPECT_EQ(settings.fetch.allow_addresses.at(0), "127.0.0.0/8");
    EXPECT_NE(error_of("", {"nonsense"}).find("write table.key=value"), std::string::npos);
    EXPECT_NE(error_of("", {"a.b=1"}).find("a.b is not a setting"), std::string::npos);
}

TEST(Settings, TheSampleFileReadsAndChangesNothing) {
    const char* source = std::getenv("ISOLDE_SOURCE_DIR");
    ASSERT_NE(source, nullptr);
    const std::string sample = base::read_file(std::string(source) + "/config/isolde-conductor.toml").value();
    EXPECT_EQ(error_of(sample), "");
    std::string uncommented;
    for (std::size_t begin = 0; begin < sample.size();) {
        const auto end = std::min(sample.find('\n', begin), sample.size());
        const std::string line = sample.substr(begin, end - begin);
        const bool is_setting = line.rfind("# ", 0) == 0 && (line.find(" = ") != std::string::npos || line[2] == '[');
        uncommented += (is_setting ? line.substr(2) : line) + "\n";
        begin = end + 1;
    }
    EXPECT_EQ(error_of(uncommented), "");
}

TEST(HostPort, ReadsAddressesAndRefusesOthers) {
    EXPECT_EQ(parse_host_port("[::1]:80").value().host, "::1");
    EXPECT_EQ(parse_host_port("0.0.0.0:6180").value().port, 6180);
    for (const char* bad : {"", "localhost", ":80", "a:99999", "a:b"}) {
        EXPECT_FALSE(parse_host_port(bad).ok()) << bad;
    }
}

}  // namespace
}  // namespace isolde::config
