"""A person's verb about a case, in a process that can be killed between any two statements."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event, select
from sqlalchemy.orm import Session

import fleet.wiring  # noqa: F401 — puts the rooms together, as the server does
from fleet.access.actor import Actor
from fleet.cases import services
from fleet.cases.models import Case
from fleet.cases.opening import open_leaving
from fleet.database import make_engine, make_sessions
from fleet.errors import FleetError
from fleet.keys.keyring import Keyring
from fleet.people.models import Employee
from fleet.settings import Settings
from fleet.vault.tools import Tools
from tests.crash.processes import Life

BY: Final = date(2099, 12, 31)
WRITES: Final = ("INSERT", "UPDATE", "DELETE")
REFUSED, NEVER = 3, 1_000_000
Verb = Callable[[Session, Tools, Actor], object]


def tools_in(home: Path) -> Tools:
    return Tools(Keyring.of(bytes(32)), Settings(home=home, recipients=("age1test",)))


def opens(session: Session, tools: Tools, actor: Actor) -> object:
    leaver = session.scalars(select(Employee).where(Employee.number == "E1")).one()
    return open_leaving(session, tools, leaver, by=BY, actor=actor)


def does(session: Session, _tools: Tools, actor: Actor) -> object:
    """Do the one step that is done by a word."""
    return services.do(session, _number(session), 1, note="in its console", actor=actor)


def cancels(session: Session, tools: Tools, actor: Actor) -> object:
    return services.cancel(session, tools, _number(session), reason="stays", actor=actor)


def reopens(session: Session, tools: Tools, actor: Actor) -> object:
    return services.reopen(session, tools, _number(session), reason="leaves", actor=actor)


def _number(session: Session) -> str:
    return session.scalars(select(Case.number)).one()


VERBS: Final[Mapping[str, Verb]] = {
    "open": opens,
    "do": does,
    "cancel": cancels,
    "reopen": reopens,
}


def acts(url: str, home: str, verb: str, actor: Actor, at: int) -> None:
    """Do what a door does, one verb and one commit, and die at one instant of it.

    Instants are: before each statement that writes, before the commit, and after it.
    """
    engine, left = make_engine(url), at

    def instant(*_args: Any) -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def statement(_connection: Any, _cursor: Any, said: str, *_rest: Any) -> None:
        if said.startswith(WRITES):
            instant()

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", instant)
    try:
        with make_sessions(engine).begin() as session:
            VERBS[verb](session, tools_in(Path(home)), actor)
    except FleetError:
        sys.exit(REFUSED)
    instant()


def ended(url: str, home: Path, verb: str, actor: Actor, at: int = NEVER) -> int | None:
    """Return how a process ended that did `verb` and was killed `at` an instant."""
    life = Life.begin(acts, url, str(home), verb, actor, at)
    life.process.join(60)
    return life.process.exitcode
