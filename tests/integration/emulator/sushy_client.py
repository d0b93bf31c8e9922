#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives one emulated BMC with OpenStack's sushy, as an Ironic conductor would: insert, boot once, power, eject.

usage: sushy_client.py URL ISO_URL
Prints one line for each step that was observed to have worked; any failure ends it with a traceback.
"""
import sys
import time

import sushy


def wait_for(what, observe, wanted, seconds=20):
    deadline = time.monotonic() + seconds
    while True:
        seen = observe()
        if seen == wanted:
            print(what)
            return
        if time.monotonic() > deadline:
            raise AssertionError("%s: %r after %d s, not %r" % (what, seen, seconds, wanted))
        time.sleep(0.05)


def fresh(resource):
    resource.refresh(force=True)
    return resource


def main(url, iso):
    root = sushy.Sushy(url, auth=sushy.auth.SessionAuth("admin", "password"), verify=False)
    system = root.get_system(root.get_system_collection().members_identities[0])
    manager = system.managers[0]
    slot = next(one for one in manager.virtual_media.get_members() if sushy.VIRTUAL_MEDIA_CD in one.media_types)
    assert system.power_state == sushy.PowerState.OFF, system.power_state

    slot.insert_media(iso)
    wait_for("inserted", lambda: (fresh(slot).inserted, slot.image), (True, iso))
    try:
        slot.insert_media(iso)
        raise AssertionError("a full slot took another medium")
    except sushy.exceptions.HTTPError as error:
        assert error.status_code == 409, error
    print("full slot refused")

    fresh(system).set_system_boot_options(sushy.BOOT_SOURCE_TARGET_CD, sushy.BOOT_SOURCE_ENABLED_ONCE)
    assert fresh(system).boot.enabled == sushy.BootSourceOverrideEnabled.ONCE
    assert system.boot.target == sushy.BootSource.CD
    print("boot once set")

    system.reset_system(sushy.RESET_ON)
    wait_for("on", lambda: fresh(system).power_state, sushy.PowerState.ON)
    wait_for("override consumed", lambda: fresh(system).boot.enabled, sushy.BootSourceOverrideEnabled.DISABLED)
    wait_for("system runs", lambda: fresh(system).json["BootProgress"]["LastState"], "OSRunning")

    system.reset_system(sushy.RESET_GRACEFUL_SHUTDOWN)
    wait_for("off", lambda: fresh(system).power_state, sushy.PowerState.OFF)
    slot.eject_media()
    wait_for("ejected", lambda: (fresh(slot).inserted, slot.image), (False, None))
    root._auth.close()
    print("session closed")


if __name__ == "__main__":
    main(*sys.argv[1:])
