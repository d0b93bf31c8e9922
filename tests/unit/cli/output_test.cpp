// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/output.h"

#include "conductor/cli/rest_client.h"
#include "conductor/cli/waiting.h"

#include <gtest/gtest.h>
#include <sstream>

namespace isolde::cli {
namespace {

using base::Json;

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
    EXPECT_EQ(render_table({"A", "LONG"}, {{"wide cell", "x"}, {"é", "y"}}), "A          LONG\nwide cell  x\né          y\n");
}

TEST(Progress, ShowsBarPercentAndSizes) {
    EXPECT_EQ(render_progress(512, 1024, "downloading", 4), "[##  ]  50 %  512 B of 1.00 KiB  downloading");
    EXPECT_EQ(render_progress(2048, 1024, "verifying", 4), "[####] 100 %  1.00 KiB of 1.00 KiB  verifying");
    EXPECT_EQ(render_progress(512, std::nullopt, "downloading"), "512 B  downloading");
}

TEST(ProgressLine, RewritesOnATerminalAndPrintsChangesElsewhere) {
    std::ostringstream terminal;
    ProgressLine line(terminal, true);
    line.show("one");
    line.show("one");
    line.end();
    EXPECT_EQ(terminal.str(), "\rone\x1b[K\n");
    std::ostringstream file;
    ProgressLine plain(file, false);
    plain.show("one");
    plain.show("two");
    plain.end();
    EXPECT_EQ(file.str(), "one\ntwo\n");
}

TEST(ErrorText, ReadsEveryFormOfTheApi) {
    EXPECT_EQ(error_text(R"({"error_message": "{\"faultcode\": \"Client\", \"faultstring\": \"Node x could not be found.\"}"})"),
              "Node x could not be found.");
    EXPECT_EQ(error_text(R"({"error_message": "{\"code\": 406, \"description\": \"Version\"}"})"), "Version");
    EXPECT_EQ(error_text(R"({"error": {"message": "Authorization required", "code": 401}})"), "Authorization required");
    EXPECT_EQ(error_text("<html>"), "<html>");
    EXPECT_EQ(error_text(""), "the conductor gave no reason");
}

struct WaitRow {
    const char* name;
    Json node;
    WaitVerdict::Kind kind;
    const char* text;
};

TEST(Wait, JudgesANodeDocument) {
    const Json downloading = {{"provision_state", "wait call-back"},
                              {"target_provision_state", "active"},
                              {"driver_internal_info", {{"download", {{"received", 1}, {"total", 2}, {"phase", "downloading"}}}}}};
    for (const WaitRow& row : {
             WaitRow{"reached", {{"provision_state", "active"}}, WaitVerdict::Kind::Done, "active"},
             WaitRow{"downloading", downloading, WaitVerdict::Kind::Pending, "50 %"},
             WaitRow{"failed", {{"provision_state", "deploy failed"}, {"target_provision_state", "active"}, {"last_error", "no slot"}},
                     WaitVerdict::Kind::Failed, "node is 'deploy failed': no slot"},
             WaitRow{"back at rest", {{"provision_state", "enroll"}, {"last_error", "no BMC"}}, WaitVerdict::Kind::Failed, "no BMC"},
         }) {
        const auto verdict = judge_wait(row.node, "active");
        EXPECT_EQ(verdict.kind, row.kind) << row.name;
        EXPECT_NE(verdict.text.find(row.text), std::string::npos) << row.name << ": " << verdict.text;
    }
}

}  // namespace
}  // namespace isolde::cli
