// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/step.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

TEST(InjectionPlan, KeepsTheMediumsChecksumsWhereTheDeploymentSaysSo) {
    DeploymentFields fields;
    EXPECT_EQ(injection_plan(fields).media_check, vmedia::MediaCheck::Drop);
    fields.keep_media_check = true;
    EXPECT_EQ(injection_plan(fields).media_check, vmedia::MediaCheck::Keep);
}

}  // namespace
}  // namespace isolde::conductor
