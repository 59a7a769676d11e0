"""What the forms read of the registers."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.accounts.models import Account
from fleet.accounts.opening import key_of
from fleet.backups.models import Backup
from fleet.cases.models import Case, Step
from fleet.contracts.backups import BackupState
from fleet.contracts.cases import CaseKind, CaseState
from fleet.contracts.clock import now
from fleet.contracts.rotation import RotationState
from fleet.custody.models import Holding
from fleet.custody.queries import with_its_thing
from fleet.devices.lifecycle import State as DeviceState
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.rotation.models import Rotation, RotationDeclaration
from fleet.sims.lifecycle import State as SimState
from fleet.sims.models import Sim
from fleet.stations.models import Job
from fleet.vault.models import Credential
from fleet.vault.queries import known_credential, pin_of

WELL: Final = (
    RotationState.PROVEN,
    RotationState.VERIFIED,
    RotationState.OBSERVED,
    RotationState.DECLARED,
)
RECENT: Final = timedelta(days=90)  # what came back so short before belongs to the same exit


def spans(session: Session, held: Device | Account) -> Sequence[Holding]:
    """Return who held a thing, the newest first."""
    column = Holding.device_id if isinstance(held, Device) else Holding.account_id
    of_it = select(Holding).where(column == held.id).options(joinedload(Holding.employee))
    return session.scalars(of_it.order_by(Holding.issued_at.desc(), Holding.id)).all()


def holder_at(held: Sequence[Holding], at: datetime) -> Employee | None:
    """Return who held a thing at a moment, of what `spans` gave."""
    return next(
        (
            one.employee
            for one in held
            if one.issued_at <= at and (one.returned_at is None or one.returned_at >= at)
        ),
        None,
    )


def held_lately(session: Session, employee: Employee) -> Sequence[Holding]:
    """Return what somebody holds, and what he gave back lately, in the order of its issue."""
    still = or_(Holding.returned_at.is_(None), Holding.returned_at >= now() - RECENT)
    theirs = select(Holding).where(Holding.employee_id == employee.id, still)
    found = theirs.options(*with_its_thing()).order_by(Holding.issued_at, Holding.id)
    return session.scalars(found).all()


def newest_backup(session: Session, device: Device | None) -> Backup | None:
    """Return the newest complete backup of a phone."""
    if device is None:
        return None
    complete = Backup.device_id == device.id, Backup.state == BackupState.COMPLETE
    newest = select(Backup).where(*complete).order_by(Backup.ended_at.desc()).limit(1)
    return session.scalar(newest)


def card_with(session: Session, number: str | None) -> Sim | None:
    """Return the card that carries a number now."""
    carries = Sim.number == number, Sim.state != SimState.CANCELLED
    return session.scalar(select(Sim).where(*carries)) if number else None


def answered_for(session: Session, employee: Employee) -> Sequence[tuple[Device, str | None]]:
    """Return the phones that somebody answers for and does not hold, and who has each."""
    now_out = (Holding.device_id == Device.id) & Holding.returned_at.is_(None)
    owned = (
        select(Device, Employee.name)
        .outerjoin(Holding, now_out)
        .outerjoin(Employee, Employee.id == Holding.employee_id)
        .where(Device.owner_id == employee.id, Device.state != DeviceState.RETIRED)
        .where(or_(Holding.employee_id.is_(None), Holding.employee_id != employee.id))
    )
    return [(one, name) for one, name in session.execute(owned.order_by(Device.tag))]


def leaving_of(session: Session, employee: Employee) -> Case | None:
    """Return the case that leads somebody out, while it is open."""
    is_open = Case.kind == CaseKind.LEAVING, Case.state == CaseState.OPEN
    theirs = select(Case).where(Case.employee_id == employee.id, *is_open)
    return session.scalar(
        theirs.options(
            joinedload(Case.successor), selectinload(Case.steps).joinedload(Step.holding)
        ).limit(1)
    )


def declared_since(
    session: Session, credential: Credential | None, since: datetime | None
) -> dict[str, RotationDeclaration]:
    """Return what people said they did at the changes of a credential, by what it was."""
    if credential is None:
        return {}
    said = select(RotationDeclaration).join(RotationDeclaration.rotation)
    said = said.where(Rotation.credential_id == credential.id)
    if since is not None:
        said = said.where(RotationDeclaration.said_at >= since)
    rows = session.scalars(said.order_by(RotationDeclaration.said_at))
    return {row.what: row for row in rows}


def credential_of(session: Session, held: Device | Account) -> Credential | None:
    """Return what opens an account, or the PIN of a phone."""
    subject = pin_of(held) if isinstance(held, Device) else key_of(held)
    return known_credential(session, subject)


def changes_of(
    session: Session, credential: Credential | None, since: date | None, until: date | None
) -> Sequence[Rotation]:
    """Return the changes of a credential that have ended well, in order; days of this place."""
    if credential is None:
        return ()
    ended = select(Rotation).where(
        Rotation.credential_id == credential.id, Rotation.state.in_(WELL)
    )
    if since is not None:
        ended = ended.where(Rotation.ended_at >= _midnight(since))
    if until is not None:
        ended = ended.where(Rotation.ended_at < _midnight(until + timedelta(days=1)))
    beside = selectinload(Rotation.declarations), joinedload(Rotation.job).joinedload(Job.station)
    found = ended.options(*beside, joinedload(Rotation.version))
    return session.scalars(found.order_by(Rotation.ended_at)).unique().all()


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time.min).astimezone()
