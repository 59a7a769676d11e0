"""In every server process a thread looks what chores are due; the database lets one do them."""

import os
import socket
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Final

import structlog
from sqlalchemy.orm import Session, sessionmaker

from api.problems import place_of
from fleet.chores.services import CHORES, ERRANDS, Chore, Errand, is_due, take_turn
from fleet.database import reading
from fleet.errors import FleetError
from fleet.settings import Settings

LOOKS_SECONDS: Final = 60.0

log = structlog.get_logger("workfleet.chores")


class Keeper(Thread):
    """Looks after the chores until it is stopped, or the process ends."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        settings: Settings,
        *,
        every: float = LOOKS_SECONDS,
        tidy: Callable[[], int] | None = None,
    ) -> None:
        """`tidy` removes what lies in this server's own folder, which no other one knows of."""
        super().__init__(name="chores", daemon=True)
        self._sessions, self._settings, self._tidy = sessions, settings, tidy
        self._every, self._ended = every, Event()

    def run(self) -> None:
        while not self._ended.wait(self._every):
            for chore in CHORES:
                _noted(chore.name, partial(self._do, chore))
            for errand in ERRANDS:
                _noted(errand.name, partial(self._run, errand))
            if self._tidy is not None:
                _noted("uploads.tidy", self._tidy)

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def _do(self, chore: Chore) -> int | None:
        """Do a chore if it is due."""
        with self._sessions() as session:
            if not is_due(reading(session), chore):
                return None
        with self._sessions.begin() as session:
            return take_turn(session, chore, by=f"{socket.gethostname()}:{os.getpid()}")

    def _run(self, errand: Errand) -> int | None:
        """Take the turn of an errand if it is due, and do its work when that is stored."""
        mine = self._do(Chore(errand.name, errand.every, lambda _session: 0))
        return None if mine is None else errand.work(self._sessions, self._settings)


def _noted(name: str, work: Callable[[], int | None]) -> None:
    """Do it; what fails is written down and tried again at the next look, or the next turn."""
    try:
        done = work()
    except FleetError as refusal:
        log.warning("chore_put_off", chore=name, code=refusal.code)
    except Exception as failure:  # noqa: BLE001 — the thread has to outlive it
        _failed(name, failure)
    else:
        if done:
            log.info("chore_done", chore=name, rows=done)


def _failed(name: str, failure: Exception) -> None:
    kind = type(failure).__qualname__
    log.error("chore_failed", chore=name, kind=kind, at=place_of(failure))
