"""In every server process a thread looks what chores are due; the database lets one do them."""

import os
import socket
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

import structlog
from sqlalchemy.orm import Session, sessionmaker

from api.problems import place_of
from fleet.chores.services import CHORES, Chore, is_due, take_turn
from fleet.database import reading
from fleet.errors import FleetError

LOOKS_SECONDS: Final = 60.0

log = structlog.get_logger("workfleet.chores")


class Keeper(Thread):
    """Looks after the chores until it is stopped, or the process ends."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        every: float = LOOKS_SECONDS,
        tidy: Callable[[], int] | None = None,
    ) -> None:
        """`tidy` removes what lies in this server's own folder, which no other one knows of."""
        super().__init__(name="chores", daemon=True)
        self._sessions, self._every, self._ended, self._tidy = sessions, every, Event(), tidy

    def run(self) -> None:
        while not self._ended.wait(self._every):
            for chore in CHORES:
                _do(self._sessions, chore)
            self._tidy_up()

    def _tidy_up(self) -> None:
        try:
            gone = self._tidy() if self._tidy else 0
        except OSError as failure:
            log.warning("tidying_failed", kind=type(failure).__qualname__)
        else:
            if gone:
                log.info("tidied", files=gone)

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _do(sessions: sessionmaker[Session], chore: Chore) -> None:
    """Do a chore if it is due; what fails is written down and tried again at the next look."""
    try:
        with sessions() as session:
            if not is_due(reading(session), chore):
                return
        with sessions.begin() as session:
            done = take_turn(session, chore, by=f"{socket.gethostname()}:{os.getpid()}")
    except FleetError as refusal:
        log.warning("chore_put_off", chore=chore.name, code=refusal.code)
    except Exception as failure:  # noqa: BLE001 — the thread has to outlive it
        _failed(chore, failure)
    else:
        if done:
            log.info("chore_done", chore=chore.name, rows=done)


def _failed(chore: Chore, failure: Exception) -> None:
    kind = type(failure).__qualname__
    log.error("chore_failed", chore=chore.name, kind=kind, at=place_of(failure))
