# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(integration/engine
    LINKS conductor/engine conductor/engine/testing conductor/store vmedia/build bmc/testing cache/testing base/testing TIMEOUT 180)
isolde_test(unit/engine LINKS conductor/engine/steps vmedia/build image cache/testing base/testing)
