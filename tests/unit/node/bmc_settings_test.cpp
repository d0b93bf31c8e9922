// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/deployment_fields.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

using base::Json;

Json info(const Json& more = Json::object()) {
    Json value = {{"redfish_address", "https://bmc.example"}};
    value.update(more);
    return value;
}

TEST(BmcSettings, ReadEveryMember) {
    const auto settings = read_bmc_settings(info({{"redfish_system_id", "/redfish/v1/Systems/1/"},
                                                  {"redfish_username", "admin"},
                                                  {"redfish_password", "hunter2"},
                                                  {"redfish_auth_type", "Session"},
                                                  {"redfish_verify_ca", "/etc/ca.pem"}}))
                              .value();
    EXPECT_EQ(settings.address, "https://bmc.example");
    EXPECT_EQ(settings.system_id, "/redfish/v1/Systems/1");
    EXPECT_EQ(settings.user, "admin");
    EXPECT_EQ(settings.password, "hunter2");
    EXPECT_EQ(settings.auth_type, "session");
    EXPECT_TRUE(settings.verify_tls);
    EXPECT_EQ(settings.ca_file, "/etc/ca.pem");
}

TEST(BmcSettings, TakeAddressesInEveryForm) {
    const std::vector<std::pair<const char*, const char*>> rows{
        {"bmc.example", "https://bmc.example"},
        {"bmc.example:8443", "https://bmc.example:8443"},
        {"HTTP://bmc.example/", "http://bmc.example"},
        {"https://[2001:db8::1]:8443//", "https://[2001:db8::1]:8443"},
    };
    for (const auto& [given, address] : rows) {
        EXPECT_EQ(read_bmc_settings({{"redfish_address", given}})->address, address) << given;
    }
}

TEST(BmcSettings, TakeVerificationInEveryForm) {
    struct Row {
        Json value;
        bool fallback;
        bool verify;
    };
    for (const auto& row : {Row{nullptr, true, true}, Row{nullptr, false, false}, Row{false, true, false},
                            Row{"False", true, false}, Row{"true", false, true}, Row{"/ca", false, true}}) {
        EXPECT_EQ(read_bmc_settings(info({{"redfish_verify_ca", row.value}}), row.fallback)->verify_tls, row.verify)
            << row.value;
    }
}

TEST(BmcSettings, NameTheFieldThatIsWrong) {
    struct Row {
        const char* name;
        Json info;
        const char* text;
    };
    const std::vector<Row> rows{
        {"no address", Json::object(), "driver_info/redfish_address is missing"},
        {"an empty address", info({{"redfish_address", ""}}), "driver_info/redfish_address is missing"},
        {"an address of another type", info({{"redfish_address", 7}}), "driver_info/redfish_address must be a string"},
        {"another scheme", info({{"redfish_address", "ipmi://x"}}), "driver_info/redfish_address must be an http"},
        {"a blank", info({{"redfish_address", "bmc example"}}), "driver_info/redfish_address"},
        {"credentials", info({{"redfish_address", "https://admin:hunter2@bmc"}}), "must not hold credentials"},
        {"no host", info({{"redfish_address", "https://:443"}}), "names no host"},
        {"only slashes", info({{"redfish_address", "//"}}), "names no host"},
        {"a system that is no path", info({{"redfish_system_id", "1"}}), "driver_info/redfish_system_id must be"},
        {"a user of another type", info({{"redfish_username", 7}}), "driver_info/redfish_username"},
        {"a password of another type", info({{"redfish_password", 7}}), "driver_info/redfish_password"},
        {"another kind of login", info({{"redfish_auth_type", "kerberos"}}), "driver_info/redfish_auth_type must be"},
        {"a relative CA path", info({{"redfish_verify_ca", "ca.pem"}}), "driver_info/redfish_verify_ca must be"},
        {"a CA of another type", info({{"redfish_verify_ca", 5}}), "driver_info/redfish_verify_ca must be"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto settings = read_bmc_settings(row.info);
        ASSERT_FALSE(settings.ok());
        EXPECT_EQ(settings.error().kind, base::ErrorKind::InvalidArgument);
        EXPECT_NE(settings.error().to_string().find(row.text), std::string::npos) << settings.error().to_string();
        EXPECT_EQ(settings.error().to_string().find("hunter2"), std::string::npos);
    }
}

TEST(BmcAuthority, IsTheSameForEverySpelling) {
    for (const char* spelling :
         {"bmc.example", "https://BMC.example", "https://bmc.example:443/", "Https://bmc.example/x"}) {
        EXPECT_EQ(bmc_authority(spelling), "bmc.example:443") << spelling;
    }
    EXPECT_EQ(bmc_authority("http://bmc.example"), "bmc.example:80");
    EXPECT_EQ(bmc_authority("https://[2001:DB8::1]"), "[2001:db8::1]:443");
    EXPECT_EQ(bmc_authority("https://[2001:db8::1]:8443"), "[2001:db8::1]:8443");
    EXPECT_EQ(bmc_authority(""), "");
}

TEST(BmcIdentity, LooksAtAddressAndSystemOnly) {
    const auto identity = bmc_identity(info({{"redfish_system_id", "/redfish/v1/Systems/1/"}, {"redfish_username", 7}}));
    ASSERT_TRUE(identity.has_value());
    EXPECT_EQ(identity->authority, "bmc.example:443");
    EXPECT_EQ(identity->system, "/redfish/v1/Systems/1");
    EXPECT_EQ(bmc_identity(info())->system, "");
    EXPECT_FALSE(bmc_identity(Json::object()).has_value());
    EXPECT_FALSE(bmc_identity({{"redfish_address", 7}}).has_value());
}

}  // namespace
}  // namespace isolde::conductor
