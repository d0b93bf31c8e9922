// SPDX-License-Identifier: GPL-3.0-or-later
//
// /isolde/v1: deployments, plans, images and budgets.
#include "conductor/api/node_access.h"
#include "conductor/api/reply.h"
#include "conductor/api/routes.h"

namespace isolde::conductor::api {
namespace {

using base::Json;
using base::Result;

Json time_or_null(const std::optional<base::WallTime>& time) {
    return time ? Json(base::to_iso8601(*time)) : Json(nullptr);
}

Json journal_document(const std::vector<JournalEntry>& journal) {
    Json list = Json::array();
    for (const JournalEntry& entry : journal) {
        list.push_back({{"step", to_string(entry.step)},
                        {"begun", base::to_iso8601(entry.begun)},
                        {"ended", time_or_null(entry.ended)},
                        {"outcome", entry.outcome}});
    }
    return list;
}

Json media_document(const Deployment& deployment) {
    Json list = Json::array();
    for (const Medium& medium : deployment.second_media) {
        list.push_back({{"role", medium.role},
                        {"slot", medium.slot},
                        {"bytes_read", medium.bytes_read},
                        {"last_read", time_or_null(medium.last_read)}});
    }
    return list;
}

Result<Json> deployment_document(const Deployment& deployment, const RouteContext& context) {
    const Evidence evidence = TRY(context.with.engine.evidence(deployment));
    Json document = {{"id", deployment.id.str()},
                     {"node", deployment.node.str()},
                     {"state", to_string(deployment.state)},
                     {"created_at", base::to_iso8601(deployment.created_at)},
                     {"ended_at", time_or_null(deployment.ended_at)},
                     {"fields", masked(deployment.fields)},
                     {"provenance", deployment.provenance},
                     {"plan_digest", deployment.plan_digest},
                     {"slot", deployment.slot},
                     {"second_media", media_document(deployment)},
                     {"boot_files", to_json(deployment.boot_files)},
                     {"evidence", to_json(evidence)},
                     {"error", deployment.error.empty() ? Json(nullptr) : Json(deployment.error)},
                     {"journal", journal_document(deployment.journal)}};
    document["image"] = deployment.image
                            ? Json{{"digest", deployment.image->str()}, {"size", deployment.image_size.bytes()}}
                            : Json(nullptr);
    return document;
}

http::Response accepted(Json document, const Call& call) {
    const std::string location = call.base_url + "/isolde/v1/deployments/" + document["id"].get<std::string>();
    http::Response response = json_reply(202, document);
    response.headers.add("Location", location);
    return response;
}

Result<http::Response> create_deployment(const Call& call, const RouteContext& context) {
    Json body = TRY(call.json());
    const std::string node = TRY(base::JsonReader(body).string("node"));
    const auto key = call.request.headers.find("Idempotency-Key");
    if (key) {
        if (const auto known = TRY(context.with.store.idempotent(*key, base::sha256(call.request.body).hex()))) {
            const Deployment earlier = TRY(context.with.store.deployment(*known));
            return accepted(TRY(deployment_document(earlier, context)), call);
        }
    }
    body.erase("node");
    const Deployment deployment = TRY(context.with.engine.deploy(node, body));
    if (key) {
        TRY(context.with.store.remember(*key, deployment.id));
    }
    return accepted(TRY(deployment_document(deployment, context)), call);
}

Result<http::Response> show_deployment(const Call& call, const RouteContext& context) {
    const base::DeploymentId id(call.path.find("deployment")->second);
    return json_reply(200, TRY(deployment_document(TRY(context.with.store.deployment(id)), context)));
}

Result<http::Response> undeploy(const Call& call, const RouteContext& context) {
    const base::DeploymentId id(call.path.find("deployment")->second);
    const Deployment deployment = TRY(context.with.store.deployment(id));
    const auto current = TRY(context.with.store.current_deployment(deployment.node));
    if (!current || current->id != deployment.id) {
        return base::conflict("deployment " + id.str() + " is not its node's current one");
    }
    TRY(context.with.engine.provision(deployment.node.str(), Verb::Deleted, nullptr));
    return empty_reply(202);
}

Result<http::Response> show_current(const Call& call, const RouteContext& context) {
    const Node node = TRY(find_node(call, context));
    const auto current = TRY(context.with.store.current_deployment(node.id));
    if (!current) {
        return base::not_found("node " + node.id.str() + " has no deployment");
    }
    return json_reply(200, TRY(deployment_document(*current, context)));
}

Result<http::Response> release(const Call& call, const RouteContext& context) {
    TRY(context.with.engine.release(TRY(find_node(call, context)).id.str()));
    return empty_reply(202);
}

Json blob_document(const cache::Blob& blob) {
    Json leases = Json::array();
    for (const cache::Lease& lease : blob.leases) {
        leases.push_back({{"kind", cache::to_string(lease.kind)}, {"holder", lease.holder}});
    }
    return {
        {"digest", blob.digest.str()}, {"size", blob.size.bytes()}, {"kind", blob.kind},
        {"urls", blob.urls},           {"leases", leases},          {"last_used", base::to_iso8601(blob.last_used)}};
}

Result<http::Response> list_images(const Call&, const RouteContext& context) {
    Json images = Json::array();
    for (const cache::Blob& blob : context.with.images.list()) {
        images.push_back(blob_document(blob));
    }
    Json downloads = Json::array();
    for (const cache::FetchProgress& progress : context.with.images.downloads()) {
        downloads.push_back({{"url", progress.url},
                             {"phase", progress.phase},
                             {"received", progress.received.bytes()},
                             {"total", progress.total ? Json(progress.total->bytes()) : Json(nullptr)}});
    }
    return json_reply(200, {{"images", std::move(images)}, {"downloads", std::move(downloads)}});
}

Result<http::Response> show_budget(const Call&, const RouteContext& context) {
    const cache::Usage usage = context.with.images.usage();
    return json_reply(200, {{"budget", usage.budget.bytes()},
                            {"used", usage.used.bytes()},
                            {"reserved", usage.reserved.bytes()},
                            {"evictable", usage.evictable.bytes()},
                            {"filesystem_free", usage.filesystem_free.bytes()},
                            {"images", usage.blobs}});
}

Result<http::Response> remove_image(const Call& call, const RouteContext& context) {
    TRY(context.with.images.remove(TRY(base::Digest::parse(call.path.find("digest")->second))));
    return empty_reply(204);
}

Result<http::Response> evict_images(const Call& call, const RouteContext& context) {
    const Json body = TRY(call.json());
    const base::JsonReader reader(body);
    const auto bytes = TRY(reader.integer("bytes"));
    if (bytes < 0) {
        return base::invalid_argument("/bytes must not be negative");
    }
    const bool dry_run = TRY(reader.optional_boolean("dry_run")).value_or(false);
    Json evicted = Json::array();
    const base::ByteCount wanted(static_cast<std::uint64_t>(bytes));
    for (const cache::Blob& blob : TRY(context.with.images.evict(wanted, dry_run))) {
        evicted.push_back(blob_document(blob));
    }
    return json_reply(200, {{"evicted", std::move(evicted)}, {"dry_run", dry_run}});
}

void show_plan(const std::shared_ptr<const Call>& call, const Answer& answer, const RouteContext& context) {
    context.with.engine.plan(call->path.find("node")->second, [answer](Result<vmedia::PlanReport> report) {
        if (!report.ok()) {
            answer(std::move(report).error());
        } else {
            answer(json_reply(200, vmedia::render_json(*report)));
        }
    });
}

void show_manifest(const std::shared_ptr<const Call>& call, const Answer& answer, const RouteContext& context) {
    context.with.engine.manifest(call->path.find("node")->second, [answer](Result<Json> manifest) {
        if (!manifest.ok()) {
            answer(std::move(manifest).error());
        } else {
            answer(json_reply(200, *manifest));
        }
    });
}

}  // namespace

std::vector<Route> isolde_routes(const RouteContext& context) {
    const auto with = [context](Result<http::Response> (*answer)(const Call&, const RouteContext&)) {
        return direct([context, answer](const Call& call) { return answer(call, context); });
    };
    const Action plan = [context](const std::shared_ptr<const Call>& call, const Answer& answer) {
        show_plan(call, answer, context);
    };
    const Action manifest = [context](const std::shared_ptr<const Call>& call, const Answer& answer) {
        show_manifest(call, answer, context);
    };
    return {{"POST", "/isolde/v1/deployments", 1, with(create_deployment)},
            {"GET", "/isolde/v1/deployments/{deployment}", 1, with(show_deployment)},
            {"DELETE", "/isolde/v1/deployments/{deployment}", 1, with(undeploy)},
            {"GET", "/isolde/v1/nodes/{node}/deployment", 1, with(show_current)},
            {"POST", "/isolde/v1/nodes/{node}/release", 1, with(release)},
            {"GET", "/isolde/v1/nodes/{node}/plan", 1, plan},
            {"GET", "/isolde/v1/nodes/{node}/manifest", 1, manifest},
            {"GET", "/isolde/v1/images", 1, with(list_images)},
            {"DELETE", "/isolde/v1/images/{digest}", 1, with(remove_image)},
            {"POST", "/isolde/v1/images/evict", 1, with(evict_images)},
            {"GET", "/isolde/v1/budget", 1, with(show_budget)}};
}

}  // namespace isolde::conductor::api
