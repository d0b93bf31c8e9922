// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/checksum.h"

#include <gtest/gtest.h>

namespace isolde::base {
namespace {

TEST(Checksum, GivesTheDigestSoFarAndGoesOn) {
    // RFC 1321 A.5, FIPS 180-4 examples.
    const std::pair<ChecksumAlgorithm, const char*> rows[] = {
        {ChecksumAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"},
        {ChecksumAlgorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {ChecksumAlgorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {ChecksumAlgorithm::Sha512,
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce"
         "80e"
         "2a9ac94fa54ca49f"},
    };
    for (const auto& [algorithm, expected] : rows) {
        Checksum checksum(algorithm);
        checksum.update(as_bytes("ab"));
        EXPECT_NE(checksum.hex(), expected);
        checksum.update(as_bytes("c"));
        EXPECT_EQ(checksum.hex(), expected);
        EXPECT_EQ(checksum.hex(), expected);
    }
}

}  // namespace
}  // namespace isolde::base
