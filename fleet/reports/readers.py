"""Who could read an account, and whether the company knew its password: on a day, or all along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, cast, literal, null, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.types import String

from fleet.access.actor import Actor, Reach
from fleet.accounts.models import Account
from fleet.audit.models import AuditEntry
from fleet.contracts.cases import AccountOnOut, KnownSpanOut, ReaderOut
from fleet.contracts.clock import now
from fleet.contracts.credentials import VersionState
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.custody.models import Holding
from fleet.database import UtcDateTime
from fleet.people.models import Employee
from fleet.people.queries import people_within
from fleet.reports.errors import DayToCome
from fleet.vault.models import Credential, CredentialVersion

HELD: Final = "holder"
SHOWN: Final = "shown"
KNOWN: Final = "known"
DISCLOSED: Final = "credential.disclosed"
_IN_USE: Final = (VersionState.ACTIVE, VersionState.RETIRED, VersionState.DOUBTFUL)


@dataclass(frozen=True)
class Span:
    """A row of the one question: somebody held it, was shown its password, or it was in use."""

    what: str
    name: str
    number: str | None
    since: datetime
    until: datetime | None
    exception: str | None


def account_on(
    session: Session, account: Account, *, actor: Actor, on: date | None = None
) -> AccountOnOut:
    """Return who held an account, who could read it, and whether its password was known.

    Whoever held it could read it until its password was changed; whoever was shown it, too.
    Refused with DayToCome for a day of which nothing can be known.
    """
    reach = actor.reach(Permission.CUSTODY_READ)
    if on is not None and _begin(on) > now():
        raise DayToCome(day=on.isoformat())
    spans = _spans(session, account, reach)
    known = [one for one in spans if one.what == KNOWN]
    begins = [one.since for one in known]
    held = [one for one in spans if one.what == HELD]
    readers = [
        *(_reader(one, _until(one, begins)) for one in held),
        *(_reader(one, _next(begins, one.since)) for one in spans if one.what == SHOWN),
    ]
    return AccountOnOut(
        handle=account.handle,
        on=on,
        holders=[one for one in map(_holder, held) if _covers(one.since, one.until, on)],
        readers=[one for one in readers if _covers(one.since, one.until, on)],
        known=[
            KnownSpanOut(
                since=one.since,
                until=one.until,
                level=Level(one.name) if one.until is None else None,
                version=int(one.number or 0),
            )
            for one in known
            if _covers(one.since, one.until, on)
        ],
    )


def _spans(session: Session, account: Account, reach: Reach) -> list[Span]:
    """Ask everything at once; who is out of reach is left out."""
    credentials = select(Credential.id).where(Credential.account_id == account.id)
    asked = [_holders(account, reach), _versions(credentials)]
    if reach.everything:
        asked.append(_disclosures(credentials))
    every = union_all(*asked).subquery()
    rows = session.execute(select(every).order_by(every.c.since, every.c.name))
    return [Span(*row) for row in rows]


def _columns(
    what: str, name: Any, number: Any, since: Any, until: Any, exception: Any = None
) -> Select[Any]:
    return select(
        literal(what).label("what"),
        cast(name, String).label("name"),
        cast(number, String).label("number"),
        since.label("since"),
        cast(until, UtcDateTime()).label("until") if until is None else until.label("until"),
        cast(exception, String).label("exception"),
    )


def _holders(account: Account, reach: Reach) -> Select[Any]:
    who, times = (Employee.name, Employee.number), (Holding.issued_at, Holding.returned_at)
    shown = _columns(HELD, *who, *times, Holding.exception)
    theirs = shown.join_from(Holding, Employee, Holding.employee_id == Employee.id)
    return theirs.where(Holding.account_id == account.id, people_within(reach))


def _versions(credentials: Any) -> Select[Any]:
    row = CredentialVersion
    shown = _columns(KNOWN, Credential.level, row.number, row.made_at, row.ended_at)
    joined = shown.join_from(row, Credential, row.credential_id == Credential.id)
    return joined.where(row.credential_id.in_(credentials), row.state.in_(_IN_USE))


def _disclosures(credentials: Any) -> Select[Any]:
    nobody: ColumnElement[Any] = null()
    shown = _columns(SHOWN, AuditEntry.actor_name, nobody, AuditEntry.at, None)
    of_it = AuditEntry.subject_id.in_(credentials), AuditEntry.event == DISCLOSED
    return shown.where(*of_it)


def _holder(one: Span) -> ReaderOut:
    return _reader(one, one.until)


def _reader(one: Span, until: datetime | None) -> ReaderOut:
    return ReaderOut(
        name=one.name,
        number=one.number,
        how=one.what,
        since=one.since,
        until=until,
        exception=one.exception,
    )


def _until(held: Span, changes: Sequence[datetime]) -> datetime | None:
    """Return when a holder could not read it any more: as he gave it back, had it been changed."""
    if held.until is None:
        return None
    changed = any(held.since < one <= held.until for one in changes)
    return held.until if changed else _next(changes, held.until)


def _next(changes: Sequence[datetime], after: datetime) -> datetime | None:
    return next((one for one in changes if one > after), None)


def _covers(since: datetime, until: datetime | None, on: date | None) -> bool:
    """Tell whether a time has to do with a day, by the clock of the server's place."""
    if on is None:
        return True
    return since < _begin(on + timedelta(days=1)) and (until is None or until > _begin(on))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()
