"""A single pass reads, works, tells and ends, and what it says of itself is so."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from agents.handset.faults import NoOpSetPin, YesToAllVerify
from agents.station.once import run_once
from agents.station.outbox import Outbox
from agents.station.store import Store
from cli.agent_once import code_of
from cli.exits import INTERRUPTED, NOT_SO, OK, UNAVAILABLE
from fleet.contracts.rotation import RotationState
from tests.agents.station.desk import backup_asked, backup_ended, ended, present, rotation_due

pytestmark = pytest.mark.handset

ROOT = Path(__file__).parents[3]
WITHIN = 120.0


@pytest.fixture
def once(enrolled, adb_server):
    """Give a pass at the station; what it said is beside what it saw."""
    said = []

    def go(within=WITHIN, adb_port=None, stop=None):
        return run_once(
            enrolled.path,
            stop=stop or Event(),
            say=said.append,
            within=within,
            adb_port=adb_port or adb_server.port,
        )

    go.said = said
    return go


def waiting(enrolled):
    store = Store(enrolled.outbox)
    try:
        return Outbox(store).waiting()
    finally:
        store.close()


def test_a_bench_without_phones_is_soon_seen_to_be_well(once, desk):
    assert code_of(once()) == OK


def test_what_is_plugged_in_is_known_to_the_server_when_it_ends(once, desk, start_handset):
    phones = [start_handset(), start_handset("oppo-find-x7-coloros")]

    account = once()

    assert code_of(account) == OK
    assert account.read == {phone.address for phone in phones}
    assert all(desk.device(phone.serial).model for phone in phones)


def test_all_that_is_lent_is_worked_to_its_end(once, desk, enrolled, handset):
    once()
    rotation = rotation_due(desk, handset)
    backup = backup_asked(desk, handset)

    account = once()

    assert code_of(account) == OK
    assert ended(desk, rotation).state is RotationState.PROVEN
    assert backup_ended(desk, backup)
    assert len(account.ended) == 2
    assert waiting(enrolled) == 0
    assert not present(desk, handset)  # nobody watches any more


def test_a_job_that_does_not_end_well_is_in_the_exit_code(once, desk, start_handset):
    phone = start_handset("oppo-find-x7-coloros", faults=[NoOpSetPin(), YesToAllVerify()])
    once()
    rotation_due(desk, phone)

    assert code_of(once()) == NOT_SO
    assert "1 of them not well" in once.said[-1]


def test_a_phone_that_cannot_be_read_is_named_and_in_the_exit_code(once, desk, handset):
    handset.replace_tool("getprop", "exit 1")

    account = once()

    assert account.unreadable == {handset.address}
    assert code_of(account) == NOT_SO


def test_without_a_server_the_phones_are_read_and_their_reports_wait(once, desk, enrolled, handset):
    desk.switch_off()

    account = once()

    assert code_of(account) == UNAVAILABLE
    assert account.read == {handset.address}
    assert waiting(enrolled) == account.waiting > 0

    desk.switch_on()
    assert code_of(once()) == OK
    assert waiting(enrolled) == 0


def test_a_pass_ends_when_its_time_is_up(once, desk, handset):
    account = once(within=0.01)

    assert account.is_late
    assert code_of(account) == UNAVAILABLE


def test_a_pass_that_a_person_stops_does_not_pretend_to_be_whole(once, desk, handset):
    stop = Event()
    stop.set()

    assert code_of(once(stop=stop)) == INTERRUPTED


def test_the_command_ends_by_itself_and_with_the_code(desk, enrolled, adb_server, handset):
    words = ("agent", "run", "--once", "--within", str(WITHIN), "--home", str(enrolled.path))

    done = subprocess.run(
        [sys.executable, "-m", "cli", *words, "--adb-port", str(adb_server.port)],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )

    assert done.returncode == OK, done.stdout + done.stderr
    assert "Read 1 phones, 0 cannot be read" in done.stdout
