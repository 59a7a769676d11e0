"""What is known of the phones that something is to be done on: read for all of them at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload, undefer

from fleet.compliance.ledger import Holder, holders_of, usual_signers
from fleet.compliance.models import Finding
from fleet.compliance.rules.catalogue import CATALOGUE
from fleet.compliance.rules.control import package_of
from fleet.compliance.terms import Policies, policies
from fleet.contracts.clock import now
from fleet.contracts.compliance import Terms
from fleet.contracts.facts import App
from fleet.contracts.remedies import UNDONE_BY, RemedyAction
from fleet.contracts.remedying import RemedyState
from fleet.contracts.words import _, say
from fleet.devices.models import Device
from fleet.keeping.models import Preservation
from fleet.keeping.preserving import IN_FORCE
from fleet.people.models import Employee
from fleet.remedies.models import Apk, Remedy

TOLD: Final = selectinload(Device.told), undefer(Device.quick)
OWNER: Final = 0  # of the users of a phone
OF_WIRELESS: Final = frozenset({RemedyAction.CLOSE_WIRELESS, RemedyAction.OPEN_WIRELESS})
GOES_WITH_IT: Final = _("Its file goes, and what it stored: it has to be installed anew.")
ONE_WAY: Final = {
    RemedyAction.UPDATE_APP: _("Phones take no older version: what was updated stays so."),
    RemedyAction.RESTORE_APP: _("To switch it off again is a remedy of its own."),
}


@dataclass(frozen=True)
class Step:
    """One thing to be done on one phone, against `finding` where there is one."""

    device: Device
    action: RemedyAction
    package: str | None = None
    user: int = OWNER
    finding: Finding | None = None
    apk: Apk | None = None

    @property
    def target(self) -> str:
        return target_of(self.action, self.package, self.user)


def target_of(action: RemedyAction, package: str | None, user: int) -> str:
    """Return what two remedies must not be at once."""
    if action in OF_WIRELESS:
        return "wireless"
    if action is RemedyAction.UPDATE_APP:
        return f"version:{package}"
    return f"app:{package}:{user}"


@dataclass(frozen=True)
class Scene:
    """`live` are numbers of planned remedies, `kept` those of preservations, by phone.

    `facts` are as they are stored: of all that a phone said little is read here.
    """

    at: datetime
    facts: Mapping[UUID, Mapping[str, Any]]
    holders: Mapping[UUID, Holder]
    policies: Policies
    usual: Mapping[str, str]
    live: Mapping[tuple[UUID, str], str]
    kept: Mapping[UUID, str]
    open_ones: Mapping[UUID, Sequence[Finding]]
    apks: Mapping[str, Sequence[Apk]] = field(default_factory=dict)  # the newest first

    def terms(self, device: Device) -> Terms:
        holder = self.holders.get(device.id)
        return self.policies.terms(holder.department_id if holder else None, self.at)

    def app(self, step: Step) -> App | None:
        return self.app_of(step.device, step.package)

    def app_of(self, device: Device, package: str | None) -> App | None:
        told = self.facts.get(device.id, {}).get("apps", ())
        found = next((one for one in told if one.get("package") == package), None)
        return App.model_validate(found) if found else None

    def in_charge(self, device: Device) -> frozenset[str]:
        """Return the packages that a phone types with, or that administer it."""
        known = self.facts.get(device.id, {})
        keyboard = (known.get("settings") or {}).get("input_method")
        named = (keyboard, known.get("device_owner"), *(known.get("device_admins") or ()))
        return frozenset(package_of(one) for one in named if one)

    def finding_of(self, step: Step) -> Finding | None:
        """Return what is open of the phone that such a step is done against."""
        for finding in self.open_ones.get(step.device.id, ()):
            rule = CATALOGUE[finding.rule]
            fits = step.package is None or step.package in rule.concerned(finding.seen)
            if step.action in rule.actions and fits:
                return finding
        return None

    def undo_of(self, step: Step) -> tuple[RemedyAction | None, str | None]:
        """Return what would take a step back; where nothing would, why."""
        if step.action in ONE_WAY:
            return None, say(ONE_WAY[step.action])
        app = self.app(step)
        stays = app is not None and (app.system is True or any(u != step.user for u in app.users))
        if step.action is RemedyAction.REMOVE_APP and not stays:
            return None, say(GOES_WITH_IT)
        return UNDONE_BY.get(step.action), None


def held(session: Session, devices: Iterable[UUID]) -> list[Device]:
    """Return phones with what they said of themselves, locked in one order until the commit."""
    ids = sorted(set(devices))
    some = select(Device).where(Device.id.in_(ids)).order_by(Device.id).with_for_update()
    fresh = some.options(*TOLD).execution_options(populate_existing=True)
    return list(session.scalars(fresh))


def looked_at(session: Session, devices: Iterable[UUID]) -> list[Device]:
    """Return the same, and hold nobody up."""
    some = select(Device).where(Device.id.in_(set(devices))).options(*TOLD)
    return list(session.scalars(some))


def scene_of(session: Session, devices: Sequence[Device]) -> Scene:
    """Read what decides on phones, with one question for each kind of thing."""
    ids = [device.id for device in devices]
    holders = holders_of(session, ids)
    facts = {device.id: device.facts for device in devices if device.facts is not None}
    return Scene(
        at=now(),
        facts=facts,
        holders=holders,
        policies=policies(session),
        usual=usual_signers(session),
        live=_live(session, ids),
        kept=preserved(session, ids, holders),
        open_ones=_open(session, ids),
        apks=_apks(session),
    )


def _live(session: Session, ids: Collection[UUID]) -> dict[tuple[UUID, str], str]:
    planned = Remedy.device_id.in_(ids), Remedy.state == RemedyState.PLANNED
    rows = session.execute(select(Remedy.device_id, Remedy.target, Remedy.number).where(*planned))
    return {(device, target): number for device, target, number in rows}


def preserved(
    session: Session, ids: Collection[UUID], holders: Mapping[UUID, Holder]
) -> dict[UUID, str]:
    """Return which preservation keeps what is on a phone, or what its holder has."""
    people = {holder.number for holder in holders.values()}
    kept = select(Preservation.number, Preservation.device_id, Employee.number)
    kept = kept.outerjoin(Employee, Employee.id == Preservation.employee_id)
    concerned = or_(Preservation.device_id.in_(ids), Employee.number.in_(people))
    by_phone: dict[UUID, str] = {}
    by_person: dict[str, str] = {}
    for number, device, person in session.execute(kept.where(IN_FORCE, concerned)):
        if device is not None:
            by_phone[device] = number
        if person is not None:
            by_person[person] = number
    of_people = {
        device: by_person[holder.number]
        for device, holder in holders.items()
        if holder.number in by_person
    }
    return {**of_people, **by_phone}


def _open(session: Session, ids: Collection[UUID]) -> dict[UUID, list[Finding]]:
    with_remedy = [rule.id for rule in CATALOGUE.values() if rule.actions]
    mine = Finding.device_id.in_(ids), Finding.closed_at.is_(None), Finding.rule.in_(with_remedy)
    found: defaultdict[UUID, list[Finding]] = defaultdict(list)
    fresh = select(Finding).where(*mine).order_by(Finding.opened_at, Finding.id)
    for finding in session.scalars(fresh.execution_options(populate_existing=True)):
        found[finding.device_id].append(finding)
    return found


def _apks(session: Session) -> dict[str, list[Apk]]:
    there = select(Apk).where(Apk.removed_at.is_(None)).order_by(Apk.version_code.desc(), Apk.id)
    found: defaultdict[str, list[Apk]] = defaultdict(list)
    for apk in session.scalars(there):
        found[apk.package].append(apk)
    return found
