// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_fixture.h"

namespace isolde::conductor {
namespace {

using base::DeploymentId;
using base::ErrorKind;
using base::Json;
using namespace std::chrono_literals;

class StoreRecords : public testing::StoreContract {
  protected:
    using StoreContract::put;
    void put(const PublicationRecord& publication) {
        Change change;
        change.put_publications = {publication};
        ASSERT_TRUE(store().apply(change).ok());
    }
    void add(const HistoryEntry& entry) {
        Change change;
        change.history = {entry};
        ASSERT_TRUE(store().apply(change).ok());
    }
    PublicationRecord new_publication(const Deployment& deployment) {
        PublicationRecord publication;
        publication.token = base::PublicationToken(random_.token());
        publication.node = deployment.node;
        publication.deployment = deployment.id;
        publication.slot = "/redfish/v1/Managers/1/VirtualMedia/Cd";
        publication.url = "http://192.0.2.1:6180/m/" + publication.token.str() + "/boot.iso";
        publication.generation = 4;
        publication.created_at = now();
        return publication;
    }
};
ISOLDE_TEST_EVERY_STORE(StoreRecords);

TEST_P(StoreRecords, KeepEveryMemberOfADeployment) {
    Deployment deployment = new_deployment(enroll("n1"));
    deployment.state = DeploymentState::Active;
    deployment.ended_at = now() + 9s;
    deployment.provenance = {{"boot_iso", "request"}};
    deployment.image = base::Digest(base::DigestAlgorithm::Sha256, std::string(64, 'a'));
    deployment.image_size = base::gibibytes(10);
    deployment.plan_digest = "abc";
    deployment.slot = "/slot";
    deployment.token = "token";
    deployment.url = "http://192.0.2.1/m/token/boot.iso";
    deployment.reset_intended_at = now() + 1s;
    deployment.reset_done_at = now() + 2s;
    deployment.evidence.loader = true;
    deployment.evidence.booted = now() + 3s;
    deployment.error = "none";
    deployment.second_media = {
        {"config", "config.img", "/slot/2", "token2", "http://192.0.2.1/m/token2/config.img", deployment.image}};
    deployment.boot_files = {{"kernel", *deployment.image}, {"ramdisk", *deployment.image}};
    deployment.journal = {{Step::Admit, now(), now() + 1s, "done"}, {Step::Acquire, now(), std::nullopt, ""}};
    begin(deployment);
    reopen();
    const Deployment kept = store().deployment(deployment.id).value();
    EXPECT_EQ(kept.node, deployment.node);
    EXPECT_EQ(kept.state, deployment.state);
    EXPECT_EQ(kept.created_at, deployment.created_at);
    EXPECT_EQ(kept.ended_at, deployment.ended_at);
    EXPECT_EQ(kept.fields, deployment.fields);
    EXPECT_EQ(kept.provenance, deployment.provenance);
    EXPECT_EQ(kept.image, deployment.image);
    EXPECT_EQ(kept.image_size, deployment.image_size);
    EXPECT_EQ(kept.plan_digest, deployment.plan_digest);
    EXPECT_EQ(kept.slot, deployment.slot);
    EXPECT_EQ(kept.token, deployment.token);
    EXPECT_EQ(kept.url, deployment.url);
    EXPECT_EQ(kept.reset_intended_at, deployment.reset_intended_at);
    EXPECT_EQ(kept.reset_done_at, deployment.reset_done_at);
    EXPECT_EQ(to_json(kept.evidence), to_json(deployment.evidence));
    EXPECT_EQ(kept.error, deployment.error);
    EXPECT_EQ(to_json(kept.journal), to_json(deployment.journal));
    EXPECT_EQ(kept.boot_files, deployment.boot_files);
    EXPECT_EQ(to_json(kept.second_media), to_json(deployment.second_media));
}

TEST_P(StoreRecords, UpdateADeploymentButNotWhatWasAskedFor) {
    Deployment deployment = new_deployment(enroll("n1"));
    begin(deployment);
    deployment.evidence.bytes_read = 77;
    put(deployment);
    EXPECT_EQ(store().deployment(deployment.id)->evidence.bytes_read, 77U);
    const Json asked_for = deployment.fields;
    deployment.fields["one_shot"] = true;
    put(deployment);
    EXPECT_EQ(store().deployment(deployment.id)->fields, asked_for);
    EXPECT_EQ(store().deployment(DeploymentId("x")).error().kind, ErrorKind::NotFound);
}

TEST_P(StoreRecords, RefuseToUpdateADeploymentThatIsNotThereAndToBeginOneTwice) {
    Change change;
    change.put_deployment = new_deployment(enroll("n1"));
    EXPECT_EQ(store().apply(change).error().kind, ErrorKind::NotFound);
    change.new_deployment = true;
    ASSERT_TRUE(store().apply(change).ok());
    EXPECT_EQ(store().apply(change).error().kind, ErrorKind::Conflict);
}

TEST_P(StoreRecords, CallTheNewestDeploymentOfANodeTheCurrentOne) {
    const Node node = enroll("n1");
    EXPECT_FALSE(store().current_deployment(node.id)->has_value());
    Deployment first = new_deployment(node);
    const Deployment second = new_deployment(node);
    begin(first);
    begin(second);
    first.state = DeploymentState::Ended;
    put(first);
    EXPECT_EQ(store().current_deployment(node.id)->value().id, second.id);
}

TEST_P(StoreRecords, ListDeploymentsThatLive) {
    using D = DeploymentState;
    for (const auto state : {D::Running, D::Active, D::Released, D::Failed, D::Ended}) {
        Deployment deployment = new_deployment(enroll(std::string(to_string(state))));
        deployment.state = state;
        begin(deployment);
    }
    std::vector<D> states;
    for (const auto& deployment : store().live_deployments().value()) states.push_back(deployment.state);
    EXPECT_EQ(states, (std::vector{D::Running, D::Active, D::Released}));
}

TEST_P(StoreRecords, ForgetOldDeploymentsAndWhatWasPublishedForThem) {
    const Node node = enroll("n1");
    std::vector<Deployment> deployments;
    std::vector<PublicationRecord> publications;
    for (int i = 0; i < 25; ++i) {
        deployments.push_back(new_deployment(node));
        deployments.back().state = DeploymentState::Ended;
        begin(deployments.back());
        publications.push_back(new_publication(deployments.back()));
        publications.back().state = PublicationState::Revoked;
        put(publications.back());
    }
    EXPECT_FALSE(store().deployment(deployments.front().id).ok());
    EXPECT_FALSE(store().publication(publications.front().token).ok());
    EXPECT_TRUE(store().deployment(deployments[5].id).ok());
    EXPECT_TRUE(store().publication(publications[5].token).ok());
    EXPECT_TRUE(store().deployment(deployments.back().id).ok());
}

TEST_P(StoreRecords, KeepPublicationsUntilTheyAreRevoked) {
    const Deployment deployment = new_deployment(enroll("n1"));
    begin(deployment);
    PublicationRecord publication = new_publication(deployment);
    put(publication);
    const PublicationRecord kept = store().publication(publication.token).value();
    EXPECT_EQ(kept.node, publication.node);
    EXPECT_EQ(kept.deployment, publication.deployment);
    EXPECT_EQ(kept.slot, publication.slot);
    EXPECT_EQ(kept.url, publication.url);
    EXPECT_EQ(kept.generation, 4);
    EXPECT_EQ(kept.created_at, publication.created_at);
    publication.state = PublicationState::RevokePending;
    put(publication);
    ASSERT_EQ(store().live_publications()->size(), 1U);
    EXPECT_EQ(store().live_publications()->front().state, PublicationState::RevokePending);
    publication.state = PublicationState::Revoked;
    put(publication);
    EXPECT_TRUE(store().live_publications()->empty());
    EXPECT_EQ(store().publication(base::PublicationToken("x")).error().kind, ErrorKind::NotFound);
}

TEST_P(StoreRecords, KeepHistoryInOrder) {
    const Node node = enroll("n1");
    Change change;
    for (int i = 0; i < 3; ++i) {
        change.history.push_back(
            {"h" + std::to_string(i), node.id, now(), "WARNING", "event " + std::to_string(i), "boot.loop", "c1"});
    }
    ASSERT_TRUE(store().apply(change).ok());
    const auto history = store().history(node.id).value();
    ASSERT_EQ(history.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(history[i].event, "event " + std::to_string(i));
    const HistoryEntry entry = store().history_entry(node.id, "h1").value();
    EXPECT_EQ(entry.severity, "WARNING");
    EXPECT_EQ(entry.event_type, "boot.loop");
    EXPECT_EQ(entry.conductor, "c1");
    EXPECT_EQ(entry.created_at, now());
    EXPECT_EQ(store().history_entry(enroll("n2").id, "h1").error().kind, ErrorKind::NotFound);
}

TEST_P(StoreRecords, BoundHistory) {
    const Node node = enroll("n1");
    Change change;
    for (int i = 0; i < 310; ++i)
        change.history.push_back({"h" + std::to_string(i), node.id, now(), "INFO", "e", "t", "c"});
    ASSERT_TRUE(store().apply(change).ok());
    const auto history = store().history(node.id).value();
    ASSERT_EQ(history.size(), 300U);
    EXPECT_EQ(history.front().id, "h10");

    add({"long", node.id, now(), "INFO", std::string(254, 'a') + "üü", "t", "c"});
    EXPECT_EQ(store().history_entry(node.id, "long")->event, std::string(254, 'a')) << "cut between characters";
}

TEST_P(StoreRecords, RememberWhatWasLeftBehindInABmc) {
    Change change;
    change.left_behind = {LeftBehind{"https://BMC.example", "/s/1", "/slot", "http://m/1", now()}};
    ASSERT_TRUE(store().apply(change).ok());
    change.left_behind[0].url = "http://m/2";
    ASSERT_TRUE(store().apply(change).ok());
    const auto found = store().left_behind("bmc.example:443").value();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].url, "http://m/2");
    EXPECT_EQ(found[0].bmc_address, "https://BMC.example");
    EXPECT_EQ(found[0].system_id, "/s/1");
    EXPECT_TRUE(store().left_behind("https://other")->empty());
    Change forget;
    forget.forget_left_behind = found;
    ASSERT_TRUE(store().apply(forget).ok());
    EXPECT_TRUE(store().left_behind("https://bmc.example")->empty());
}

TEST_P(StoreRecords, KeepConductorsByTheirHeartbeat) {
    ASSERT_TRUE(store().heartbeat({"c2", "g", now(), now()}).ok());
    ASSERT_TRUE(store().heartbeat({"c1", "", now(), now()}).ok());
    ASSERT_TRUE(store().heartbeat({"c2", "h", now() + 5s, now() + 5s}).ok());
    const auto conductors = store().conductors().value();
    ASSERT_EQ(conductors.size(), 2U);
    EXPECT_EQ(conductors[0].name, "c1");
    EXPECT_EQ(conductors[1].group, "h");
    EXPECT_EQ(conductors[1].created_at, now());
    EXPECT_EQ(conductors[1].updated_at, now() + 5s);
}

TEST_P(StoreRecords, AnswerAnIdempotencyKeyTheSecondTime) {
    EXPECT_FALSE(store().idempotent("k", "digest")->has_value());
    EXPECT_FALSE(store().idempotent("k", "digest")->has_value()) << "taken, not answered: the same request may go on";
    EXPECT_EQ(store().idempotent("k", "other").error().kind, ErrorKind::Conflict);
    ASSERT_TRUE(store().remember("k", DeploymentId("d1")).ok());
    reopen();
    EXPECT_EQ(store().idempotent("k", "digest")->value(), DeploymentId("d1"));
    EXPECT_EQ(store().idempotent("k", "other").error().kind, ErrorKind::Conflict);
    EXPECT_EQ(store().remember("unknown", DeploymentId("d1")).error().kind, ErrorKind::NotFound);
    clock_.advance(8 * 24h);
    EXPECT_FALSE(store().idempotent("k", "other")->has_value()) << "keys are forgotten after a week";
}

TEST_P(StoreRecords, GoWithTheirNode) {
    const Node node = enroll("n1");
    const Deployment deployment = new_deployment(node);
    begin(deployment);
    const PublicationRecord publication = new_publication(deployment);
    put(publication);
    add({"h", node.id, now(), "INFO", "e", "t", "c"});
    Change change;
    change.put_ports = {{"p1", node.id, "aa", Json::object(), now(), {}}};
    ASSERT_TRUE(store().apply(change).ok());

    Change removal;
    removal.delete_node = node.id;
    removal.left_behind = {LeftBehind{"https://bmc", "", "/slot", publication.url, now()}};
    ASSERT_TRUE(store().apply(removal).ok());
    EXPECT_FALSE(store().deployment(deployment.id).ok());
    EXPECT_FALSE(store().publication(publication.token).ok());
    EXPECT_FALSE(store().port("p1").ok());
    EXPECT_TRUE(store().history(node.id)->empty());
    EXPECT_EQ(store().left_behind("https://bmc")->size(), 1U);
}

}  // namespace
}  // namespace isolde::conductor
