// SPDX-License-Identifier: GPL-3.0-or-later
//
// Archives for an initrd as cpio and bsdtar read them.
#include "vmedia/edit/cpio.h"

#include "base/files.h"
#include "base/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace isolde::vmedia {
namespace {

using namespace std::chrono_literals;

class CpioTest : public ::testing::Test {
  protected:
    void SetUp() override {
        const base::Bytes bytes = make_cpio({{"/preseed.cfg", base::as_bytes("d-i locale en\n"), 0644},
                                             {"/etc/conf.d/net", base::as_bytes("x"), 0600},
                                             {"/usr/bin/hook", base::as_bytes("#!/bin/sh\n"), 0755}})
                                      .value();
        ASSERT_TRUE(base::write_durably(archive_, base::as_text(bytes)).ok());
    }

    base::ProcessOutput run(std::vector<std::string> arguments) const {
        return base::run_process({std::move(arguments), {"TZ=UTC", "LC_ALL=C"}, directory_.path(), ""}, 30s).value();
    }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-cpio").value();
    std::string archive_ = directory_.path() + "/archive";
};

TEST_F(CpioTest, IsListedByCpio) {
    const auto listed = run({"cpio", "--quiet", "-t", "-F", archive_});
    EXPECT_EQ(listed.exit_code, 0);
    EXPECT_EQ(listed.output, "etc\netc/conf.d\nusr\nusr/bin\npreseed.cfg\netc/conf.d/net\nusr/bin/hook\n");
}

TEST_F(CpioTest, HasModesOwnersAndContentForBsdtar) {
    const auto listed = run({"bsdtar", "-tvf", archive_});
    EXPECT_EQ(listed.exit_code, 0) << listed.output;
    EXPECT_THAT(listed.output, ::testing::ContainsRegex("drwxr-xr-x +2 0 +0 +0 Jan +1 +1970 etc\n"));
    EXPECT_THAT(listed.output, ::testing::ContainsRegex("-rw------- +1 0 +0 +1 Jan +1 +1970 etc/conf.d/net\n"));
    EXPECT_THAT(listed.output, ::testing::ContainsRegex("-rwxr-xr-x +1 0 +0 +10 Jan +1 +1970 usr/bin/hook\n"));
    EXPECT_EQ(run({"bsdtar", "-xOf", archive_, "preseed.cfg"}).output, "d-i locale en\n");
}

}  // namespace
}  // namespace isolde::vmedia
