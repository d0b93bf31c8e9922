// SPDX-License-Identifier: GPL-3.0-or-later
//
// Images are large: no test leaves its own to the others.
#include "workbench.h"

namespace isolde::vmedia::tests {
namespace {

class Sweeper : public testing::EmptyTestEventListener {
    void OnTestEnd(const testing::TestInfo& /*test*/) override { sweep_test_directory(); }
};

const bool kSweeps = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new Sweeper);  // which owns it
    return true;
}();

}  // namespace
}  // namespace isolde::vmedia::tests
