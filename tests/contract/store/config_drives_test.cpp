// SPDX-License-Identifier: GPL-3.0-or-later
//
// Config drives that nodes and their deployments name: kept apart from them, and gone when nobody names them.
#include "store_fixture.h"

namespace isolde::conductor {
namespace {

using base::ErrorKind;
using base::Json;

class StoreConfigDrives : public testing::StoreContract {
  protected:
    static Json with_drive(const std::string& user_data) {
        return {{"boot_iso", "http://x/a.iso"}, {"configdrive", {{"user_data", user_data}}}};
    }
    /// The node as stored, with a drive.
    Node give_drive(Node node, const std::string& user_data) {
        node.instance_info = with_drive(user_data);
        EXPECT_TRUE(update(node).ok());
        return store().node(node.id).value();
    }
    Deployment deploy(const Node& node, const std::string& user_data) {
        Deployment deployment = new_deployment(node);
        deployment.fields = with_drive(user_data);
        begin(deployment);
        return store().deployment(deployment.id).value();
    }
    base::Result<Json> whole(const Node& node, const Json& fields) {
        return store().with_config_drive(node.id, fields);
    }
};
ISOLDE_TEST_EVERY_STORE(StoreConfigDrives);

TEST_P(StoreConfigDrives, AreReadAsReferencesThatLeadBackToThem) {
    const Node node = give_drive(enroll("n1"), "secret");
    const Deployment deployment = deploy(node, "secret");
    reopen();
    const Json info = store().node(node.id)->instance_info;
    EXPECT_TRUE(info["configdrive"].is_string()) << info.dump();
    EXPECT_EQ(info.dump().find("secret"), std::string::npos);
    EXPECT_EQ(store().deployment(deployment.id)->fields, info) << "one drive, kept once";
    EXPECT_EQ(whole(node, info).value(), with_drive("secret"));
    EXPECT_EQ(whole(node, {{"one_shot", true}}).value(), Json({{"one_shot", true}}));
}

TEST_P(StoreConfigDrives, StayWhileWhatNamesThemIsWrittenAgain) {
    Node node = give_drive(enroll("n1"), "secret");
    const Json info = node.instance_info;
    node.power_state = "power on";
    ASSERT_TRUE(update(node).ok());
    EXPECT_EQ(store().node(node.id)->instance_info, info);
    EXPECT_EQ(whole(node, info).value(), with_drive("secret"));
}

TEST_P(StoreConfigDrives, GoWithTheFieldsThatNamedThem) {
    Node node = give_drive(enroll("n1"), "one");
    const Json first = node.instance_info;
    node = give_drive(node, "two");
    EXPECT_EQ(whole(node, first).error().kind, ErrorKind::NotFound);
    const Json second = node.instance_info;
    node.instance_info = Json::object();
    ASSERT_TRUE(update(node).ok());
    EXPECT_EQ(whole(node, second).error().kind, ErrorKind::NotFound);
}

TEST_P(StoreConfigDrives, StayAsLongAsADeploymentUnderWayNamesThem) {
    Node node = give_drive(enroll("n1"), "secret");
    Deployment deployment = deploy(node, "secret");
    node.instance_info = Json::object();
    ASSERT_TRUE(update(node).ok());
    EXPECT_TRUE(whole(node, deployment.fields).ok());
    deployment.state = DeploymentState::Ended;
    put(deployment);
    EXPECT_EQ(whole(node, deployment.fields).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store().deployment(deployment.id)->fields, deployment.fields) << "the record stays";
}

TEST_P(StoreConfigDrives, OfADeploymentMayComeLater) {
    const Node node = enroll("n1");
    Deployment deployment = new_deployment(node);
    deployment.fields["configdrive"] = "http://x/drive";
    Change change;
    change.put_deployment = deployment;
    change.new_deployment = true;
    ASSERT_TRUE(store().apply(change).ok());
    deployment.fields = with_drive("secret");
    deployment.provenance = {{"configdrive", "http://x/drive"}};
    change.put_deployment = deployment;
    change.new_deployment = false;
    change.completed_fields = true;
    ASSERT_TRUE(store().apply(change).ok());
    reopen();
    Deployment kept = store().deployment(deployment.id).value();
    EXPECT_EQ(whole(node, kept.fields).value(), with_drive("secret"));
    EXPECT_EQ(kept.provenance, deployment.provenance);
    kept.state = DeploymentState::Ended;
    put(kept);
    EXPECT_EQ(whole(node, kept.fields).error().kind, ErrorKind::NotFound);
}

TEST_P(StoreConfigDrives, OfANodeStayWhenItsDeploymentFails) {
    const Node node = give_drive(enroll("n1"), "secret");
    Deployment deployment = deploy(node, "secret");
    deployment.state = DeploymentState::Failed;
    put(deployment);
    EXPECT_EQ(whole(node, node.instance_info).value(), with_drive("secret")) << "it is deployed again with it";
}

TEST_P(StoreConfigDrives, AreNoOtherNodesWhateverItsFieldsSay) {
    const Node owner = give_drive(enroll("n1"), "secret");
    Node other = enroll("n2");
    other.instance_info = owner.instance_info;
    ASSERT_TRUE(update(other).ok());
    EXPECT_EQ(whole(other, other.instance_info).error().kind, ErrorKind::NotFound);
}

TEST_P(StoreConfigDrives, AreTakenOutOfANewNodeToo) {
    Node node = new_node("n1");
    node.instance_info = with_drive("secret");
    node = enroll(node);
    EXPECT_EQ(whole(node, node.instance_info).value(), with_drive("secret"));
}

}  // namespace
}  // namespace isolde::conductor
