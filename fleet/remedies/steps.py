"""What a plan asks for, as steps: one thing on one phone, for one app and one of its users."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.compliance.errors import FindingClosedAlready, FindingNotFound
from fleet.compliance.models import Finding
from fleet.compliance.queries import COUNTS, belonging_to
from fleet.compliance.rules.catalogue import CATALOGUE
from fleet.contracts.findings import Rule
from fleet.contracts.remedies import OF_APPS, RemedyAction
from fleet.contracts.remedying import RemedyPlanIn
from fleet.contracts.wire import ListQuery
from fleet.devices.errors import DeviceNotFound
from fleet.devices.models import Device
from fleet.paging import page
from fleet.people.queries import department
from fleet.remedies.errors import ActionNotOfRule, RuleHasNoRemedy
from fleet.remedies.models import Apk
from fleet.remedies.scene import OWNER, Scene, Step


@dataclass(frozen=True)
class Wanted:
    """Findings and phones that something is to be done about; `next` where there are more."""

    findings: Sequence[str] = ()
    devices: Sequence[UUID] = field(default_factory=list)
    next: str | None = None


def wanted_by(session: Session, given: RemedyPlanIn) -> Wanted:
    """Return what a plan names: findings, a part of what breaks a rule, or phones."""
    if given.devices:
        return Wanted(devices=_tagged(session, given.devices))
    if given.rule is not None:
        return _breaking(session, given.rule, given)
    named = dict.fromkeys(given.findings)
    places = select(Finding.number, Finding.device_id, Finding.rule)
    rows = session.execute(places.where(Finding.number.in_(named))).all()
    known = {row.number: row for row in rows}
    for number in named:
        if number not in known:
            raise FindingNotFound(number=number)
        _action_of(known[number].rule, given.action)
    return Wanted(list(named), [row.device_id for row in rows])


def _tagged(session: Session, tags: Sequence[str]) -> list[UUID]:
    found = dict(iter(session.execute(select(Device.tag, Device.id).where(Device.tag.in_(tags)))))
    for tag in tags:
        if tag not in found:
            raise DeviceNotFound(tag=tag)
    return list(found.values())


def _breaking(session: Session, rule: Rule, given: RemedyPlanIn) -> Wanted:
    """Return a part of what breaks a rule and counts; what is waived is let be."""
    _action_of(rule, given.action)
    statement = select(Finding).where(COUNTS, Finding.rule == rule)
    if given.department:
        department(session, given.department)
        statement = statement.where(Finding.device_id.in_(belonging_to(given.department)))
    query = ListQuery(limit=given.most, after=given.after)
    sorts = {"opened_at": Finding.opened_at}
    rows, mark = page(session, statement, query, sorts=sorts, default="opened_at", key=Finding.id)
    return Wanted([one.number for one in rows], [one.device_id for one in rows], mark)


def _action_of(rule: Rule, asked: RemedyAction | None) -> RemedyAction:
    """Return what is done against a rule: what was asked for, or what it says first."""
    known = CATALOGUE[rule].actions
    if not known:
        raise RuleHasNoRemedy(rule=rule.value)
    if asked is not None and asked not in known:
        raise ActionNotOfRule(action=asked.value, rule=rule.value, known=", ".join(known))
    return asked or known[0]


def steps_of(
    scene: Scene, devices: Sequence[Device], wanted: Wanted, given: RemedyPlanIn, apk: Apk | None
) -> Iterator[Step]:
    """Give what is to be done on each phone, in the order of their tags or of the findings."""
    ordered = sorted(devices, key=lambda device: device.tag)
    if given.devices and given.action is not None:
        for device in ordered:
            for user in _users(scene, device, given.action, given.package, given.user):
                step = Step(device, given.action, given.package, user)
                yield _completed(scene, step, scene.finding_of(step), apk)
        return
    open_ones = {one.number: one for found in scene.open_ones.values() for one in found}
    by_id = {device.id: device for device in ordered}
    for number in wanted.findings:
        finding = open_ones.get(number)
        if finding is None and given.rule is not None:
            continue  # a visit has closed it between our question and our lock
        if finding is None:
            raise FindingClosedAlready(number=number)
        yield from _against(scene, by_id[finding.device_id], finding, given, apk)


def once(steps: Iterable[Step]) -> list[Step]:
    """Leave out what is done already by an earlier step: two rules may have found the same."""
    first: dict[tuple[UUID, str], Step] = {}
    for step in steps:
        first.setdefault((step.device.id, step.target), step)
    return list(first.values())


def _against(
    scene: Scene, device: Device, finding: Finding, given: RemedyPlanIn, apk: Apk | None
) -> Iterator[Step]:
    rule, action = CATALOGUE[finding.rule], _action_of(finding.rule, given.action)
    packages: Iterable[str | None] = rule.concerned(finding.seen) or [None]
    for package in packages:
        if given.package not in {None, package}:
            continue
        seen = rule.concerned_users(finding.seen) if given.user is None else []
        users = seen or _users(scene, device, action, package, given.user)
        for user in users:
            yield _completed(scene, Step(device, action, package, user), finding, apk)


def _completed(scene: Scene, step: Step, finding: Finding | None, apk: Apk | None) -> Step:
    """Add to a step what it is done against, and from which file."""
    if step.action is RemedyAction.UPDATE_APP and apk is None:
        apk = next(iter(scene.apks.get(step.package or "", ())), None)
    file = apk if step.action is RemedyAction.UPDATE_APP else None
    return Step(step.device, step.action, step.package, step.user, finding, file)


def _users(
    scene: Scene, device: Device, action: RemedyAction, package: str | None, asked: int | None
) -> Sequence[int]:
    """Return for which users of a phone it is done: an app's file is one for all of them."""
    if asked is not None:
        return (asked,)
    app = scene.app_of(device, package)
    each = action in OF_APPS - {RemedyAction.UPDATE_APP, RemedyAction.RESTORE_APP}
    return (app.users or (OWNER,)) if each and app else (OWNER,)
