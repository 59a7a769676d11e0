"""Asking to open a backup: approved by another person, for a time, used by who asked alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.asking import WAITS
from fleet.access.policy import access_policy
from fleet.access.queries import is_break_glass_user
from fleet.access.services import raise_alarm
from fleet.audit.services import record
from fleet.backups.errors import BackupGoingAlready
from fleet.backups.models import Backup
from fleet.backups.storage import OBJECTS
from fleet.contracts.clock import now
from fleet.contracts.openings import OpeningPurpose, OpeningState
from fleet.contracts.permissions import Permission
from fleet.counting import next_number
from fleet.database import beside_others, in_turn, write
from fleet.openings import events
from fleet.openings.errors import (
    OpeningMoved,
    OpeningNeeded,
    OpeningNotYours,
    OpeningUndecided,
    OpeningWaits,
    PurposeNeedsBackup,
    ResealingNeedsOpening,
)
from fleet.openings.models import Opening


def ask_opening(
    session: Session,
    backup: Backup | None,
    *,
    purpose: OpeningPurpose,
    reason: str,
    actor: Actor,
    paths: Sequence[str] = (),
) -> Opening:
    """Ask to open a backup, or all of them to reseal them; it waits for another person.

    Where the company has switched the second person off it is approved at once, and recorded all
    the same; so it is for the account in the safe, whose alarm is raised again.
    """
    actor.require(Permission.BACKUPS_OPEN)
    if (backup is None) != (purpose is OpeningPurpose.RESEAL):
        raise PurposeNeedsBackup
    in_turn(session, "openings")
    _refuse_going(session, backup)
    _refuse_second(session, backup, actor)
    demanded = access_policy(session).opening_needs_approval
    emergency = demanded and is_break_glass_user(session, actor)
    asked = _made(session, backup, purpose, reason, list(paths), actor)
    asked.emergency = emergency
    if emergency:
        raise_alarm(session, actor.id)
    if emergency or not demanded:
        asked.state, asked.until = OpeningState.APPROVED, _over(session)
    session.add(asked)
    requested = events.OpeningRequested(
        **_about(asked), reason=reason, paths=asked.paths, emergency=emergency
    )
    record(session, actor, requested)
    write(session)
    return asked


def decide_opening(
    session: Session, asked: Opening, *, approve: bool, note: str, actor: Actor
) -> None:
    """Approve or deny what somebody else has asked for."""
    actor.require(Permission.OPENINGS_APPROVE)
    _refuse_unless(asked, OpeningState.REQUESTED)
    if approve:
        _refuse_going(session, asked.backup)
    asked.decide(note=note, actor=actor)
    asked.state = OpeningState.APPROVED if approve else OpeningState.DENIED
    if approve:
        asked.until = _over(session)
    record(session, actor, events.OpeningDecided(**_about(asked), approved=approve, note=note))
    write(session)


def withdraw_opening(session: Session, asked: Opening, *, actor: Actor) -> None:
    """Take one's own request back before it was decided."""
    actor.require(Permission.BACKUPS_OPEN)
    _refuse_unless_mine(asked, actor)
    _refuse_unless(asked, OpeningState.REQUESTED)
    _end(session, asked, OpeningState.WITHDRAWN, actor)


def close_opening(session: Session, asked: Opening, *, actor: Actor) -> None:
    """End one's own opening when the work is done; nothing can be fetched under it any more."""
    actor.require(Permission.BACKUPS_OPEN)
    _refuse_unless_mine(asked, actor)
    _refuse_unless(asked, OpeningState.APPROVED)
    _end(session, asked, OpeningState.CLOSED, actor)


def revoke_opening(session: Session, asked: Opening, *, actor: Actor) -> None:
    """End what was approved for anybody, at once."""
    actor.require(Permission.OPENINGS_APPROVE)
    _refuse_unless(asked, OpeningState.APPROVED)
    _end(session, asked, OpeningState.CLOSED, actor)


def opening_in_use(session: Session, backup: Backup | None, *, actor: Actor) -> Opening:
    """Return the approved opening under which the actor may read now; refused without one."""
    actor.require(Permission.BACKUPS_OPEN)
    mine = _live(session, backup, actor)
    if mine is None:
        raise OpeningNeeded(backup=backup.number) if backup else ResealingNeedsOpening
    _refuse_unless(mine, OpeningState.APPROVED)
    return mine


def note_fetch(session: Session, used: Opening) -> None:
    """Count a fetch in the database itself: several packs are fetched at once."""
    counted = update(Opening).where(Opening.id == used.id)
    session.execute(
        counted.values(fetched=Opening.fetched + 1, last_fetched_at=now()),
        execution_options={"synchronize_session": False},
    )


def _made(
    session: Session,
    backup: Backup | None,
    purpose: OpeningPurpose,
    reason: str,
    paths: list[str],
    actor: Actor,
) -> Opening:
    moment = now()
    number = next_number(session, f"opening-{moment.year}")
    return Opening(
        id=uuid4(),
        number=f"OP-{moment.year}-{number:04d}",
        backup=backup,
        purpose=purpose,
        paths=paths,
        reason=reason,
        state=OpeningState.REQUESTED,
        asked_by_id=actor.id,
        asked_by=actor.name,
        asked_at=moment,
        until=moment + timedelta(minutes=access_policy(session).approval_minutes),
        fetched=0,
    )


def _over(session: Session) -> datetime:
    return now() + timedelta(hours=access_policy(session).opening_hours)


def _live(session: Session, backup: Backup | None, actor: Actor) -> Opening | None:
    mine = select(Opening).where(
        Opening.backup_id == (backup.id if backup else None),
        Opening.asked_by_id == actor.id,
        Opening.state.in_(WAITS),
        Opening.until > now(),
    )
    return session.scalar(mine.limit(1))


def _refuse_second(session: Session, backup: Backup | None, actor: Actor) -> None:
    live = _live(session, backup, actor)
    if live is not None:
        raise OpeningWaits(number=live.number)


def _refuse_going(session: Session, backup: Backup | None) -> None:
    """Refuse what is on its way out; until the commit nobody marks it."""
    if backup is None:
        return
    beside_others(session, OBJECTS)
    session.refresh(backup, ["state"])
    if backup.is_going:
        raise BackupGoingAlready(number=backup.number)


def _refuse_unless_mine(asked: Opening, actor: Actor) -> None:
    if asked.asked_by_id != actor.id:
        raise OpeningNotYours(number=asked.number)


def _refuse_unless(asked: Opening, state: OpeningState) -> None:
    standing = asked.standing(now())
    if standing is state:
        return
    if standing is OpeningState.REQUESTED:
        raise OpeningUndecided(number=asked.number)
    raise OpeningMoved(number=asked.number, state=standing.value)


def _end(session: Session, asked: Opening, state: OpeningState, actor: Actor) -> None:
    asked.state, asked.closed_at = state, now()
    record(session, actor, events.OpeningEnded(**_about(asked), fetched=asked.fetched))
    write(session)


def _about(asked: Opening) -> events.About:
    return {
        "subject_id": asked.id,
        "subject_name": asked.number,
        "backup": asked.backup.number if asked.backup else None,
        "purpose": asked.purpose,
    }
