// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_fixture.h"

namespace isolde::conductor {
namespace {

using base::ErrorKind;
using base::Json;
using base::NodeId;

class StoreNodes : public testing::StoreContract {
  protected:
    std::vector<std::string> names(const NodeFilter& filter) {
        std::vector<std::string> names;
        for (const auto& node : store().list_nodes(filter).value()) names.push_back(node.name);
        return names;
    }

    Node node_of_bmc(const std::string& name, const std::string& address, const std::string& system) {
        Node node = new_node(name);
        node.driver_info = {{"redfish_address", address}};
        if (!system.empty()) node.driver_info["redfish_system_id"] = system;
        return node;
    }

    base::Result<void> insert(const Node& node) {
        Change change;
        change.node = node;
        change.new_node = true;
        return store().apply(change);
    }
};
ISOLDE_TEST_EVERY_STORE(StoreNodes);

Node full_node(Node node) {
    node.driver_info = {{"redfish_address", "https://bmc"}, {"redfish_password", "hunter2"}};
    node.instance_info = {{"boot_iso", "http://u:p@x/a.iso"}, {"list", {1, 2.5, nullptr, "ü"}}};
    node.properties = {{"cpus", 4}};
    node.extra = {{"note", "it's \"quoted\"; DROP TABLE nodes; --"}};
    node.attributes = {{"owner", "me"}};
    node.instance_uuid = "11111111-2222-3333-4444-555555555555";
    node.conductor_group = "rack-1";
    node.provision_state = ProvisionState::WaitCallBack;
    node.power_state = "power on";
    node.target_power_state = "power off";
    node.maintenance = true;
    node.maintenance_reason = "disk";
    node.fault = "power failure";
    node.last_error = "BMC does not answer";
    node.driver_internal_info = {{"deployment", {{"step", "insert"}}}};
    node.updated_at = node.created_at + std::chrono::microseconds(1);
    node.provision_updated_at = node.created_at + std::chrono::microseconds(2);
    return node;
}

void expect_equal(const Node& a, const Node& b) {
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.driver, b.driver);
    EXPECT_EQ(a.driver_info, b.driver_info);
    EXPECT_EQ(a.instance_info, b.instance_info);
    EXPECT_EQ(a.properties, b.properties);
    EXPECT_EQ(a.extra, b.extra);
    EXPECT_EQ(a.attributes, b.attributes);
    EXPECT_EQ(a.instance_uuid, b.instance_uuid);
    EXPECT_EQ(a.conductor_group, b.conductor_group);
    EXPECT_EQ(a.provision_state, b.provision_state);
    EXPECT_EQ(a.power_state, b.power_state);
    EXPECT_EQ(a.target_power_state, b.target_power_state);
    EXPECT_EQ(a.maintenance, b.maintenance);
    EXPECT_EQ(a.maintenance_reason, b.maintenance_reason);
    EXPECT_EQ(a.fault, b.fault);
    EXPECT_EQ(a.last_error, b.last_error);
    EXPECT_EQ(a.driver_internal_info, b.driver_internal_info);
    EXPECT_EQ(a.created_at, b.created_at);
    EXPECT_EQ(a.updated_at, b.updated_at);
    EXPECT_EQ(a.provision_updated_at, b.provision_updated_at);
}

TEST_P(StoreNodes, KeepEveryMemberAcrossAnUpdateAndARestart) {
    const Node node = full_node(new_node("n1"));
    expect_equal(enroll(node), node);

    Node changed = store().node(node.id).value();
    changed.name = "";
    changed.instance_uuid = "";
    changed.maintenance = false;
    changed.provision_state = ProvisionState::Active;
    changed.updated_at.reset();
    ASSERT_TRUE(update(changed).ok());
    reopen();
    expect_equal(store().node(node.id).value(), changed);
}

TEST_P(StoreNodes, AreFoundByIdElseByName) {
    const Node a = enroll("a");
    Node named_like_a = new_node(a.id.str());
    named_like_a = enroll(named_like_a);
    EXPECT_EQ(store().find_node("a")->id, a.id);
    EXPECT_EQ(store().find_node(a.id.str())->id, a.id);
    EXPECT_EQ(store().find_node("").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store().find_node("b").error().message, "Node b could not be found.");
}

TEST_P(StoreNodes, GrowTheirVersionWithEveryWrite) {
    Node node = enroll("n1");
    EXPECT_EQ(node.version, 1);
    const Node stale = node;
    ASSERT_TRUE(update(node).ok());
    EXPECT_EQ(store().node(node.id)->version, 2);
    const auto late = update(stale);
    EXPECT_EQ(late.error().kind, ErrorKind::Conflict);
    EXPECT_NE(late.error().message.find("n1"), std::string::npos);
    EXPECT_EQ(update(new_node("never stored")).error().kind, ErrorKind::NotFound);
}

TEST_P(StoreNodes, WriteNothingOfAChangeWhoseGuardFails) {
    Node node = enroll("n1");
    const Node stale = node;
    ASSERT_TRUE(update(node).ok());
    Change change;
    change.node = stale;
    change.begin_operation = operation_of(node, now());
    change.history = {{"h1", node.id, now(), "INFO", "event", "type", "c1"}};
    EXPECT_EQ(store().apply(change).error().kind, ErrorKind::Conflict);
    change.node.reset();
    change.node = store().node(node.id).value();
    change.put_ports = {{"p1", NodeId("nobody"), "aa", Json::object(), now(), {}}};
    EXPECT_EQ(store().apply(change).error().kind, ErrorKind::NotFound);

    EXPECT_EQ(store().node(node.id)->version, 2);
    EXPECT_FALSE(store().operation(node.id, Lane::Provision)->has_value());
    EXPECT_TRUE(store().history(node.id)->empty());
}

TEST_P(StoreNodes, HaveUniqueIdsNamesAndInstances) {
    Node first = new_node("a");
    first.instance_uuid = "i-1";
    first = enroll(first);
    const auto expect_conflict = [&](const Node& node, const std::string& text) {
        const auto refused = insert(node);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
        EXPECT_NE(refused.error().message.find(text), std::string::npos) << refused.error().message;
    };
    Node same_id = new_node("b");
    same_id.id = first.id;
    expect_conflict(same_id, "A node with UUID " + first.id.str() + " already exists.");
    expect_conflict(new_node("a"), "A node with name a already exists: " + first.id.str());
    Node same_instance = new_node("b");
    same_instance.instance_uuid = "i-1";
    expect_conflict(same_instance, "Instance i-1 is already associated with node " + first.id.str());

    Node other = enroll("b");
    other.name = "a";
    EXPECT_EQ(update(other).error().kind, ErrorKind::Conflict);
    enroll("");
    EXPECT_TRUE(insert(new_node("")).ok()) << "nodes without a name do not collide";
}

TEST_P(StoreNodes, OwnABmcSystemAlone) {
    const Node first = enroll(node_of_bmc("first", "https://BMC.example/", "/redfish/v1/Systems/1"));
    struct Row {
        const char* name;
        const char* address;
        const char* system;
        bool taken;
    };
    for (const auto& row : {Row{"the same", "https://bmc.example", "/redfish/v1/Systems/1", true},
                            Row{"another spelling", "bmc.example:443", "/redfish/v1/Systems/1/", true},
                            Row{"the only system of the same BMC", "https://bmc.example", "", true},
                            Row{"another system", "https://bmc.example", "/redfish/v1/Systems/2", false},
                            Row{"another port", "https://bmc.example:8443", "/redfish/v1/Systems/1", false},
                            Row{"another BMC", "https://bmc2.example", "", false}}) {
        const auto result = insert(node_of_bmc(row.name, row.address, row.system));
        EXPECT_EQ(result.ok(), !row.taken) << row.name;
        if (result.ok()) continue;
        EXPECT_EQ(result.error().kind, ErrorKind::Conflict);
        EXPECT_NE(result.error().message.find("\"first\" (" + first.id.str() + ")"), std::string::npos)
            << result.error().message;
    }
    EXPECT_FALSE(insert(node_of_bmc("a system beside an only one", "https://bmc2.example", "/x")).ok());
    EXPECT_TRUE(insert(new_node("no address yet")).ok());
    EXPECT_TRUE(update(first).ok()) << "a node does not collide with itself";
}

TEST_P(StoreNodes, GiveTheirBmcUpWhenDeleted) {
    const Node first = enroll(node_of_bmc("first", "https://bmc", ""));
    Change change;
    change.delete_node = first.id;
    ASSERT_TRUE(store().apply(change).ok());
    EXPECT_EQ(store().node(first.id).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store().apply(change).error().kind, ErrorKind::NotFound);
    EXPECT_TRUE(insert(node_of_bmc("second", "https://bmc", "")).ok());
}

TEST_P(StoreNodes, AreFiltered) {
    Node a = new_node("Rack1-a");
    a.maintenance = true;
    a.conductor_group = "g";
    Node b = new_node("rack1_b");
    b.instance_uuid = "i-1";
    b.provision_state = ProvisionState::Active;
    Node c = new_node("");
    c.driver = "other";
    for (const auto& node : {a, b, c}) enroll(node);

    using Names = std::vector<std::string>;
    EXPECT_EQ(names({}), (Names{"Rack1-a", "rack1_b", ""}));
    EXPECT_EQ(names({.provision_state = ProvisionState::Active}), Names{"rack1_b"});
    EXPECT_EQ(names({.maintenance = true}), Names{"Rack1-a"});
    EXPECT_EQ(names({.maintenance = false}), (Names{"rack1_b", ""}));
    EXPECT_EQ(names({.associated = true}), Names{"rack1_b"});
    EXPECT_EQ(names({.associated = false}), (Names{"Rack1-a", ""}));
    EXPECT_EQ(names({.instance_uuid = "i-1"}), Names{"rack1_b"});
    EXPECT_EQ(names({.driver = "other"}), Names{""});
    EXPECT_EQ(names({.conductor_group = "g"}), Names{"Rack1-a"});
    EXPECT_EQ(names({.name_contains = "rAck1"}), (Names{"Rack1-a", "rack1_b"}));
    EXPECT_EQ(names({.name_contains = "_"}), Names{"rack1_b"});
    EXPECT_EQ(names({.name_contains = "%"}), Names{});
    EXPECT_EQ(names({.maintenance = true, .driver = "other"}), Names{});
}

TEST_P(StoreNodes, ArePagedInOrderOfCreation) {
    std::vector<std::string> all;
    for (int i = 0; i < 25; ++i) all.push_back(enroll("n" + std::to_string(i)).name);
    std::vector<std::string> seen;
    NodeFilter page{.limit = 10};
    for (auto nodes = store().list_nodes(page).value(); !nodes.empty(); nodes = store().list_nodes(page).value()) {
        EXPECT_LE(nodes.size(), 10U);
        for (const auto& node : nodes) seen.push_back(node.name);
        page.after = nodes.back().id;
    }
    EXPECT_EQ(seen, all);
    EXPECT_EQ(store().list_nodes({.after = NodeId("gone")}).error().kind, ErrorKind::NotFound);
}

TEST_P(StoreNodes, HavePortsWithUniqueAddresses) {
    const Node a = enroll("a");
    const Node b = enroll("b");
    Port port{"p1", a.id, "AA:BB:CC:00:00:01", {{"pxe_enabled", true}}, now(), std::nullopt};
    Change change;
    change.put_ports = {port};
    ASSERT_TRUE(store().apply(change).ok());
    EXPECT_EQ(store().port("p1")->address, "aa:bb:cc:00:00:01");
    EXPECT_EQ(store().list_ports("aa:BB:cc:00:00:01")->size(), 1U);
    EXPECT_EQ(store().ports(a.id)->front().attributes, port.attributes);
    EXPECT_TRUE(store().ports(b.id)->empty());

    change.put_ports = {{"p2", b.id, "aa:bb:cc:00:00:01", Json::object(), now(), std::nullopt}};
    const auto duplicate = store().apply(change);
    EXPECT_EQ(duplicate.error().kind, ErrorKind::Conflict);
    EXPECT_NE(
        duplicate.error().message.find("MAC address aa:bb:cc:00:00:01 already exists: port p1 of node " + a.id.str()),
        std::string::npos);

    port.attributes = {{"pxe_enabled", false}};
    port.updated_at = now();
    change.put_ports = {port};
    ASSERT_TRUE(store().apply(change).ok());
    EXPECT_EQ(store().port("p1")->updated_at, now());
    EXPECT_EQ(store().list_ports("")->size(), 1U);

    Change removal;
    removal.delete_ports = {"p1"};
    ASSERT_TRUE(store().apply(removal).ok());
    EXPECT_EQ(store().port("p1").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store().apply(removal).error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace isolde::conductor
