// SPDX-License-Identifier: GPL-3.0-or-later
//
// `isolde bmc probe`: asks a BMC directly, before any node is enrolled.
#include "base/files.h"
#include "base/waiter.h"
#include "bmc/redfish_pool.h"
#include "bmc/report.h"
#include "conductor/cli/session.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ostream>

namespace isolde::cli {
namespace {

using namespace std::chrono_literals;

base::Result<void> probe(Session& session, bmc::Target target) {
    const char* password = std::getenv("ISOLDE_BMC_PASSWORD");
    target.password = base::Secret(password == nullptr ? "" : password);
    const base::SystemClock clock;
    base::SystemWaiter waiter;
    http::ClientOptions options;
    options.addresses = http::AddressPolicy::unrestricted();
    const auto client = TRY(http::make_client(options, clock));
    const auto pool = bmc::make_redfish_pool(*client, clock, waiter);
    const auto found = TRY(pool->get(target)->probe(base::Deadline::after(clock, 60s)));
    session.out << (session.json ? base::dump_json(bmc::probe_to_json(found), 2) + "\n" : bmc::render_probe(found));
    return {};
}

}  // namespace

void add_bmc_commands(CLI::App& app, Session& session) {
    auto* bmc = app.add_subcommand("bmc", "Talk to a BMC directly");
    bmc->require_subcommand(1);
    auto* command = bmc->add_subcommand("probe", "What a BMC is and what it can do with virtual media");
    auto target = std::make_shared<bmc::Target>();
    command->add_option("URL", target->address, "such as https://192.0.2.10")->required();
    command->add_option("--system", target->system_id, "resource path of the system, when there are several");
    command->add_option("--user", target->user, "the password comes from $ISOLDE_BMC_PASSWORD");
    command->add_flag("!--no-verify", target->verify_tls, "do not verify the BMC's certificate");
    command->callback([&session, target] { session.result = probe(session, *target); });
}

}  // namespace isolde::cli
