"""Chores are done by one server at a time, and by another one when that dies."""

import os
import signal
from collections import Counter
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from api.chores import Keeper
from fleet.chores.models import ChoreTurn
from fleet.chores.services import CHORES, ERRANDS, Chore
from fleet.limits import services as limits
from tests.api.server_process import HANGS, SLOW_CHORE
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


def until(look, what: str):
    """Wait for what another process does, and give what `look` found."""
    deadline = monotonic() + 60
    while monotonic() < deadline:
        found = look()
        if found:
            return found
        Event().wait(0.05)
    raise AssertionError(what)


def test_of_two_servers_one_does_the_chores_and_the_other_goes_on_when_it_is_killed(
    start_server, settings
):
    notes = settings.home / SLOW_CHORE
    notes.touch()
    servers = [start_server(processes=1), start_server(processes=1)]

    def lines() -> list[list[str]]:
        return [line.split() for line in notes.read_text().splitlines()]

    def turns_of_each() -> list[int]:
        return [*Counter(by for word, by in lines() if word == "end").values()]

    until(lambda: len(turns_of_each()) == 2 and min(turns_of_each()) > 9, "they take no turns")
    (settings.home / HANGS).touch()
    until(lambda: not (settings.home / HANGS).exists(), "nobody took the turn that hangs")
    word, dying = lines()[-1]
    os.kill(int(dying), signal.SIGKILL)
    before = len(lines())
    until(lambda: len(lines()) >= before + 10, "nobody goes on with the chore")

    assert word == "begin"
    told = lines()
    del told[before - 1]  # the beginning that has no end
    del told[len(told) // 2 * 2 :]  # and one that had none yet
    assert [word for word, _ in told] == ["begin", "end"] * (len(told) // 2)
    assert all(one[1] == other[1] for one, other in zip(told[::2], told[1::2], strict=True))
    assert servers


def test_what_is_over_is_tidied_by_a_thread_of_the_server(sessions, settings):
    import fleet.wiring  # noqa: F401

    with sessions.begin() as session:
        limits.count(session, "a", seconds=-1)
        limits.count(session, "b", seconds=600)
    keeper = Keeper(sessions, settings, every=0.02)
    keeper.start()

    def turns() -> set[str]:
        with sessions() as session:
            return set(session.scalars(select(ChoreTurn.name)))

    try:
        until(lambda: turns() == {one.name for one in (*CHORES, *ERRANDS)}, "no chore was done")
    finally:
        keeper.stop()
    with sessions() as session:
        assert (limits.counted(session, "a")[0], limits.counted(session, "b")[0]) == (0, 1)


def test_a_chore_that_fails_leaves_the_others_and_is_tried_again(sessions, settings, monkeypatch):
    calls: list[str] = []

    def fails(_session) -> int:
        calls.append("fails")
        raise ZeroDivisionError

    def works(_session) -> int:
        calls.append("works")
        return 1

    every = CHORES[0].every
    monkeypatch.setattr("api.chores.CHORES", [Chore("a", every, fails), Chore("b", every, works)])
    with capture_logs() as logs:
        keeper = Keeper(sessions, settings, every=0.02)
        keeper.start()
        try:
            until(lambda: calls.count("fails") > 1, "it was not tried again")
        finally:
            keeper.stop()

    assert calls.count("works") == 1
    assert {"chore_failed", "chore_done"} <= {line["event"] for line in logs}
