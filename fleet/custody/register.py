"""The registers as people read them: each thing with its holder and what is known of it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.access.actor import Actor
from fleet.accounts import queries as accounts_queries
from fleet.accounts.errors import AccountNotFound
from fleet.accounts.lifecycle import State as AccountState
from fleet.accounts.models import Account
from fleet.accounts.opening import opens_now
from fleet.accounts.services import SAID
from fleet.backups.models import Backup
from fleet.contracts.accounts import AccountOut, AccountQuery, YesNo
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.custody import Thing
from fleet.contracts.devices import DeviceDetailOut, DeviceOut, DeviceQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.sims import SimOut, SimQuery
from fleet.contracts.wire import EmployeeRef
from fleet.custody.accessories import kit_out_with
from fleet.custody.models import Holding
from fleet.custody.queries import holders, require_within, within
from fleet.devices import queries as devices_queries
from fleet.devices.errors import DeviceNotFound
from fleet.devices.lifecycle import State as DeviceState
from fleet.devices.models import Device
from fleet.paging import among, of_state, page
from fleet.people.models import Department, Employee
from fleet.people.queries import settled
from fleet.sims import queries as sims_queries
from fleet.sims.errors import SimNotFound
from fleet.sims.lifecycle import State as SimState
from fleet.sims.models import Sim
from fleet.sims.numbers import bound_to, rests_until
from fleet.stations.models import Station
from fleet.vault.models import Credential

SAID_OF_DEVICES: Final = (
    "colour",
    "condition",
    "purpose",
    "shared",
    "bought_on",
    "warranty_until",
    "note",
)


def devices(
    session: Session, query: DeviceQuery, *, actor: Actor
) -> tuple[list[DeviceOut], str | None]:
    """Return one page of phones and the mark of the next, in a fixed number of queries."""
    reach = settled(session, actor.reach(Permission.DEVICES_READ))
    statement = devices_queries.devices_like(session, query).where(within(reach, Device))
    if query.state:
        statement = statement.where(Device.state == of_state(DeviceState, query.state))
    if query.station:
        here = select(Station.id).where(Station.name == query.station)
        statement = statement.where(Device.station_id.in_(here))
    if query.pin:
        statement = statement.where(_pin_is(session, query.pin))
    if query.owner:
        his = select(Employee.id).where(Employee.number == query.owner)
        statement = statement.where(Device.owner_id.in_(his))
    if query.shared:
        statement = statement.where(Device.shared)
    if query.holder:
        statement = statement.where(Device.id.in_(_held_by(Holding.device_id, query.holder)))
    sorts = devices_queries.SORTS
    rows, mark = page(session, statement, query, sorts=sorts, default="tag", key=Device.id)
    return shown_devices(session, rows), mark


def sims(session: Session, query: SimQuery, *, actor: Actor) -> tuple[list[SimOut], str | None]:
    reach = settled(session, actor.reach(Permission.SIMS_READ))
    statement = sims_queries.sims_like(session, query).where(within(reach, Sim))
    if query.state:
        statement = statement.where(Sim.state == of_state(SimState, query.state))
    if query.carrier:
        statement = statement.where(Sim.carrier == query.carrier)
    if query.device:
        statement = statement.where(Sim.device.has(Device.tag == query.device))
    if query.owner_kind:
        statement = statement.where(Sim.owner_kind == query.owner_kind)
    if query.quarantined:
        statement = statement.where(Sim.quarantined_until > now())
    if query.holder:
        statement = statement.where(Sim.id.in_(_held_by(Holding.sim_id, query.holder)))
    sorts = sims_queries.SORTS
    rows, mark = page(session, statement, query, sorts=sorts, default="number", key=Sim.id)
    return shown_sims(session, rows), mark


def accounts(
    session: Session, query: AccountQuery, *, actor: Actor
) -> tuple[list[AccountOut], str | None]:
    reach = settled(session, actor.reach(Permission.ACCOUNTS_READ))
    statement = accounts_queries.accounts_like(session, query).where(within(reach, Account))
    if query.kind:
        statement = statement.where(Account.kind == query.kind)
    if query.state:
        statement = statement.where(Account.state == of_state(AccountState, query.state))
    statement = statement.where(*_said_of_accounts(query))
    if query.holder:
        statement = statement.where(Account.id.in_(_held_by(Holding.account_id, query.holder)))
    sorts = accounts_queries.SORTS
    rows, mark = page(session, statement, query, sorts=sorts, default="handle", key=Account.id)
    return shown_accounts(session, rows), mark


def _said_of_accounts(query: AccountQuery) -> Iterator[ColumnElement[bool]]:
    if query.department:
        yield Account.department.has(Department.code == query.department)
    if query.device:
        yield Account.device.has(Device.tag == query.device)
    for column, wanted in (
        (Account.number, query.number),
        (Account.registrant_standing, query.registrant_standing),
    ):
        if wanted is not None:
            yield column == wanted
    for said, answer in (
        (Account.real_name, query.real_name),
        (Account.card_bound, query.card_bound),
    ):
        if answer is not None:
            yield said.is_({YesNo.YES: True, YesNo.NO: False}.get(answer))


def device_within(session: Session, tag: str, permission: Permission, *, actor: Actor) -> Device:
    """Return a phone within the actor's reach; others do not exist for him."""
    found = devices_queries.device(session, tag)
    require_within(session, found, permission, refusal=DeviceNotFound(tag=tag), actor=actor)
    return found


def sim_within(session: Session, name: str, *, actor: Actor) -> Sim:
    """Return a SIM within the actor's reach; others do not exist for him."""
    found, unknown = sims_queries.sim(session, name), SimNotFound(sim=name)
    require_within(session, found, Permission.SIMS_READ, refusal=unknown, actor=actor)
    return found


def account_within(session: Session, name: str, permission: Permission, *, actor: Actor) -> Account:
    """Return an account within the actor's reach; others do not exist for him."""
    found, unknown = accounts_queries.account(session, name), AccountNotFound(handle=name)
    require_within(session, found, permission, refusal=unknown, actor=actor)
    return found


def _held_by(column: InstrumentedAttribute[UUID | None], number: str) -> Select[UUID | None]:
    """Return the ids of what a person holds."""
    held = select(column).join(Employee, Employee.id == Holding.employee_id)
    mine = Employee.number == number, Holding.returned_at.is_(None), column.is_not(None)
    return held.where(*mine)


def _pin_is(session: Session, level: Level) -> ColumnElement[bool]:
    pins = select(Credential.device_id).where(
        Credential.kind == CredentialKind.DEVICE_PIN, Credential.device_id.is_not(None)
    )
    known = pins.where(Credential.level == level)
    so = exists(known.where(Credential.device_id == Device.id))
    if level is Level.NONE:
        return or_(so, ~exists(pins.where(Credential.device_id == Device.id)))
    return among(session, Device.id, [known], so)


def shown_devices(session: Session, rows: Sequence[Device]) -> list[DeviceOut]:
    ids = [row.id for row in rows]
    held = holders(session, Thing.DEVICE, ids)
    pins = _credentials(session, Credential.device_id, ids)
    backups = _newest_backups(session, ids)
    places = _station_names(session, rows)
    owners = _owners(session, rows)
    return [
        DeviceOut(
            **_of_device(row, held, pins.get(row.id), backups.get(row.id), places),
            **{name: getattr(row, name) for name in SAID_OF_DEVICES},
            owner=owners.get(row.owner_id) if row.owner_id else None,
        )
        for row in rows
    ]


def _owners(session: Session, rows: Sequence[Device]) -> dict[UUID, EmployeeRef]:
    ids = {row.owner_id for row in rows if row.owner_id}
    if not ids:
        return {}
    named = select(Employee.id, Employee.number, Employee.name).where(Employee.id.in_(ids))
    found = session.execute(named)
    return {key: EmployeeRef(number=number, name=name) for key, number, name in found}


def shown_device(session: Session, tag: str, *, actor: Actor) -> DeviceDetailOut:
    """Return one phone with all that the last visit learned about it."""
    device = device_within(session, tag, Permission.DEVICES_READ, actor=actor)
    session.refresh(device, ["told", "quick"])
    (line,) = shown_devices(session, [device])
    return DeviceDetailOut(
        **dict(line), facts=device.known_facts, kit=kit_out_with(session, device)
    )


def _of_device(
    device: Device,
    held: dict[UUID, EmployeeRef],
    pin: Credential | None,
    backup: Backup | None,
    places: dict[UUID, str],
) -> dict[str, Any]:
    return {
        "tag": device.tag,
        "serial": device.serial,
        "brand": device.brand,
        "model": device.model,
        "market_name": device.market_name,
        "imei": device.imei,
        "system": device.system,
        "state": device.state.value,
        "holder": held.get(device.id),
        "station": places.get(device.station_id) if device.station_id else None,
        "present": device.present,
        "last_seen_at": device.last_seen_at,
        "pin": pin.level if pin else Level.NONE,
        "pin_changed_at": pin.changed_at if pin else None,
        "pin_due_at": pin.due_at if pin else None,
        "pin_confirmed_at": pin.confirmed_at if pin else None,
        "backup": backup.level if backup else Level.NONE,
        "backup_at": backup.ended_at if backup else None,
    }


def shown_sims(session: Session, rows: Sequence[Sim]) -> list[SimOut]:
    held = holders(session, Thing.SIM, [row.id for row in rows])
    bound = bound_to(session, [row.number for row in rows])
    return [
        SimOut(
            number=row.number,
            iccid=row.iccid,
            carrier=row.carrier,
            registered_owner=row.registered_owner,
            owner_kind=row.owner_kind,
            actual_user=row.actual_user,
            plan=row.plan,
            opened_on=row.opened_on,
            note=row.note,
            state=row.state.value,
            quarantined_until=rests_until(row),
            accounts=bound.get(row.number, []) if row.state is not SimState.CANCELLED else [],
            holder=held.get(row.id),
            device=row.device.tag if row.device else None,
        )
        for row in rows
    ]


def shown_accounts(session: Session, rows: Sequence[Account]) -> list[AccountOut]:
    ids = [row.id for row in rows]
    held = holders(session, Thing.ACCOUNT, ids)
    passwords = _credentials(session, Credential.account_id, ids)
    return [_shown_account(row, held.get(row.id), passwords.get(row.id)) for row in rows]


def _shown_account(
    account: Account, holder: EmployeeRef | None, password: Credential | None
) -> AccountOut:
    said = {name: getattr(account, name) for name in SAID - {"department"}}
    return AccountOut(
        **said,
        handle=account.handle,
        kind=account.kind,
        department=account.department.code if account.department else None,
        state=account.state.value,
        holder=holder,
        device=account.device.tag if account.device else None,
        password=password.level if password else Level.NONE,
        password_changed_at=password.changed_at if password else None,
        password_due_at=password.due_at if password else None,
    )


def _credentials(
    session: Session, column: InstrumentedAttribute[UUID | None], ids: Iterable[UUID]
) -> dict[UUID, Credential]:
    wanted = select(column, Credential).where(column.in_(list(ids)), opens_now())
    found = session.execute(wanted)
    return {key: credential for key, credential in found if key is not None}


def _newest_backups(session: Session, ids: Sequence[UUID]) -> dict[UUID, Backup]:
    complete = Backup.device_id.in_(ids), Backup.state == BackupState.COMPLETE
    newest = (
        select(Backup.device_id, func.max(Backup.started_at).label("started_at"))
        .where(*complete)
        .group_by(Backup.device_id)
        .subquery()
    )
    same = Backup.device_id == newest.c.device_id, Backup.started_at == newest.c.started_at
    found = session.scalars(select(Backup).join(newest, and_(*same)).where(*complete))
    return {backup.device_id: backup for backup in found}


def _station_names(session: Session, rows: Sequence[Device]) -> dict[UUID, str]:
    ids = {row.station_id for row in rows if row.station_id}
    found = session.execute(select(Station.id, Station.name).where(Station.id.in_(ids)))
    return dict(iter(found))
