"""Finding escrow keys: which are active, whose custody is overdue, what everybody should know."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.clock import now
from fleet.contracts.escrow import Custody, EscrowKeyOut, EscrowQuery, EscrowState, EscrowToday
from fleet.contracts.permissions import Permission
from fleet.escrow.errors import EscrowKeyNotFound
from fleet.escrow.models import EscrowKey
from fleet.paging import containing, page
from fleet.settings import Settings

SORTS: Final = {
    "name": EscrowKey.name,
    "asked_at": EscrowKey.asked_at,
    "proved_at": EscrowKey.proved_at,
    "since": EscrowKey.since,
}
NEW: Final = timedelta(days=7)  # a key that reads everybody's data is told of so long


def escrow_key(session: Session, name: str) -> EscrowKey:
    """Return the key called `name`; of several that were denied, the one asked for last."""
    named = select(EscrowKey).where(EscrowKey.name == name)
    denied_last = EscrowKey.state == EscrowState.DENIED
    found = session.scalar(named.order_by(denied_last, EscrowKey.asked_at.desc()).limit(1))
    if found is None:
        raise EscrowKeyNotFound(name=name)
    return found


def active_keys(session: Session) -> list[EscrowKey]:
    active = select(EscrowKey).where(EscrowKey.state == EscrowState.ACTIVE)
    return list(session.scalars(active.order_by(EscrowKey.asked_at, EscrowKey.name)))


def has_keys(session: Session) -> bool:
    """Tell whether the settings decide no more to whom backups are sealed."""
    return session.scalar(select(EscrowKey.id).limit(1)) is not None


def recipients_of(session: Session, settings: Settings) -> list[str]:
    """Return to whom backups are sealed now: the keys, or the settings while there are none."""
    return [key.recipient for key in active_keys(session)] or (
        [] if has_keys(session) else list(settings.recipients)
    )


def keys(
    session: Session, query: EscrowQuery, settings: Settings, *, actor: Actor
) -> tuple[list[EscrowKey], str | None]:
    """Return one page of keys, and the mark of the next."""
    actor.require(Permission.ESCROW_READ)
    statement = select(EscrowKey).where(
        containing(
            query.q, EscrowKey.name, EscrowKey.recipient, EscrowKey.kept_by, EscrowKey.kept_at
        )
    )
    if query.state:
        statement = statement.where(EscrowKey.state == query.state)
    if query.custody:
        statement = statement.where(_kept(query.custody, settings))
    return page(session, statement, query, sorts=SORTS, default="name", key=EscrowKey.id)


def today(session: Session, settings: Settings) -> EscrowToday:
    """Return what the first page says of the keys."""
    every = list(session.scalars(select(EscrowKey).order_by(EscrowKey.name)))
    active = [key for key in every if key.state is EscrowState.ACTIVE]
    known = {key.recipient for key in every}
    return EscrowToday(
        waiting=[key.name for key in every if key.state is EscrowState.REQUESTED],
        new=[key.name for key in active if _is_new(key)],
        overdue=[key.name for key in active if custody_of(key, settings) is not Custody.PROVEN],
        single=len(active or settings.recipients) == 1,
        settings_differ=bool(every) and not known.issuperset(settings.recipients),
    )


def custody_of(key: EscrowKey, settings: Settings) -> Custody:
    """Tell whether somebody has shown in time that the identity is still there."""
    if key.proved_at is None:
        return Custody.NEVER
    return Custody.OVERDUE if _due_at(key, settings) <= now() else Custody.PROVEN


def shown(key: EscrowKey, settings: Settings) -> EscrowKeyOut:
    is_active = key.state is EscrowState.ACTIVE
    derived = {
        "custody": custody_of(key, settings),
        "proof_due_at": _due_at(key, settings) if is_active else None,
        "fingerprint": key.fingerprint,
    }
    names = EscrowKeyOut.model_fields.keys() - derived.keys()
    return EscrowKeyOut(**{name: getattr(key, name) for name in names}, **derived)


def _is_new(key: EscrowKey) -> bool:
    return not key.from_settings and (key.decided_at or key.asked_at) > now() - NEW


def _due_at(key: EscrowKey, settings: Settings) -> datetime:
    """A key that was never checked is due from its first day on."""
    if key.proved_at is None:
        return key.decided_at or key.asked_at
    return key.proved_at + timedelta(days=settings.escrow_check_days)


def _kept(custody: Custody, settings: Settings) -> ColumnElement[bool]:
    last = now() - timedelta(days=settings.escrow_check_days)
    if custody is Custody.NEVER:
        return EscrowKey.proved_at.is_(None)
    if custody is Custody.PROVEN:
        return EscrowKey.proved_at > last
    return EscrowKey.proved_at <= last
