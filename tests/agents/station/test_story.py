"""A station with a real server and real adbd: phones come, are known, are worked on, and go."""

import sqlite3

import pytest
from sqlalchemy import select

from agents.handset.faults import NoOpSetPin, YesToAllVerify
from fleet.contracts.backups import BackupState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.contracts.stations import JobState
from fleet.custody.acceptance import plan_wipe
from fleet.custody.emptiness import newest_wipe
from fleet.custody.wiping import say_wiped
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.rotation.services import plan_rotation
from fleet.stations.models import Job, StationReport
from fleet.stations.probing import probe_device
from fleet.vault.queries import known_credential, password_of, pin_of
from fleet.vault.services import adopt, disclose
from tests.agents.station.desk import (
    CLERK,
    backup_asked,
    backup_ended,
    ended,
    present,
    rotation_due,
    until,
    value_in_vault,
)
from tests.factories import Make

pytestmark = pytest.mark.handset


def test_a_phone_that_is_plugged_in_is_inventoried_and_missed_when_it_goes(desk, agent, handset):
    device = until(lambda: present(desk, handset))
    assert device.model == handset.props["ro.product.model"]

    handset.unplug()
    until(lambda: not present(desk, handset))

    handset.plug_in()
    until(lambda: present(desk, handset))
    assert desk.trail_is_whole()


def test_a_phone_that_comes_again_as_it_was_is_told_in_few_words(desk, agent, handset):
    first = until(lambda: present(desk, handset)).last_seen_at
    known = "SELECT count(*) FROM sight WHERE known = 1"
    until(lambda: sqlite3.connect(agent.home.outbox).execute(known).fetchone()[0])
    handset.unplug()
    until(lambda: not present(desk, handset))

    handset.plug_in()

    again = until(lambda: present(desk, handset))
    assert again.last_seen_at > first
    told = reported(desk)
    assert told[-2:] == ["phone_left", "phone_unchanged"]
    assert set(told[:-2]) == {"phone_seen"}  # twice where the slow answers came later
    with desk.looking() as session:
        phone = session.get(Device, again.id)
        assert phone.quick is not None
        assert phone.known_facts.probed_at > first


def reported(desk):
    with desk.looking() as session:
        rows = select(StationReport.kind).order_by(StationReport.sequence)
        return list(session.scalars(rows))


def test_a_pin_is_rotated_and_proven_by_the_phone_itself(desk, agent, handset):
    until(lambda: present(desk, handset))
    rotation = rotation_due(desk, handset)

    done = until(lambda: ended(desk, rotation))

    assert (done.state, done.level) == (RotationState.PROVEN, Level.PROVEN)
    assert handset.lock.secret == value_in_vault(desk, handset) != handset.profile.pin


def test_a_phone_is_backed_up_and_the_server_finds_it_complete(desk, agent, handset):
    until(lambda: present(desk, handset))
    backup = backup_asked(desk, handset)

    done = until(lambda: backup_ended(desk, backup))

    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED)
    assert done.stored == done.files > 0
    assert not list(agent.home.backups.iterdir())


def test_a_password_changed_by_a_person_is_observed_on_the_screen(desk, agent, handset):
    device = until(lambda: present(desk, handset))
    with desk.acting() as session:
        account = Make(session).account(device_id=device.id)
        rotation = plan_rotation(session, desk.tools, account, reason="asked", actor=CLERK)
        credential = known_credential(session, password_of(account))
        shown = disclose(
            session, desk.tools, credential, reason="for the change", actor=CLERK, pending=True
        )
    handset.person.change_wechat_password(shown.value)

    done = until(lambda: ended(desk, rotation.id))

    assert (done.state, done.level) == (RotationState.OBSERVED, Level.OBSERVED)


def test_an_accepted_phone_is_erased_and_back_in_stock(desk, agent, handset):
    device = until(lambda: present(desk, handset))
    handset.put("DCIM/private.jpg", b"x")
    with desk.acting() as session:
        mine = session.get(Device, device.id)
        adopt(
            session,
            desk.tools,
            pin_of(mine),
            value=handset.profile.pin,
            reason="known",
            actor=CLERK,
        )
        mine.state = State.ACCEPTED
        plan_wipe(session, mine, actor=CLERK)

    until(lambda: desk.device(handset.serial).state is State.IN_STOCK)

    assert not (handset.storage_path / "DCIM/private.jpg").exists()
    assert not handset.lock.secret


def test_a_phone_that_is_said_to_be_erased_and_is_not_is_no_stock(desk, agent, handset):
    device = until(lambda: present(desk, handset))
    with desk.acting() as session:
        mine = session.get(Device, device.id)
        mine.state = State.ACCEPTED
        say_wiped(session, mine, way="settings", note="first screen", actor=CLERK)
        probe_device(session, mine, actor=CLERK)

    left = until(lambda: left_on(desk, device))

    assert {"start", "accounts", "work_apps"} <= set(left)
    assert desk.device(handset.serial).state is State.WIPED
    with desk.acting() as session:
        mine = session.get(Device, device.id)
        known = {"value": handset.profile.pin, "reason": "known"}
        adopt(session, desk.tools, pin_of(mine), **known, actor=CLERK)
        plan_wipe(session, mine, actor=CLERK)
    until(lambda: desk.device(handset.serial).state is State.IN_STOCK)


def left_on(desk, device):
    with desk.looking() as session:
        return newest_wipe(session, session.get(Device, device.id)).left


def test_a_look_asked_for_sees_what_was_done_by_hand(desk, agent, handset):
    device = until(lambda: present(desk, handset))
    assert signed_in(desk, handset)
    handset.person.sign_out_vendor_account()
    with desk.acting() as session:
        job = probe_device(session, session.get(Device, device.id), actor=CLERK).id

    until(lambda: job_ended(desk, job))

    assert not signed_in(desk, handset)


def signed_in(desk, handset):
    with desk.looking() as session:
        device = session.get(Device, desk.device(handset.serial).id)
        return [one.type for one in device.known_facts.accounts if one.count]


def job_ended(desk, job):
    with desk.looking() as session:
        return session.get(Job, job).state is JobState.DONE


def test_two_phones_are_worked_on_at_once_and_each_once(desk, agent, start_handset):
    phones = [start_handset(), start_handset("oppo-find-x7-coloros")]
    for phone in phones:
        until(lambda phone=phone: present(desk, phone))
    rotations = [rotation_due(desk, phone) for phone in phones]

    states = [until(lambda one=one: ended(desk, one)).state for one in rotations]

    assert states == [RotationState.PROVEN] * 2
    for phone in phones:
        sets = [line for line in phone.journal if "set-pin" in line]
        assert len(sets) == 1


def test_a_lying_lock_tool_is_found_out_before_it_is_given_anything(desk, agent, start_handset):
    phone = start_handset("oppo-find-x7-coloros", faults=[NoOpSetPin(), YesToAllVerify()])
    until(lambda: present(desk, phone))
    rotation = rotation_due(desk, phone)

    done = until(lambda: ended(desk, rotation))

    assert (done.state, done.reason) == (RotationState.REFUSED, "says_yes_to_everything")
    assert "set-pin" not in " ".join(phone.journal)
    assert phone.lock.secret == phone.profile.pin == value_in_vault(desk, phone)
    assert any("says yes to a wrong value" in line for line in agent.said)
