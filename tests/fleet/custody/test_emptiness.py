"""A phone that was erased is stock when a visit finds nothing of its last life on it."""

from datetime import UTC, datetime, timedelta

import pytest

import fleet.wiring  # noqa: F401 — who listens
from fleet.access.actor import SYSTEM
from fleet.audit.services import recorded
from fleet.contracts.facts import (
    AccountCount,
    App,
    Earlier,
    Gap,
    Lock,
    PhoneFacts,
    Settings,
    Storage,
    User,
)
from fleet.contracts.stations import JobState
from fleet.contracts.work_apps import WECHAT
from fleet.custody.acceptance import accept, plan_wipe
from fleet.custody.emptiness import boots_of, left_on, newest_wipe
from fleet.custody.issuing import issue
from fleet.custody.usage import last_use
from fleet.custody.ways import left_in_words, wiping
from fleet.custody.wiping import say_wiped
from fleet.devices.emptiness import LEFT, LOOKS, NOT_KNOWN
from fleet.devices.lifecycle import State
from tests.fleet.custody.proofs import look, look_at_empty, return_with_proof

OWNER, CLONE = User(id=0, kind="owner"), User(id=999, kind="clone")
EMPTY = PhoneFacts(users=(OWNER,), lock=Lock(secure=False), boot_count=1, boot_id="b")
LEFT_THERE = {
    "accounts": {"accounts": (AccountCount(type="com.xiaomi", count=1),)},
    "users": {"users": (OWNER, CLONE)},
    "lock": {"lock": Lock(secure=True)},
    "work_apps": {"apps": (App(package=WECHAT, users=(0,)),)},
    "device_owner": {"device_owner": "com.example/.Admin"},
    "memory_card": {"storage": Storage(sd_card=True)},
}
NOT_TOLD = {
    "accounts": {"gaps": (Gap(part="accounts", reason="refused"),)},
    "users": {"users": ()},
    "lock": {"lock": Lock()},
    "work_apps": {"gaps": (Gap(part="packages", reason="refused"),)},
}


@pytest.fixture
def wiped(session, tools, make):
    """Give a phone that a person says he erased."""
    device, ann = make.device(), make.employee()
    issue(session, to=ann, devices=[device], actor=make.actor())
    return_with_proof(session, tools, make, device, ann)
    accept(session, device, actor=make.actor())
    say_wiped(session, device, way="settings", note="first screen", actor=make.actor())
    return device


def test_every_look_can_find_something(session):
    assert set(LEFT_THERE) == set(LOOKS)
    assert left_on(EMPTY, "27 a") == []


@pytest.mark.parametrize("name", LEFT_THERE)
def test_what_is_left_is_named(name):
    assert left_on(EMPTY.model_copy(update=LEFT_THERE[name]), None) == [name]
    assert left_in_words(name) != name


@pytest.mark.parametrize("name", NOT_TOLD)
def test_what_cannot_be_told_is_no_no(name):
    assert left_on(EMPTY.model_copy(update=NOT_TOLD[name]), None) == [f"not_known_{name}"]


def test_every_word_has_a_sentence():
    assert set(LEFT) == {*LOOKS, "start"}
    assert set(NOT_KNOWN) == set(NOT_TOLD)


def test_a_phone_that_did_not_start_anew_was_not_erased():
    assert left_on(EMPTY, boots_of(EMPTY)) == ["start"]


def test_an_empty_phone_is_stock(session, tools, make, wiped):
    look_at_empty(session, tools, make, wiped)

    assert wiped.state is State.IN_STOCK
    assert newest_wipe(session, wiped).empty_at is not None
    assert recorded(session)[-1].name == "device.found_empty"


def test_one_that_is_not_is_kept_out_named_once_and_wiped_again(session, tools, make, wiped):
    for _again in range(2):
        look(session, tools, make, wiped, users=(OWNER, CLONE), lock=Lock(secure=False))

    assert wiped.state is State.WIPED
    told = [one for one in recorded(session) if one.name == "device.found_not_empty"]
    assert [one.details["left"] for one in told] == [["users"]]
    assert wiping(session, wiped).wipe.left == [left_in_words("users")]
    assert plan_wipe(session, wiped, actor=make.actor()).state is JobState.WAITING
    assert wiped.state is State.ACCEPTED


def test_a_visit_from_before_the_wipe_says_nothing_of_it(session, tools, make, wiped):
    newest_wipe(session, wiped).at += timedelta(hours=1)

    look_at_empty(session, tools, make, wiped)

    assert wiped.state is State.WIPED


@pytest.mark.parametrize(
    ("used", "zone", "at"),
    [
        ("2026-11-21 18:22:09", "Asia/Shanghai", datetime(2026, 11, 21, 10, 22, 9, tzinfo=UTC)),
        ("2026-11-21 18:22:09", "Nowhere/Here", None),
        ("2026-11-21 18:22:09", None, None),
        ("1970", "Asia/Shanghai", None),
        ("2031-01-01 00:00:00", "Asia/Shanghai", None),  # after the visit that told it
        (None, "Asia/Shanghai", None),
    ],
)
def test_when_an_app_was_last_used_is_said_by_our_clock_or_not_at_all(used, zone, at):
    facts = PhoneFacts(
        apps=(App(package=WECHAT, last_used=used), App(package="com.game", last_used=used)),
        settings=Settings(timezone=zone),
        probed_at=datetime(2026, 11, 26, tzinfo=UTC),
        clock_offset_seconds=0.0,
    )

    assert last_use(facts).at == at


def test_what_is_known_of_its_use_is_as_old_as_the_answer():
    visited, asked = datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 11, 25, 20, tzinfo=UTC)
    facts = PhoneFacts(probed_at=visited)
    before = facts.model_copy(update={"earlier": (Earlier(part="usage", at=asked),)})

    assert (last_use(facts).told_at, last_use(before).told_at) == (visited, asked)


def test_nobody_is_told_of_a_phone_that_is_out(session, tools, make):
    device = make.device(State.ISSUED)

    look_at_empty(session, tools, make, device)

    assert device.state is State.ISSUED
    assert SYSTEM.name not in [one.actor for one in recorded(session) if "empty" in one.name]
