// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/byte_count.h"
#include "conductor/cli/output.h"
#include "conductor/cli/session.h"

#include <CLI/CLI.hpp>
#include <ostream>

namespace isolde::cli {
namespace {

using base::Json;
using base::Result;

std::string size_cell(const Json& value) {
    return value.is_number_unsigned() ? base::to_string(base::ByteCount(value.get<std::uint64_t>())) : "-";
}

std::string leases_cell(const Json& leases) {
    std::string text;
    for (const Json& lease : leases) {
        text += (text.empty() ? "" : ", ") + lease.value("kind", "") + " " + lease.value("holder", "").substr(0, 8);
    }
    return text.empty() ? "-" : text;
}

void print_images(Session& session, const Json& images) {
    std::vector<std::vector<std::string>> rows;
    for (const Json& image : images) {
        const Json urls = image.value("urls", Json::array());
        rows.push_back({image.value("digest", "").substr(0, 19), size_cell(image["size"]), image.value("kind", ""),
                        leases_cell(image["leases"]), urls.empty() ? "-" : cell(urls.front())});
    }
    session.out << render_table({"DIGEST", "SIZE", "KIND", "LEASES", "URL"}, rows);
}

Result<void> list(RestClient& client, Session& session) {
    const Json answer = TRY(client.get("/isolde/v1/images"));
    if (session.json) {
        session.out << base::dump_json(answer, 2) << "\n";
    } else {
        print_images(session, answer.at("images"));
    }
    return {};
}

Result<void> budget(RestClient& client, Session& session) {
    const Json answer = TRY(client.get("/isolde/v1/budget"));
    if (session.json) {
        session.out << base::dump_json(answer, 2) << "\n";
        return {};
    }
    std::vector<std::vector<std::string>> rows;
    for (const char* name : {"budget", "used", "reserved", "evictable", "filesystem_free"}) {
        rows.push_back({name, size_cell(answer[name])});
    }
    session.out << render_table({"SPACE", "SIZE"}, rows);
    return {};
}

Result<void> evict(RestClient& client, Session& session, const std::string& size, bool dry_run) {
    const auto wanted = TRY(base::parse_byte_count(size));
    const Json answer = TRY(client.post("/isolde/v1/images/evict", {{"bytes", wanted.bytes()}, {"dry_run", dry_run}}));
    if (session.json) {
        session.out << base::dump_json(answer, 2) << "\n";
        return {};
    }
    session.out << (dry_run ? "would evict:\n" : "evicted:\n");
    print_images(session, answer.at("evicted"));
    return {};
}

}  // namespace

void add_image_commands(CLI::App& app, Session& session) {
    auto* image = app.add_subcommand("image", "The image store");
    image->require_subcommand(1);
    image->add_subcommand("list", "Cached images and who keeps them")->callback([&session] {
        session.with_conductor([&](RestClient& client) { return list(client, session); });
    });
    image->add_subcommand("budget", "Space: used, reserved, evictable")->callback([&session] {
        session.with_conductor([&](RestClient& client) { return budget(client, session); });
    });
    auto* evicting = image->add_subcommand("evict", "Remove images that nobody keeps, least recently used first");
    auto size = std::make_shared<std::string>();
    auto dry_run = std::make_shared<bool>(false);
    evicting->add_option("--bytes", *size, "how much to free, such as 5GiB")->required();
    evicting->add_flag("--dry-run", *dry_run, "only say what would go");
    evicting->callback([&session, size, dry_run] {
        session.with_conductor([&](RestClient& client) { return evict(client, session, *size, *dry_run); });
    });
    auto* removing = image->add_subcommand("remove", "Remove one image that nobody keeps");
    auto digest = std::make_shared<std::string>();
    removing->add_option("DIGEST", *digest, "sha256:…")->required();
    removing->callback([&session, digest] {
        session.with_conductor([&](RestClient& client) -> Result<void> {
            TRY(client.remove("/isolde/v1/images/" + *digest));
            return {};
        });
    });
}

void add_conductor_commands(CLI::App& app, Session& session) {
    auto* conductor = app.add_subcommand("conductor", "The conductors");
    conductor->require_subcommand(1);
    conductor->add_subcommand("list", "All conductors")->callback([&session] {
        session.with_conductor([&](RestClient& client) -> Result<void> {
            const Json answer = TRY(client.get("/v1/conductors"));
            std::vector<std::vector<std::string>> rows;
            for (const Json& item : answer.at("conductors")) {
                rows.push_back({cell(item["hostname"]), cell(item["conductor_group"]), cell(item["alive"])});
            }
            session.out << (session.json ? base::dump_json(answer, 2) + "\n"
                                         : render_table({"NAME", "GROUP", "ALIVE"}, rows));
            return {};
        });
    });
}

}  // namespace isolde::cli
