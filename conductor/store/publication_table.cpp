// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/codec.h"
#include "conductor/store/deployment_table.h"

namespace isolde::conductor {
namespace {

using base::Result;

constexpr std::string_view kColumns = "token, node, deployment, slot, url, generation, state, created_at";

std::string sealing_context(const std::string& token) {
    return "publications/" + token + "/url";
}

Result<PublicationRecord> read_publication(const Row& row, const Sealer& sealer) {
    RowReader reader(row);
    PublicationRecord publication;
    publication.token = base::PublicationToken(reader.text());
    publication.node = base::NodeId(reader.text());
    publication.deployment = base::DeploymentId(reader.text());
    publication.slot = reader.text();
    publication.url = TRY(sealer.open(reader.text(), sealing_context(publication.token.str())));
    publication.generation = reader.number();
    publication.state = TRY(parse_publication_state(reader.text()));
    publication.created_at = reader.time();
    TRY(reader.finish());
    return publication;
}

Result<std::vector<PublicationRecord>> select(Connection& connection, const Sealer& sealer, std::string_view rest,
                                              const Values& values) {
    return read_rows(TRY(connection.query(kColumns, rest, values)),
                     [&](const Row& row) { return read_publication(row, sealer).with_context("a publication"); });
}

}  // namespace

PublicationRow publication_row(const PublicationRecord& publication, const Sealer& sealer) {
    const std::string& token = publication.token.str();
    return {publication.node,
            {text(token), text(publication.node.str()), text(publication.deployment.str()), text(publication.slot),
             text(sealer.seal(publication.url, sealing_context(token))), number(publication.generation),
             text(std::string(to_string(publication.state))), time(publication.created_at)}};
}

Result<void> put_publication(Connection& connection, const PublicationRow& row) {
    TRY(require_node(connection, row.node));
    static const std::string kSql = joined({insert_into("publications", kColumns),
                                            " ON CONFLICT (token) DO UPDATE SET ", assignments_of_excluded(kColumns)});
    TRY(connection.execute(kSql, row.values));
    return {};
}

Result<PublicationRecord> select_publication(Connection& connection, const Sealer& sealer,
                                             const base::PublicationToken& token) {
    auto found = TRY(select(connection, sealer, "FROM publications WHERE token = :token", {text(token.str())}));
    if (found.empty()) return base::not_found("There is no such publication.");
    return std::move(found.front());
}

Result<std::vector<PublicationRecord>> live_publications(Connection& connection, const Sealer& sealer) {
    return select(connection, sealer,
                  "FROM publications WHERE state IN ('active', 'revoke pending') ORDER BY created_at, token", {});
}

}  // namespace isolde::conductor
