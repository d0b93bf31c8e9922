// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/media/serve.h"

#include <gtest/gtest.h>

namespace isolde::cli {
namespace {

struct ListenRow {
    const char* name;
    const char* text;
    const char* address;  ///< nullptr: refused
    std::uint16_t port = 0;
};

class ParseListen : public testing::TestWithParam<ListenRow> {};

TEST_P(ParseListen, TakesAddressAndPort) {
    const ListenRow& row = GetParam();
    const auto listen = parse_listen(row.text);
    ASSERT_EQ(listen.ok(), row.address != nullptr);
    if (listen.ok()) {
        EXPECT_EQ(listen->address, row.address);
        EXPECT_EQ(listen->port, row.port);
    }
}

const ListenRow kRows[] = {
    {"IPv4", "192.0.2.1:8080", "192.0.2.1", 8080}, {"IPv6", "[2001:db8::1]:80", "2001:db8::1", 80},
    {"AnyPort", "127.0.0.1:0", "127.0.0.1", 0},    {"NoPort", "127.0.0.1", nullptr},
    {"NoAddress", ":80", nullptr},                 {"PortTooLarge", "127.0.0.1:65536", nullptr},
    {"PortOfLetters", "127.0.0.1:http", nullptr},  {"Empty", "", nullptr},
};

INSTANTIATE_TEST_SUITE_P(Table, ParseListen, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace isolde::cli
