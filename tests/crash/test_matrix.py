"""Whoever is killed, and at whichever instant of a rotation: no PIN is lost, nothing is claimed.

A server, a station's agent and a phone with a real adbd; `python -m tests.bench crashes` is the
long form of it. The instants are those that a rotation goes through, as the product tells of them.
"""

import pytest

from agents.handset.framework.lock import Kind
from fleet.contracts.proof import Level
from fleet.contracts.rotation import StepName
from tests.crash.control import Crash
from tests.crash.world import lying, takes_any_value, world

pytestmark = [pytest.mark.handset, pytest.mark.timeout(600)]

NOT_OF_A_ROTATION = {StepName.CLEAR}  # a lock is taken off before a phone is erased
NOT_FELT_BY = {"agent": (), "server": (".due", ".carried_out")}  # it knows of no step's parts
SQLITE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
POSTGRES = pytest.mark.parametrize(
    "dialect", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def here(tmp_path, url, adb_server):
    with world(tmp_path, url, adb_server) as made:
        yield made


def killed_everywhere(here, victim, but=()):
    """Kill `victim` once at each instant that a rotation of any phone goes through."""
    seen = set()
    for faults in lying():
        for instant in dict.fromkeys(here.turn(faults).trace):
            if instant not in seen and not instant.endswith(but):
                yield here.turn(faults, Crash(victim, instant))
            seen.add(instant)


@SQLITE
@pytest.mark.parametrize(
    ("victim", "but"),
    [("agent", ()), ("server", (".due", ".carried_out"))],
    ids=["agent", "server"],
)
def test_wherever_one_is_killed_the_vault_opens_the_phone_and_nothing_is_claimed(here, victim, but):
    rounds = list(killed_everywhere(here, victim, but))

    assert [(one.crashes, one.broken) for one in rounds if one.broken or not one.crashes] == []
    assert {one.level for one in rounds if not one.faults} == {Level.PROVEN}
    steps = {instant.partition(".")[0] for one in rounds for instant in one.trace}
    assert {step.value for step in set(StepName) - NOT_OF_A_ROTATION} <= steps
    assert len(rounds) > 3 * len(StepName)


@POSTGRES
def test_a_database_that_cuts_everybody_off_in_mid_exchange_loses_nothing(here):
    instants = [one for one in dict.fromkeys(here.turn(()).trace) if one.startswith("server.")]

    rounds = [here.turn((), Crash("database", instant)) for instant in instants]

    assert [(one.crashes, one.broken) for one in rounds if one.broken or not one.crashes] == []
    assert [one.level for one in rounds] == [Level.PROVEN] * 5


@SQLITE
@pytest.mark.parametrize("limit", [3, 4, 5])
def test_an_agent_that_dies_again_and_again_does_not_make_the_phone_erase_itself(here, limit):
    refused = Crash("agent", "check_new.answered")
    boots = here.phone.state.boot_count

    ended = here.turn(["no-op-set-pin"], *[refused] * limit, wipe_limit=limit)

    assert ended.broken == ()
    assert len(ended.crashes) >= limit - 2
    assert here.phone.state.boot_count == boots


@SQLITE
def test_a_pin_that_the_vault_does_not_hold_is_called_lost(here):
    def changed_by_a_person():
        here.phone.lock.change(Kind.PIN, "190283746501")

    here.control.strike["person"] = changed_by_a_person

    assert "lost at the end" in here.turn((), Crash("person", "report.queued")).broken


def test_phones_of_every_fault_of_a_lock_tool_are_among_those_that_lie():
    assert ("no-op-set-pin", "yes-to-all-verify") in lying()
    any_value = [faults for faults in lying() if takes_any_value(faults)]
    assert any_value == [faults for faults in lying() if "yes-to-all-verify" in faults]
