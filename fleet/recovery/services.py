"""A server brought back from a copy knows an earlier day: what it believes too easily is doubted.

Between the copy and the loss stations worked, PINs changed and people came and went. Nobody can
tell what: so jobs count as lent to the station at which the phone was, PINs are unproven and due
until a visit has shown which opens, and whatever lets somebody in once is not good any more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Update, insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.asking import WAITS
from fleet.access.models import Token
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, VersionState
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobState
from fleet.database import write
from fleet.devices.models import Device
from fleet.openings.models import Opening
from fleet.recovery.events import ServerBackedUp, ServerRestored, ServerSetsRemoved
from fleet.stations.handlers import MOST_ATTEMPTS
from fleet.stations.lifecycle import LIVE
from fleet.stations.models import EnrolmentCode, Job, JobLease
from fleet.vault.models import Credential, CredentialVersion, DisclosureRequest

SERVER: Final = UUID(int=6)  # the server as a whole, as the subject of an event


@dataclass(frozen=True)
class Origin:
    """The set that a server was made from."""

    name: str
    made_at: datetime
    entries: int
    manifest: str


@dataclass(frozen=True)
class Doubts:
    """How much of each is not believed any more."""

    sessions: int = 0
    phones: int = 0
    accounts: int = 0
    jobs: int = 0
    invitations: int = 0
    requests: int = 0


def note_backup(session: Session, origin: Origin, *, recipients: int, actor: Actor) -> None:
    """Record that everything was copied, sealed, to a place outside."""
    actor.require(Permission.BACKUPS_PLAN)
    event = ServerBackedUp(
        subject_id=SERVER,
        subject_name=origin.name,
        entries=origin.entries,
        manifest=origin.manifest,
        recipients=recipients,
    )
    record(session, actor, event)
    write(session)


def note_removal(session: Session, sets: list[str], *, actor: Actor) -> None:
    actor.require(Permission.BACKUPS_PLAN)
    record(session, actor, ServerSetsRemoved(subject_id=SERVER, subject_name="sets", sets=sets))
    write(session)


def settle_in(session: Session, origin: Origin, *, moved: bool, actor: Actor) -> Doubts:
    """Make a database that came out of a set safe to serve, and record where it comes from.

    `moved`: nothing happened after the set was made, so that only the sessions end.
    """
    actor.require(Permission.BACKUPS_OPEN)
    doubts = Doubts(_end_sessions(session)) if moved else _doubt(session)
    event = ServerRestored(
        subject_id=SERVER,
        subject_name=origin.name,
        made_at=origin.made_at,
        entries=origin.entries,
        manifest=origin.manifest,
        moved=moved,
        **vars(doubts),
    )
    record(session, actor, event)
    write(session)
    return doubts


def _doubt(session: Session) -> Doubts:
    return Doubts(
        sessions=_end_sessions(session),
        phones=_doubt_values(session, CredentialKind.DEVICE_PIN),
        accounts=_doubt_values(session, CredentialKind.ACCOUNT_PASSWORD),
        jobs=_doubt_jobs(session),
        invitations=_end_invitations(session),
        requests=_end_requests(session),
    )


def _end_sessions(session: Session) -> int:
    """End what passwords gave: one that was ended after the copy would hold again."""
    live = Token.idle_seconds.is_not(None), Token.revoked_at.is_(None)
    return _changed(session, update(Token).where(*live).values(revoked_at=now()))


def _doubt_values(session: Session, kind: CredentialKind) -> int:
    """Call the active values unproven: one that was changed after the copy is not in it.

    A phone answers for itself, so it is due now; an account waits for its regular day, or for the
    person who finds that the password does not fit.
    """
    active = select(CredentialVersion.credential_id).where(
        CredentialVersion.state == VersionState.ACTIVE
    )
    values: dict[str, object] = {"level": Level.NONE}
    if kind is CredentialKind.DEVICE_PIN:
        values["due_at"] = now()
    concerned = Credential.kind == kind, Credential.id.in_(active)
    return _changed(session, update(Credential).where(*concerned).values(**values))


def _doubt_jobs(session: Session) -> int:
    """Count every live job as one that was lent since, and that nobody was heard of.

    The station at which the phone was may report on it; whoever gets it next asks the phone first.
    The attempts go up by more than a job is lent in its life: a station that has ended it already
    takes a loan for new work only where its number is higher.
    """
    live = Job.state.in_(LIVE)
    lent_to = select(Job.id, Job.attempts, Device.station_id).join(Job.device)
    known = session.execute(lent_to.where(live, Device.station_id.is_not(None))).all()
    loans = [_loan(row.id, row.attempts + 1, row.station_id) for row in known]
    if loans:
        session.execute(insert(JobLease), loans)
    doubted = update(Job).where(live)
    return _changed(
        session,
        doubted.values(
            state=JobState.WAITING,
            station_id=None,
            leased_until=None,
            attempts=Job.attempts + MOST_ATTEMPTS,
            unsure=Job.unsure + 1,
        ),
    )


def _loan(job: UUID, attempt: int, station: UUID) -> dict[str, object]:
    return {
        "id": uuid4(),
        "job_id": job,
        "attempt": attempt,
        "station_id": station,
        "leased_at": now(),
    }


def _end_invitations(session: Session) -> int:
    """A code that was used after the copy would let a second machine in."""
    open_ = EnrolmentCode.used_at.is_(None), EnrolmentCode.expires_at > now()
    return _changed(session, update(EnrolmentCode).where(*open_).values(expires_at=now()))


def _end_requests(session: Session) -> int:
    """An approval that was used, or taken back, after the copy would hold once more."""
    return sum(_expire(session, rows) for rows in (DisclosureRequest, Opening))


def _expire(session: Session, rows: type[DisclosureRequest] | type[Opening]) -> int:
    open_ = rows.state.in_(WAITS), rows.until > now()
    return _changed(session, update(rows).where(*open_).values(until=now()))


def _changed(session: Session, statement: Update) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})
    return done.rowcount if isinstance(done, CursorResult) else 0
