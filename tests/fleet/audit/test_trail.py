"""The trail is stored with the change it tells of, or not at all."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM
from fleet.audit.events import Event
from fleet.audit.models import AuditEntry
from fleet.audit.services import record
from tests.factories import Make


@dataclass(frozen=True, kw_only=True)
class LampLit(Event):
    name = "lamp.lit"
    watts: int = 5


def lit(subject: str) -> LampLit:
    return LampLit(subject_id=uuid4(), subject_name=subject)


def stored(session: Session) -> list[str]:
    names = select(AuditEntry.subject_name).order_by(AuditEntry.sequence)
    return list(session.scalars(names))


def test_what_is_committed_is_in_the_trail_in_order(session: Session, make: Make):
    actor = make.actor(name="Chen Hao")

    record(session, actor, lit("first"))
    record(session, SYSTEM, lit("second"))
    session.commit()

    assert stored(session) == ["first", "second"]
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).first()
    assert (entry.actor_name, entry.event, entry.details) == ("Chen Hao", "lamp.lit", {"watts": 5})


def test_what_is_rolled_back_leaves_no_entry(session: Session):
    record(session, SYSTEM, lit("undone"))
    session.rollback()
    record(session, SYSTEM, lit("done"))
    session.commit()

    assert stored(session) == ["done"]


def test_a_session_that_is_closed_takes_its_events_along(session: Session):
    record(session, SYSTEM, lit("left behind"))
    session.close()
    session.commit()

    assert stored(session) == []


def test_a_savepoint_that_is_undone_takes_only_its_own_events_along(session: Session):
    record(session, SYSTEM, lit("before"))
    savepoint = session.begin_nested()
    record(session, SYSTEM, lit("within"))
    savepoint.rollback()
    with session.begin_nested():
        record(session, SYSTEM, lit("kept"))
    session.commit()

    assert stored(session) == ["before", "kept"]


def test_a_flush_that_fails_in_a_savepoint_takes_its_events_along(session: Session, make: Make):
    taken = make.department()
    record(session, SYSTEM, lit("before"))
    with pytest.raises(IntegrityError), session.begin_nested():
        _record_and_clash(session, make, taken.code)
    session.commit()

    assert stored(session) == ["before"]


def _record_and_clash(session: Session, make: Make, code: str) -> None:
    record(session, SYSTEM, lit("within"))
    make.department(code=code)
