"""Rotations on real shells: honest phones, lying tools, and cables pulled at exact points."""

from collections.abc import Callable
from threading import Event

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.faults import NAMED, NoOpSetPin, YesToAllVerify
from agents.handset.framework.personality import personalities
from agents.handset.framework.state import User
from agents.handset.handset import Handset
from agents.phone import lock_visit
from agents.phone.adb import Adb, AdbPhone
from agents.phone.errors import NoAnswer
from agents.phone.lock_visit import Opens
from agents.phone.lockscreen import clear_pin, free_look, rotate_pin, settle
from fleet.contracts.builds import BuildTrust
from tests.handset_fixtures import StartHandset

pytestmark = pytest.mark.handset

NEW = "731946"
MAKERS = [
    "xiaomi-14-hyperos", "huawei-mate60-harmonyos", "honor-magic6-magicos",
    "oppo-find-x7-coloros", "vivo-x100-originos", "samsung-s24-oneui", "vivo-y85-funtouch",
]  # fmt: skip


def through(adb_server: AdbServer, handset: Handset, *, legacy: bool = False) -> AdbPhone:
    return AdbPhone(Adb(port=adb_server.port), handset.address, legacy=legacy)


@pytest.mark.parametrize("maker", MAKERS)
def test_every_makers_pin_is_rotated_with_proof(
    adb_server: AdbServer, start_handset: StartHandset, maker: str
) -> None:
    handset = start_handset(maker, seed=False)
    old = handset.profile.pin or None
    phone = through(adb_server, handset, legacy=maker == "vivo-y85-funtouch")

    outcome = rotate_pin(phone, old=old, new=NEW)

    reason = None if old else "first_pin"
    assert (outcome.state, outcome.reason, outcome.opens) == ("proven", reason, Opens.NEW)
    assert handset.lock.secret == NEW
    canary_and_control = 2 if old else 1
    assert handset.lock.wrong_total == outcome.wrong_attempts == canary_and_control


def test_the_free_look_costs_one_round_trip_and_no_attempt(
    adb_server: AdbServer, handset: Handset
) -> None:
    phone = through(adb_server, handset)

    look = free_look(phone)

    assert (look.secure, look.credential_type, look.wipe_limit) == (True, "pin", 0)
    assert (phone.round_trips, handset.lock.wrong_total) == (1, 0)


def test_a_tool_that_changes_nothing_leaves_the_old_pin(
    adb_server: AdbServer, start_handset: StartHandset
) -> None:
    handset = start_handset(faults=[NoOpSetPin()], seed=False)
    old = handset.lock.secret

    outcome = rotate_pin(through(adb_server, handset), old=old, new=NEW)

    assert (outcome.state, outcome.reason, outcome.opens) == ("unproven", "not_applied", Opens.OLD)
    assert handset.lock.secret == old


@pytest.mark.parametrize(
    ("maker", "state"), [("samsung-s24-oneui", "refused"), ("vivo-y85-funtouch", "unproven")]
)
def test_a_tool_that_lies_in_everything_is_believed_nothing(
    adb_server: AdbServer, start_handset: StartHandset, maker: str, state: str
) -> None:
    handset = start_handset(maker, faults=[NoOpSetPin(), YesToAllVerify()], seed=False)
    old = handset.lock.secret

    outcome = rotate_pin(through(adb_server, handset), old=old or None, new=NEW)

    assert (outcome.state, outcome.reason) == (state, "says_yes_to_everything")
    assert handset.lock.secret == old


def second_space(handset: Handset) -> None:
    handset.state.users.append(User(10, "第二空间", 0x10, lock="pin", separate=True))
    handset.state.current_user = 10


def work_profile(handset: Handset) -> None:
    handset.state.users.append(User(11, "工作", 0x1030, lock="pin", separate=True))


def policy_of_eight(handset: Handset) -> None:
    handset.lock.minimum_length = 8


def has_tool(name: str) -> Callable[[Handset], None]:
    def give(handset: Handset) -> None:
        tool = personalities()[name]
        handset.state.personality, handset.state.sdk = tool, tool.sdk
        handset.props["ro.build.version.sdk"] = str(tool.sdk)

    return give


@pytest.mark.parametrize(
    ("given", "state", "reason"),
    [
        (second_space, "refused", "second_space"),
        (work_profile, "proven", "profile_has_own_lock"),
        (policy_of_eight, "refused", "admin_policy"),
        (has_tool("retail-14"), "refused", "vendor_refused"),
        (has_tool("no-lock-screen-14"), "refused", "no_lock_screen"),
        (has_tool("aosp-8.0"), "refused", "no_locksettings"),
        (has_tool("miui-9"), "proven", None),
        (has_tool("aosp-10"), "proven", None),
        (has_tool("full-stop-13"), "proven", None),
        (has_tool("samsung-16"), "proven", None),
    ],
)
def test_each_phone_ends_as_what_it_is(
    adb_server: AdbServer,
    handset: Handset,
    given: Callable[[Handset], None],
    state: str,
    reason: str | None,
) -> None:
    given(handset)

    outcome = rotate_pin(through(adb_server, handset), old=handset.lock.secret, new=NEW)

    assert (outcome.state, outcome.reason) == (state, reason)
    assert (handset.lock.secret == NEW) is (state == "proven")


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        ("applies-late", "unproven", "not_applied"),
        ("killed-before-applying", "in_doubt", "tool_gone"),
        ("prints-secret-back", "proven", None),
        ("throttles-after-five", "refused", "throttled"),
        ("security-exception", "refused", "denied"),
        ("changed-behind-our-back", "refused", "old_refused"),
        ("lock-tool-hangs", "refused", "tool_hangs"),
    ],
)
def test_each_fault_that_can_be_asked_for_is_called_by_its_name(
    adb_server: AdbServer,
    handset: Handset,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    state: str,
    reason: str | None,
) -> None:
    monkeypatch.setattr(lock_visit, "TOOL_SECONDS", 4.0)
    old = handset.lock.secret
    handset.add_fault(NAMED[fault]())

    outcome = rotate_pin(through(adb_server, handset), old=old, new=NEW)

    assert (outcome.state, outcome.reason) == (state, reason)
    kept = repr(outcome) + outcome.sentence + "".join(handset.journal)
    assert not [secret for secret in (old, NEW) if secret in kept]


def test_a_wrong_old_pin_is_tried_once_and_nothing_is_set(
    adb_server: AdbServer, handset: Handset
) -> None:
    outcome = rotate_pin(through(adb_server, handset), old="000000", new=NEW)

    assert (outcome.state, outcome.reason) == ("refused", "old_refused")
    assert (handset.lock.secret, handset.lock.wrong_total) == (handset.profile.pin, 1)


@pytest.mark.parametrize(("moment", "opens"), [("before", Opens.OLD), ("after", Opens.NEW)])
def test_a_cable_pulled_at_the_set_leaves_doubt_that_the_next_visit_settles(
    adb_server: AdbServer, handset: Handset, moment: str, opens: Opens
) -> None:
    old, phone = handset.lock.secret, through(adb_server, handset)
    pulled = Event()

    def pull() -> None:
        handset.unplug()
        pulled.set()

    getattr(handset, moment)("locksettings set-pin", pull)

    outcome = rotate_pin(phone, old=old, new=NEW, trust=BuildTrust.TRUSTED)
    assert (outcome.state, outcome.touched) == ("in_doubt", True)

    assert pulled.wait(10)
    handset.plug_in()
    settled = settle(phone, new=NEW, old=old)

    # A command that the phone has already received goes on without the cable.
    really = Opens.NEW if handset.lock.secret == NEW else Opens.OLD
    assert settled.opens is really
    assert really is opens or moment == "before"
    assert handset.lock.wrong_total == 1


def test_a_cable_pulled_before_the_set_is_an_error_and_no_doubt(
    adb_server: AdbServer, handset: Handset
) -> None:
    handset.before("locksettings verify --old", handset.unplug)

    with pytest.raises(NoAnswer):
        rotate_pin(through(adb_server, handset), old=handset.lock.secret, new=NEW)

    assert handset.lock.secret == handset.profile.pin


def test_a_lock_is_cleared_and_found_gone(adb_server: AdbServer, handset: Handset) -> None:
    outcome = clear_pin(through(adb_server, handset), old=handset.profile.pin)

    assert (outcome.state, outcome.opens) == ("verified", Opens.NO_LOCK)
    assert not handset.lock.secret
