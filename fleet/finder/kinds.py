"""What can be found: which of it an actor may see, and what is said of each thing in a line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from fleet.access.actor import Actor, Reach
from fleet.accounts.models import Account
from fleet.applications import queries as applications
from fleet.applications.models import Application, Kit
from fleet.backups.models import Backup
from fleet.cases.models import Case
from fleet.compliance import queries as compliance
from fleet.compliance.models import Finding
from fleet.compliance.rules.catalogue import CATALOGUE
from fleet.conduct.models import Violation
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.devices import model_name
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.search import FoundKind
from fleet.contracts.wire import EmployeeRef
from fleet.custody.models import AccessoryWord
from fleet.custody.queries import holders, ref, within
from fleet.database import Base
from fleet.devices.models import Device
from fleet.incidents import queries as incidents
from fleet.incidents.models import Incident
from fleet.openings.models import Opening
from fleet.papers.models import Paper
from fleet.papers.queries import papers_within
from fleet.people.models import Department, Employee, Partner
from fleet.people.partners import partners_within
from fleet.people.queries import departments_within, people_within
from fleet.remedies.models import Remedy
from fleet.requests import queries as requests
from fleet.requests.models import ChangeRequest
from fleet.sims.models import Sim
from fleet.stations.models import Station
from fleet.stocktakes.models import Stocktake

Clause = ColumnElement[bool]


class Line(NamedTuple):
    """What is said of one thing."""

    name: str
    title: str | None
    state: str | None
    holder: EmployeeRef | None = None


Lines = dict[UUID, Line]


@dataclass(frozen=True)
class Kind:
    """A kind of thing; `within` says which of them are in the actor's reach, by their ids.

    Without `within` whoever's permission ends anywhere finds none. `begins` names a column of
    digits that is no term, but has an index of its own.
    """

    kind: FoundKind
    model: type[Base]
    permission: Permission
    lines: Callable[[Session, Sequence[Any]], Lines]
    within: Callable[[Reach, Actor], Clause] | None = None
    begins: str | None = None
    beside: tuple[Any, ...] = ()

    def seen_by(self, actor: Actor, settle: Callable[[Reach], Reach]) -> list[Clause] | None:
        """Return what holds for those that an actor may list; None where there are none."""
        if not actor.may(self.permission):
            return None
        reach = settle(actor.reach(self.permission))
        if reach.everything:
            return []
        return None if self.within is None else [self.within(reach, actor)]

    def shown(self, session: Session, ids: Sequence[UUID]) -> Lines:
        """Return the lines of those of the things that there are."""
        wanted = select(self.model).where(self.model.id.in_(ids)).options(*self.beside)
        rows = session.scalars(wanted).unique().all()
        return self.lines(session, rows) if rows else {}


def _devices(session: Session, rows: Sequence[Device]) -> Lines:
    held = holders(session, Thing.DEVICE, [row.id for row in rows])
    return {row.id: Line(row.tag, _model(row), row.state, held.get(row.id)) for row in rows}


def _model(row: Device) -> str | None:
    return model_name(row) or None


def _sims(session: Session, rows: Sequence[Sim]) -> Lines:
    held = holders(session, Thing.SIM, [row.id for row in rows])
    return {row.id: Line(row.number, row.carrier, row.state, held.get(row.id)) for row in rows}


def _accounts(session: Session, rows: Sequence[Account]) -> Lines:
    held = holders(session, Thing.ACCOUNT, [row.id for row in rows])
    return {
        row.id: Line(row.handle, row.nickname or label(row.kind), row.state, held.get(row.id))
        for row in rows
    }


def _employees(_session: Session, rows: Sequence[Employee]) -> Lines:
    return {
        row.id: Line(row.number, f"{row.name} · {row.department.name}", row.status) for row in rows
    }


def _departments(_session: Session, rows: Sequence[Department]) -> Lines:
    return {row.id: Line(row.code, row.name, None) for row in rows}


def _stations(_session: Session, rows: Sequence[Station]) -> Lines:
    return {row.id: Line(row.name, None, row.state) for row in rows}


def _cases(_session: Session, rows: Sequence[Case]) -> Lines:
    return {row.id: Line(row.number, label(row.kind), row.state, ref(row.employee)) for row in rows}


def _requests(_session: Session, rows: Sequence[ChangeRequest]) -> Lines:
    return {
        row.id: Line(row.number, row.credential.subject, row.state, ref(row.holder)) for row in rows
    }


def _applications(_session: Session, rows: Sequence[Application]) -> Lines:
    return {row.id: Line(row.number, row.kit, row.state, ref(row.holder)) for row in rows}


def _incidents(_session: Session, rows: Sequence[Incident]) -> Lines:
    return {
        row.id: Line(
            row.number, label(row.kind), row.state, ref(row.employee) if row.employee else None
        )
        for row in rows
    }


def _findings(_session: Session, rows: Sequence[Finding]) -> Lines:
    return {
        row.id: Line(
            row.number,
            f"{row.device.tag} · {CATALOGUE[row.rule].said_title}",
            compliance.state_of(row),
        )
        for row in rows
    }


def _backups(_session: Session, rows: Sequence[Backup]) -> Lines:
    return {
        row.id: Line(row.number, row.device.tag, row.state, ref(row.holder) if row.holder else None)
        for row in rows
    }


def _papers(_session: Session, rows: Sequence[Paper]) -> Lines:
    return {
        row.id: Line(row.number, f"{label(row.kind)} · {row.subject}", row.state) for row in rows
    }


def _stocktakes(_session: Session, rows: Sequence[Stocktake]) -> Lines:
    return {row.id: Line(row.number, row.note, row.state) for row in rows}


def _remedies(session: Session, rows: Sequence[Remedy]) -> Lines:
    phones = select(Device.id, Device.tag).where(Device.id.in_([row.device_id for row in rows]))
    tags = dict(iter(session.execute(phones)))
    return {
        row.id: Line(row.number, f"{tags[row.device_id]} · {label(row.action)}", row.state)
        for row in rows
    }


def _violations(_session: Session, rows: Sequence[Violation]) -> Lines:
    return {row.id: Line(row.number, row.clause, row.state, ref(row.employee)) for row in rows}


def _partners(_session: Session, rows: Sequence[Partner]) -> Lines:
    return {row.id: Line(row.name, row.contact, row.state) for row in rows}


def _openings(_session: Session, rows: Sequence[Opening]) -> Lines:
    at = now()
    return {row.id: Line(row.number, _opened(row), row.standing(at), _whose(row)) for row in rows}


def _opened(row: Opening) -> str:
    number = row.backup.number if row.backup else None
    return " · ".join(filter(None, (number, label(row.purpose))))


def _whose(row: Opening) -> EmployeeRef | None:
    return ref(row.backup.holder) if row.backup and row.backup.holder else None


def _kits(_session: Session, rows: Sequence[Kit]) -> Lines:
    return {row.id: Line(row.name, row.title, None) for row in rows}


def _accessories(_session: Session, rows: Sequence[AccessoryWord]) -> Lines:
    return {
        row.id: Line(row.word, f"{row.zh} · {row.en}", "retired" if row.retired_at else None)
        for row in rows
    }


def _openings_within(reach: Reach, _actor: Actor) -> Clause:
    theirs = select(Employee.id).where(people_within(reach))
    return Opening.backup_id.in_(select(Backup.id).where(Backup.holder_id.in_(theirs)))


def _of_people(column: InstrumentedAttribute[UUID]) -> Callable[[Reach, Actor], Clause]:
    return lambda reach, _actor: column.in_(select(Employee.id).where(people_within(reach)))


KINDS: Final[Mapping[FoundKind, Kind]] = {
    kind.kind: kind
    for kind in (
        Kind(
            FoundKind.DEVICE,
            Device,
            Permission.DEVICES_READ,
            _devices,
            within=lambda reach, _actor: within(reach, Device),
        ),
        Kind(
            FoundKind.EMPLOYEE,
            Employee,
            Permission.PEOPLE_READ,
            _employees,
            within=lambda reach, _actor: people_within(reach),
            beside=(joinedload(Employee.department),),
        ),
        Kind(
            FoundKind.SIM,
            Sim,
            Permission.SIMS_READ,
            _sims,
            within=lambda reach, _actor: within(reach, Sim),
            begins="number",
        ),
        Kind(
            FoundKind.ACCOUNT,
            Account,
            Permission.ACCOUNTS_READ,
            _accounts,
            within=lambda reach, _actor: within(reach, Account),
        ),
        Kind(
            FoundKind.CASE,
            Case,
            Permission.CASES_READ,
            _cases,
            within=_of_people(Case.employee_id),
            beside=(joinedload(Case.employee),),
        ),
        Kind(
            FoundKind.REQUEST,
            ChangeRequest,
            Permission.REQUESTS_READ,
            _requests,
            within=requests.seen,
            beside=(joinedload(ChangeRequest.holder), joinedload(ChangeRequest.credential)),
        ),
        Kind(
            FoundKind.APPLICATION,
            Application,
            Permission.APPLICATIONS_READ,
            _applications,
            within=applications.seen,
            beside=(joinedload(Application.holder),),
        ),
        Kind(
            FoundKind.INCIDENT,
            Incident,
            Permission.INCIDENTS_READ,
            _incidents,
            within=lambda reach, _actor: incidents.visible(reach),
            beside=(joinedload(Incident.employee),),
        ),
        Kind(
            FoundKind.FINDING,
            Finding,
            Permission.FINDINGS_READ,
            _findings,
            within=compliance.visible,
            beside=(joinedload(Finding.device),),
        ),
        Kind(
            FoundKind.BACKUP,
            Backup,
            Permission.BACKUPS_READ,
            _backups,
            beside=(joinedload(Backup.device), joinedload(Backup.holder)),
        ),
        Kind(
            FoundKind.PAPER,
            Paper,
            Permission.PAPERS_READ,
            _papers,
            within=lambda reach, _actor: papers_within(reach),
        ),
        Kind(FoundKind.STOCKTAKE, Stocktake, Permission.STOCKTAKES_READ, _stocktakes),
        Kind(FoundKind.REMEDY, Remedy, Permission.REMEDIES_READ, _remedies),
        Kind(
            FoundKind.VIOLATION,
            Violation,
            Permission.VIOLATIONS_READ,
            _violations,
            within=_of_people(Violation.employee_id),
            beside=(joinedload(Violation.employee),),
        ),
        Kind(
            FoundKind.PARTNER,
            Partner,
            Permission.PEOPLE_READ,
            _partners,
            within=lambda reach, _actor: partners_within(reach),
        ),
        Kind(
            FoundKind.OPENING,
            Opening,
            Permission.OPENINGS_READ,
            _openings,
            within=_openings_within,
            beside=(joinedload(Opening.backup).joinedload(Backup.holder),),
        ),
        # Whoever may apply may see what he can apply for.
        Kind(FoundKind.KIT, Kit, Permission.KITS_READ, _kits, within=lambda *_asked: true()),
        Kind(
            FoundKind.ACCESSORY,
            AccessoryWord,
            Permission.DEVICES_READ,
            _accessories,
            within=lambda *_asked: true(),
        ),
        Kind(FoundKind.STATION, Station, Permission.STATIONS_READ, _stations),
        Kind(
            FoundKind.DEPARTMENT,
            Department,
            Permission.PEOPLE_READ,
            _departments,
            within=lambda reach, _actor: departments_within(reach),
        ),
    )
}
