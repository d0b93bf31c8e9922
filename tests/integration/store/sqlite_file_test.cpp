// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is in the SQLite file, and what happens to files that are not ours, older, newer, or sealed by another key.
#include "base/files.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_random.h"
#include "conductor/store/connection.h"
#include "conductor/store/schema.h"
#include "conductor/store/store.h"
#include "conductor/store/writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace isolde::conductor {
namespace {

using base::ErrorKind;
using base::Json;
using base::NodeId;

constexpr const char* kPlanted = "planted-secret-7f3a";

class SqliteFile : public ::testing::Test {
  protected:
    base::Result<std::unique_ptr<Store>> open(int key = 1) {
        sealers_.push_back(make_sealer(base::Bytes(32, std::byte(key)), random_).value());
        return open_sqlite_store({.path = path_}, *sealers_.back(), clock_, log_);
    }
    std::unique_ptr<Connection> raw() { return Connection::open(path_, Connection::Access::ReadWrite).value(); }

    Node new_node() {
        Node node;
        node.id = NodeId(random_.uuid());
        node.created_at = clock_.wall();
        return node;
    }

    base::testing::ManualClock clock_;
    base::testing::SeededRandom random_{1};
    base::NullLog log_;
    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("sqlite file").value();
    std::string path_ = directory_.path() + "/isolde.db";
    std::vector<std::unique_ptr<Sealer>> sealers_;
};

/// A change with the planted text in every place that may hold a secret.
Change change_full_of_secrets(const Node& empty) {
    const std::string secret = kPlanted;
    const std::string url = "http://user:" + secret + "@images.example/live.iso";
    Change change;
    change.node = empty;
    change.node->driver_info = {{"redfish_address", "https://bmc"}, {"redfish_password", secret}};
    change.node->instance_info = {{"boot_iso", url}, {"configdrive", {{"user_data", secret}}}};
    change.new_node = true;
    Deployment deployment;
    deployment.id = base::DeploymentId("d1");
    deployment.node = empty.id;
    deployment.fields = {{"boot_iso", url},
                         {"inject_files", {{{"path", "/a"}, {"content", secret}, {"secret", true}}}}};
    deployment.url = url;
    change.put_deployment = deployment;
    change.new_deployment = true;
    PublicationRecord publication;
    publication.token = base::PublicationToken("t1");
    publication.node = empty.id;
    publication.deployment = deployment.id;
    publication.url = url;
    change.put_publications = {publication};
    change.left_behind = {LeftBehind{"https://bmc", "/s", "/slot", url, {}}};
    return change;
}

TEST_F(SqliteFile, HoldsNoSecretInClear) {
    auto store = open().value();
    const Change change = change_full_of_secrets(new_node());
    ASSERT_TRUE(store->apply(change).ok());
    EXPECT_EQ(store->node(change.node->id)->driver_info["redfish_password"], kPlanted);
    const auto search = [&] {
        int files = 0;
        for (const auto& name : base::list_directory(directory_.path()).value()) {
            const std::string content = base::read_file(base::join_path(directory_.path(), name)).value();
            EXPECT_EQ(content.find(kPlanted), std::string::npos) << name;
            EXPECT_EQ(content.find(base::to_base64(base::to_bytes(kPlanted)).substr(0, 20)), std::string::npos) << name;
            files += content.find(change.node->id.str()) != std::string::npos ? 1 : 0;
        }
        return files;
    };
    EXPECT_GE(search(), 1) << "the write-ahead log holds the node";
    store.reset();
    EXPECT_EQ(search(), 1) << "the database alone holds the node";
}

TEST_F(SqliteFile, KeepsAConfigDriveOutOfTheRowsThatAreWrittenAgain) {
    auto store = open().value();
    Node node = new_node();
    node.instance_info = {{"configdrive", std::string(4'000'000, 'A')}};
    Change change;
    change.node = node;
    change.new_node = true;
    ASSERT_TRUE(store->apply(change).ok());
    const auto connection = raw();
    const auto bytes = [&](const char* what, const char* table) {
        return std::stoll(
            connection->query("CAST(sum(length(" + std::string(what) + ")) AS TEXT)", std::string("FROM ") + table)
                ->front()
                .front()
                .value_or("0"));
    };
    EXPECT_LT(bytes("instance_info", "nodes"), 1000);
    EXPECT_GT(bytes("content", "config_drives"), 4'000'000);
    change.delete_node = node.id;
    change.node.reset();
    ASSERT_TRUE(store->apply(change).ok());
    EXPECT_TRUE(connection->query("id", "FROM config_drives")->empty());
}

TEST_F(SqliteFile, OpensRowsThatHoldTheirConfigDriveThemselves) {
    const base::Json info = {{"configdrive", {{"user_data", kPlanted}}}};
    Node node = new_node();
    Change change;
    change.node = node;
    change.new_node = true;
    auto store = open().value();
    ASSERT_TRUE(store->apply(change).ok());
    const auto sealed = sealers_.back()->seal(base::dump_json(info), "nodes/" + node.id.str() + "/instance_info");
    ASSERT_TRUE(raw()->execute("UPDATE nodes SET instance_info = :info", Values{conductor::text(sealed)}).ok());
    EXPECT_EQ(store->node(node.id)->instance_info, info);
    EXPECT_EQ(store->with_config_drive(node.id, info).value(), info);
    change.node = store->node(node.id).value();
    change.new_node = false;
    ASSERT_TRUE(store->apply(change).ok());
    const auto moved = store->node(node.id)->instance_info;
    EXPECT_NE(moved, info);
    EXPECT_EQ(store->with_config_drive(node.id, moved).value(), info);
}

TEST_F(SqliteFile, IsForItsOwnerOnly) {
    const auto store = open().value();
    for (const auto& name : base::list_directory(directory_.path()).value()) {
        struct stat status {};
        ASSERT_EQ(::stat(base::join_path(directory_.path(), name).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
    }
}

TEST_F(SqliteFile, IsRefusedUnderAnotherKey) {
    ASSERT_TRUE(open(1).ok());
    const auto other = open(2);
    ASSERT_FALSE(other.ok());
    EXPECT_EQ(other.error().kind, ErrorKind::Corrupt);
    EXPECT_NE(other.error().to_string().find("the key at hand is"), std::string::npos) << other.error().to_string();
    EXPECT_TRUE(open(1).ok());
}

TEST_F(SqliteFile, IsRefusedWhenItIsNoDatabase) {
    ASSERT_TRUE(base::write_durably(path_, std::string(8192, 'x')).ok());
    const auto opened = open();
    EXPECT_EQ(opened.error().kind, ErrorKind::Corrupt);
    EXPECT_NE(opened.error().to_string().find(path_), std::string::npos);
}

TEST_F(SqliteFile, IsRefusedWhenItIsAnotherProgramsDatabase) {
    ASSERT_TRUE(raw()->execute("CREATE TABLE cats (name TEXT)").ok());
    const auto opened = open();
    EXPECT_EQ(opened.error().kind, ErrorKind::Corrupt);
    EXPECT_NE(opened.error().to_string().find("another program"), std::string::npos);
}

TEST_F(SqliteFile, IsRefusedWhenANewerVersionWroteIt) {
    ASSERT_TRUE(open().ok());
    const auto next = static_cast<std::int64_t>(store_migrations().size()) + 1;
    ASSERT_TRUE(
        raw()->execute("INSERT INTO schema_migrations VALUES (:number, 'later', 'sha256:0', 0)", {number(next)}).ok());
    const auto opened = open();
    EXPECT_EQ(opened.error().kind, ErrorKind::Corrupt);
    EXPECT_NE(opened.error().to_string().find("newer version"), std::string::npos);
}

TEST_F(SqliteFile, IsRefusedWhenAMigrationDiffers) {
    ASSERT_TRUE(open().ok());
    ASSERT_TRUE(raw()->execute("UPDATE schema_migrations SET checksum = 'sha256:0' WHERE number = 1").ok());
    EXPECT_EQ(open().error().kind, ErrorKind::Corrupt);
}

TEST_F(SqliteFile, IsBroughtUpFromEveryOlderVersion) {
    const auto migrations = store_migrations();
    for (std::size_t version = 0; version < migrations.size(); ++version) {
        SCOPED_TRACE(version);
        path_ = directory_.path() + "/version-" + std::to_string(version) + ".db";
        {
            const auto connection = raw();
            ASSERT_TRUE(migrate(*connection, migrations.first(version), clock_, log_).ok());
            if (version > 0) {
                ASSERT_TRUE(connection->execute("INSERT INTO settings VALUES ('kept', 'yes')").ok());
            }
        }
        auto store = open();
        ASSERT_TRUE(store.ok()) << store.error().to_string();
        ASSERT_TRUE((*store)->apply(change_full_of_secrets(new_node())).ok());
        store->reset();
        const auto connection = raw();
        EXPECT_EQ(connection->query("number", "FROM schema_migrations")->size(), migrations.size());
        if (version > 0) {
            EXPECT_EQ(connection->query("value", "FROM settings WHERE name = 'kept'")->size(), 1U);
        }
    }
}

TEST_F(SqliteFile, KeepsNothingOfAMigrationThatFails) {
    const std::vector<Migration> broken{{1, "good", "CREATE TABLE a (x TEXT);\n"},
                                        {2, "broken", "CREATE TABLE b (x TEXT);\nCREATE TABLE a (x TEXT);\n"}};
    const auto connection = raw();
    EXPECT_FALSE(migrate(*connection, broken, clock_, log_).ok());
    EXPECT_EQ(connection->query("name", "FROM sqlite_master WHERE name IN ('a', 'b')")->size(), 1U);
    const std::vector<Migration> repaired{broken[0], {2, "repaired", "CREATE TABLE b (x TEXT);\n"}};
    EXPECT_TRUE(migrate(*connection, repaired, clock_, log_).ok());
}

TEST_F(SqliteFile, FlushesEveryCommitOfTheWriteAheadLog) {
    const auto connection = raw();
    EXPECT_EQ(connection->query("journal_mode", "FROM pragma_journal_mode")->front().front(), "wal");
    EXPECT_EQ(connection->query("synchronous", "FROM pragma_synchronous")->front().front(), "2");
}

TEST_F(SqliteFile, NamesNoValueInTheErrorsOfTheDatabase) {
    const auto store = open().value();
    Change change;
    change.node = new_node();
    change.new_node = true;
    change.history = {{kPlanted, change.node->id, {}, "INFO", kPlanted, "t", "c"},
                      {kPlanted, change.node->id, {}, "INFO", kPlanted, "t", "c"}};
    const auto refused = store->apply(change);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(refused.error().to_string().find(kPlanted), std::string::npos) << refused.error().to_string();
}

TEST_F(SqliteFile, NamesARowThatCannotBeRead) {
    auto store = open().value();
    Change change;
    change.node = new_node();
    change.new_node = true;
    ASSERT_TRUE(store->apply(change).ok());
    ASSERT_TRUE(raw()->execute("UPDATE nodes SET driver_info = 'v1:00000000:AAAA'").ok());
    const auto node = store->node(change.node->id);
    EXPECT_EQ(node.error().kind, ErrorKind::Corrupt);
    EXPECT_NE(node.error().to_string().find(change.node->id.str()), std::string::npos);
}

TEST_F(SqliteFile, GoesOnAfterATransactionWasLost) {
    auto connection = raw();
    ASSERT_TRUE(connection->execute("CREATE TABLE t (x TEXT)").ok());
    ASSERT_TRUE(connection->execute("PRAGMA max_page_count = 16").ok());
    Writer writer(std::move(connection));
    const auto insert = [&](std::size_t size) {
        return writer.submit([size](Connection& c) -> base::Result<void> {
            TRY(c.execute("INSERT INTO t (x) VALUES (:x)", {text(std::string(size, 'x'))}));
            return {};
        });
    };
    EXPECT_TRUE(insert(10).ok());
    EXPECT_EQ(insert(1'000'000).error().kind, ErrorKind::Exhausted);
    EXPECT_TRUE(insert(10).ok());
    EXPECT_EQ(raw()->query("x", "FROM t")->size(), 2U);
}

}  // namespace
}  // namespace isolde::conductor
