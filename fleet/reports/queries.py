"""Numbers over the whole fleet, each counted by the database."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.access.actor import Actor
from fleet.access.queries import alarms
from fleet.accounts.models import Account
from fleet.accounts.opening import opens_now
from fleet.applications.queries import today as applications_today
from fleet.backups.models import Backup
from fleet.cases.models import Case, Rung
from fleet.cases.tasks import today as tasks_today
from fleet.compliance.models import Finding
from fleet.compliance.queries import COUNTS, is_overdue
from fleet.contracts.applications import ApplicationsTodayOut
from fleet.contracts.backups import BackupState
from fleet.contracts.cases import CaseState, RungTo
from fleet.contracts.clock import day_of, now
from fleet.contracts.credentials import OF_ACCOUNTS, CredentialKind, VersionState
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.reports import SummaryOut
from fleet.contracts.requests import RequestsTodayOut
from fleet.database import Base
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.escrow.queries import today as escrow_today
from fleet.incidents import queries as incidents
from fleet.keeping import drills, faults
from fleet.requests.queries import today as requests_today
from fleet.settings import Settings
from fleet.sims.models import Sim
from fleet.stations.lifecycle import LIVE
from fleet.stations.models import Job, Station, StationState
from fleet.vault.models import Credential, CredentialVersion

SOON: Final = timedelta(days=7)
OUT: Final = (State.ISSUED, State.RETURNING)


def summary(session: Session, settings: Settings, *, actor: Actor) -> SummaryOut:
    """Return the numbers that the IT desk begins its day with."""
    actor.require(Permission.DEVICES_READ)
    moment = now()
    states = _by(session, Device.state)
    incidents_open, measures_overdue = incidents.counted(session)
    stored_wrong, backups_damaged = faults.counted(session)
    drills_waiting, drills_failed = drills.counted(session)
    cases = _cases(session)
    return SummaryOut(
        at=moment,
        phones=sum(states.values()),
        phones_by_state=states,
        phones_present=_count(session, Device, Device.present),
        phones_silent=_count(session, Device, Device.state.in_(OUT), _silent()),
        pins_by_level=_pins_by_level(session),
        pins_unproven=_unproven(session),
        pins_due=_due(session, CredentialKind.DEVICE_PIN),
        passwords_due=_due(session, *OF_ACCOUNTS),
        phones_without_backup=_count(
            session, Device, Device.state.in_(OUT), Device.id.not_in(_backed_up())
        ),
        sims_by_state=_by(session, Sim.state),
        accounts_by_state=_by(session, Account.state),
        cases_open=sum(cases.values()),
        cases_by_kind=cases,
        cases_overdue=_count(session, Case, *_open_case(), Case.by < day_of(moment)),
        clearances_blocked=_count(session, Case, *_open_case(), Case.id.in_(_blocked())),
        incidents_open=incidents_open,
        measures_overdue=measures_overdue,
        findings_open=_count(session, Finding, COUNTS),
        findings_overdue=_count(session, Finding, is_overdue(moment)),
        stored_wrong=stored_wrong,
        backups_damaged=backups_damaged,
        drills_waiting=drills_waiting,
        drills_failed=drills_failed,
        jobs_live=_count(session, Job, Job.state.in_(LIVE)),
        stations=_count(session, Station, Station.state == StationState.ENROLLED),
        alarms=[user.username for user in alarms(session)],
        applications=_applications(session, actor),
        requests=_requests(session, actor),
        tasks=tasks_today(session, actor=actor),
        escrow=escrow_today(session, settings),
    )


def _requests(session: Session, actor: Actor) -> RequestsTodayOut | None:
    return requests_today(session, actor=actor) if actor.may(Permission.REQUESTS_READ) else None


def _open_case() -> tuple[ColumnElement[bool], ...]:
    return (Case.state == CaseState.OPEN,)


def _blocked() -> Select[Any]:
    return select(Rung.case_id).where(Rung.to == RungTo.CLEARANCE)


def _cases(session: Session) -> dict[str, int]:
    counted = select(Case.kind, func.count()).where(*_open_case()).group_by(Case.kind)
    rows = session.execute(counted.order_by(Case.kind))
    return {kind.value: count for kind, count in rows}


def _applications(session: Session, actor: Actor) -> ApplicationsTodayOut | None:
    may = actor.may(Permission.APPLICATIONS_READ)
    return applications_today(session, actor=actor) if may else None


def _count(session: Session, table: type[Base], *where: ColumnElement[bool] | Any) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def _by(session: Session, column: InstrumentedAttribute[Any]) -> dict[str, int]:
    counted = session.execute(select(column, func.count()).group_by(column).order_by(column))
    return {value.value: count for value, count in counted}


def _silent() -> ColumnElement[bool]:
    return or_(Device.last_seen_at.is_(None), Device.last_seen_at < now() - SOON)


def _pins_by_level(session: Session) -> dict[str, int]:
    """Count the phones that are not retired; one without a known PIN stands under `none`."""
    level = func.coalesce(Credential.level, Level.NONE.value)
    pins = (Credential.device_id == Device.id) & (Credential.kind == CredentialKind.DEVICE_PIN)
    counted = session.execute(
        select(level, func.count())
        .select_from(Device)
        .outerjoin(Credential, pins)
        .where(Device.state != State.RETIRED)
        .group_by(level)
    )
    return {str(value): count for value, count in counted}


def _unproven(session: Session) -> int:
    doubtful = select(CredentialVersion.credential_id).where(
        CredentialVersion.state == VersionState.DOUBTFUL
    )
    kind = Credential.kind == CredentialKind.DEVICE_PIN
    return _count(session, Credential, kind, Credential.id.in_(doubtful))


def _due(session: Session, *kinds: CredentialKind) -> int:
    soon = Credential.kind.in_(kinds), Credential.due_at < now() + SOON
    return _count(session, Credential, *soon, opens_now())


def _backed_up() -> Select[Any]:
    return select(Backup.device_id).where(Backup.state == BackupState.COMPLETE)
