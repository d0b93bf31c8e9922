// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "base/testing/seeded_random.h"
#include "conductor/store/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <thread>

namespace isolde::conductor {
namespace {

using base::Bytes;
using base::ErrorKind;

class SealerTest : public ::testing::Test {
  protected:
    std::unique_ptr<Sealer> sealer(int key) { return make_sealer(Bytes(32, std::byte(key)), random_).value(); }

    base::testing::SeededRandom random_{1};
    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("sealer").value();
};

TEST_F(SealerTest, OpensWhatItSealed) {
    const auto sealer = this->sealer(1);
    for (const std::string& plain :
         {std::string(), std::string("hunter2"), std::string("\0\xff", 2), std::string(5'000'000, 'x')}) {
        const std::string sealed = sealer->seal(plain, "nodes/1/driver_info");
        EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
        EXPECT_EQ(sealer->open(sealed, "nodes/1/driver_info").value(), plain);
    }
}

TEST_F(SealerTest, SealsTheSameValueDifferentlyEachTime) {
    const auto sealer = this->sealer(1);
    EXPECT_NE(sealer->seal("a", "c"), sealer->seal("a", "c"));
}

TEST_F(SealerTest, RefusesAValueThatWasMoved) {
    const auto sealer = this->sealer(1);
    const auto opened = sealer->open(sealer->seal("hunter2", "nodes/1/driver_info"), "nodes/2/driver_info");
    EXPECT_EQ(opened.error().kind, ErrorKind::Corrupt);
    EXPECT_NE(opened.error().message.find("nodes/2/driver_info"), std::string::npos);
}

TEST_F(SealerTest, RefusesAValueAlteredAtAnyCharacter) {
    const auto sealer = this->sealer(1);
    const std::string sealed = sealer->seal("hunter2", "c");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string altered = sealed;
        altered[i] = altered[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(sealer->open(altered, "c").error().kind, ErrorKind::Corrupt) << "character " << i;
        EXPECT_EQ(sealer->open(sealed.substr(0, i), "c").error().kind, ErrorKind::Corrupt) << "cut at " << i;
    }
}

TEST_F(SealerTest, NamesBothKeysWhenTheKeyIsWrong) {
    const std::string sealed = sealer(1)->seal("hunter2", "c");
    const auto opened = sealer(2)->open(sealed, "c");
    EXPECT_EQ(opened.error().kind, ErrorKind::Corrupt);
    EXPECT_NE(opened.error().message.find("sealed by key " + sealed.substr(3, 8)), std::string::npos);
    EXPECT_EQ(opened.error().message.find("hunter2"), std::string::npos);
}

TEST_F(SealerTest, GivesADigestKeyOfItsOwn) {
    EXPECT_EQ(sealer(1)->digest_key().size(), 32U);
    EXPECT_EQ(sealer(1)->digest_key(), sealer(1)->digest_key());
    EXPECT_NE(sealer(1)->digest_key(), sealer(2)->digest_key());
    EXPECT_NE(sealer(1)->digest_key(), Bytes(32, std::byte{1}));
}

TEST_F(SealerTest, NeedsAKeyOf32Bytes) {
    for (const std::size_t size : {0U, 16U, 31U, 33U}) {
        EXPECT_EQ(make_sealer(Bytes(size), random_).error().kind, ErrorKind::InvalidArgument) << size;
    }
}

TEST_F(SealerTest, CreatesItsKeyOnceForItsOwnerOnly) {
    const std::string path = directory_.path() + "/key";
    const Bytes created = load_or_create_key(path, random_).value();
    EXPECT_EQ(created.size(), 32U);
    EXPECT_EQ(load_or_create_key(path, random_).value(), created);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(base::list_directory(directory_.path())->size(), 1U) << "no draft is left";
}

TEST_F(SealerTest, GivesOneKeyToAllThatStartAtOnce) {
    const std::string path = directory_.path() + "/key";
    std::vector<Bytes> keys(8);
    std::vector<std::thread> threads;
    for (auto& key : keys) threads.emplace_back([&] { key = load_or_create_key(path, random_).value(); });
    for (auto& thread : threads) thread.join();
    for (const auto& key : keys) EXPECT_EQ(key, keys.front());
}

TEST_F(SealerTest, ReadsKeyFilesInEveryForm) {
    const Bytes key(32, std::byte{0x5a});
    const std::string path = directory_.path() + "/given";
    for (const std::string& content :
         {std::string(base::as_text(key)), base::to_hex(key), base::to_hex(key) + "\n", base::to_base64(key) + "\n"}) {
        ASSERT_TRUE(base::write_durably(path, content).ok());
        EXPECT_EQ(load_or_create_key(path, random_).value(), key);
    }
    for (const std::string& content : {std::string(), std::string("secret"), base::to_hex(Bytes(31))}) {
        ASSERT_TRUE(base::write_durably(path, content).ok());
        const auto refused = load_or_create_key(path, random_);
        EXPECT_EQ(refused.error().kind, ErrorKind::InvalidArgument);
        EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
    }
    EXPECT_FALSE(load_or_create_key(directory_.path() + "/missing/key", random_).ok());
}

}  // namespace
}  // namespace isolde::conductor
