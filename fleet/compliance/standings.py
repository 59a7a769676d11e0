"""How far departments and phones keep to the rules, and how that has gone."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor, Reach
from fleet.compliance.judging import Judged, judge
from fleet.compliance.ledger import Seen, within
from fleet.compliance.models import Finding, Standing
from fleet.compliance.queries import COUNTS, IS_WAIVED, belonging_to, is_overdue
from fleet.compliance.rules.catalogue import CATALOGUE
from fleet.compliance.rules.rule import MET, NOT_KNOWN, OURS, Declared, Verdict
from fleet.compliance.terms import policies
from fleet.contracts.clock import now
from fleet.contracts.compliance import (
    ComplianceQuery,
    ComplianceStatusOut,
    DepartmentStandingOut,
    PhoneComplianceOut,
    RuleOnPhoneOut,
    RuleOut,
    RulesOut,
    Ruling,
    Terms,
    TrendDayOut,
    TrendOut,
    TrendQuery,
)
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.findings import Severity
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.devices.errors import DeviceNotFound
from fleet.devices.models import Device
from fleet.people.errors import DepartmentNotFound
from fleet.people.in_force import Place
from fleet.people.models import Department
from fleet.people.queries import department as department_by_code
from fleet.people.queries import departments_within

WEIGHTY: Final = (Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)


def status(session: Session, query: ComplianceQuery, *, actor: Actor) -> ComplianceStatusOut:
    """Return how each department within reach stands, counted by the database."""
    reach, moment = actor.reach(Permission.FINDINGS_READ), now()
    _require_within(session, query.department, reach)
    names = session.execute(select(Department.id, Department.code, Department.name)).all()
    known: dict[Place, tuple[str, str]] = {row.id: (row.code, row.name) for row in names}
    counted = _counted(session, moment, within(reach))
    departments = [
        one.shown(*known.get(place, (None, None)))
        for place, one in counted.items()
        if query.department is None or known.get(place, ("",))[0] == query.department
    ]
    return ComplianceStatusOut(
        at=moment,
        company=sum(counted.values(), Tally()).shown(None, None),
        departments=sorted(departments, key=lambda one: (one.score, one.department or "~")),
    )


def _require_within(session: Session, code: str | None, reach: Reach) -> None:
    """Refuse a department outside of a reach as if it did not exist."""
    if code is None:
        return
    within_reach = select(Department.id).where(Department.code == code, departments_within(reach))
    if session.scalar(within_reach) is None:
        raise DepartmentNotFound(department=code)


class Tally:
    """Numbers of one department, which can be added up."""

    def __init__(self) -> None:
        self.phones = self.weighty = self.overdue = self.waived = 0
        self.findings: Counter[Severity] = Counter()

    def __add__(self, other: "Tally") -> "Tally":
        both = Tally()
        for name in ("phones", "weighty", "overdue", "waived", "findings"):
            setattr(both, name, getattr(self, name) + getattr(other, name))
        return both

    def shown(self, code: str | None, name: str | None) -> DepartmentStandingOut:
        well = self.phones - self.weighty
        return DepartmentStandingOut(
            department=code,
            name=name,
            phones=self.phones,
            findings={one: self.findings[one] for one in Severity},
            overdue=self.overdue,
            waived=self.waived,
            score=100 * well // self.phones if self.phones else 100,
        )


def _counted(session: Session, moment: datetime, phones: ColumnElement[bool]) -> dict[Place, Tally]:
    """Count by department the phones in use that `phones` holds for, and what is open of them."""
    found: defaultdict[Place, Tally] = defaultdict(Tally)
    ours = Device.state.in_(OURS) & phones
    standing = select(Standing.department_id, func.count()).join(
        Device, Device.id == Standing.device_id
    )
    for place, count in session.execute(standing.where(ours).group_by(Standing.department_id)):
        found[place].phones = count
    for place, severity, count, late, let_be in session.execute(_open_by(ours, moment)):
        tally = found[place]
        tally.findings[severity] += count
        tally.overdue += late
        tally.waived += let_be
    for place, count in session.execute(_weighty(ours)):
        found[place].weighty = count
    return found


def _open_by(ours: ColumnElement[bool], moment: datetime) -> Select[Any]:
    """Count what is open by department and severity: what counts, is overdue, is waived."""
    numbers = (COUNTS, is_overdue(moment), IS_WAIVED)
    sums = (func.sum(case((number, 1), else_=0)) for number in numbers)
    places = select(Standing.department_id, Finding.severity, *sums)
    joined: Select[Any] = _with_device(places).where(Finding.closed_at.is_(None), ours)
    return joined.group_by(Standing.department_id, Finding.severity)


def _weighty(ours: ColumnElement[bool]) -> Select[Any]:
    """Count by department the phones with something open that is medium or worse."""
    places = select(Standing.department_id, func.count(Finding.device_id.distinct()))
    joined: Select[Any] = _with_device(places).where(COUNTS, Finding.severity.in_(WEIGHTY), ours)
    return joined.group_by(Standing.department_id)


def _with_device(places: Any) -> Any:
    joined = places.select_from(Finding).join(Device, Device.id == Finding.device_id)
    return joined.join(Standing, Standing.device_id == Finding.device_id)


def rules(session: Session, query: ComplianceQuery, *, actor: Actor) -> RulesOut:
    """Return every rule, as a department has it."""
    actor.require(Permission.FINDINGS_READ)
    place = department_by_code(session, query.department).id if query.department else None
    terms = policies(session).terms(place, now())
    shown = [
        RuleOut(
            rule=rule.id,
            title=rule.said_title,
            clauses=list(rule.clauses),
            severity=rule.severity_by(terms),
            on=terms.is_on(rule.id),
            needs=list(rule.needs),
            terms=_terms_of(rule, terms),
            remedy=rule.said_remedy("TAG"),
            actions=list(rule.actions),
            of_the_pin=rule.check is None,
        )
        for rule in CATALOGUE.values()
    ]
    return RulesOut(department=query.department, rules=shown)


def _terms_of(rule: Declared, terms: Terms) -> dict[str, Any]:
    return {name: terms.model_dump(mode="json")[name] for name in rule.terms}


def on_phone(session: Session, device: Device, *, actor: Actor) -> PhoneComplianceOut:
    """Return what every rule says of a phone by what it last said and the registers say now."""
    known = within(actor.reach(Permission.FINDINGS_READ))
    if session.scalar(select(Device.id).where(Device.id == device.id, known)) is None:
        raise DeviceNotFound(tag=device.tag)
    every, moment = policies(session), now()
    facts = device.known_facts or PhoneFacts()
    [one] = judge(session, [Seen(device, facts, device.facts_digest)], every, at=moment)
    is_open = select(Finding).where(Finding.device_id == device.id, Finding.closed_at.is_(None))
    findings = {finding.rule: finding for finding in session.scalars(is_open)}
    line = [every.version(place, moment) for place in reversed(list(every.upwards(one.place)))]
    codes = {row.id: row.code for row in session.execute(select(Department.id, Department.code))}
    return PhoneComplianceOut(
        device=device.tag,
        department=codes.get(one.place) if one.place else None,
        seen_at=device.last_seen_at,
        digest=device.facts_digest,
        set_by=[f"{version.set_by}: {version.reason}" for version in line if version],
        rules=[_explained(one, rule, findings.get(rule.id)) for rule in CATALOGUE.values()],
    )


def _explained(one: Judged, rule: Declared, finding: Finding | None) -> RuleOnPhoneOut:
    verdict = one.said.get(rule.id) or _of_the_pin(one, finding)
    is_broken = verdict.outcome is Ruling.BROKEN
    missing = [need for need in rule.needs if not one.phone.knows(need)]
    return RuleOnPhoneOut(
        rule=rule.id,
        title=rule.said_title,
        clauses=list(rule.clauses),
        severity=one.severity(rule.id),
        outcome=verdict.outcome,
        sentence=rule.said(one.row.tag, verdict.seen) if is_broken else None,
        seen=dict(verdict.seen),
        missing=missing if verdict.outcome is Ruling.NOT_KNOWN else [],
        terms=_terms_of(rule, one.terms),
        remedy=rule.said_remedy(one.row.tag),
        actions=list(rule.actions) if finding else [],
        finding=finding.number if finding else None,
        due_at=finding.due_at if finding else None,
        waived_until=finding.waived_until if finding else None,
    )


def _of_the_pin(one: Judged, finding: Finding | None) -> Verdict:
    if finding is not None:
        return Verdict(Ruling.BROKEN)
    return MET if one.phone.ledger.pin_level.at_least(Level.VERIFIED) else NOT_KNOWN


def trend(session: Session, query: TrendQuery, *, actor: Actor) -> TrendOut:
    """Return how many findings within reach were opened and closed each day, the oldest first."""
    reach = actor.reach(Permission.FINDINGS_READ)
    _require_within(session, query.department, reach)
    known = select(Device.id).where(within(reach))
    today = now().astimezone().date()
    days = [today - timedelta(days=ago) for ago in reversed(range(query.days))]
    midnight = datetime.combine(days[0], datetime.min.time()).astimezone()
    where = [Finding.device_id.in_(known)]
    if query.department:
        where.append(Finding.device_id.in_(belonging_to(query.department)))
    opened = _by_day(session, Finding.opened_at, midnight, where)
    closed = _by_day(session, Finding.closed_at, midnight, where)
    still = (Finding.opened_at < midnight) & (
        Finding.closed_at.is_(None) | (Finding.closed_at >= midnight)
    )
    open_ = session.scalar(select(func.count()).select_from(Finding).where(still, *where)) or 0
    shown = []
    for day in days:
        open_ += opened[day] - closed[day]
        shown.append(TrendDayOut(day=day, opened=opened[day], closed=closed[day], open=open_))
    return TrendOut(days=shown)


def _by_day(
    session: Session, column: Any, since: datetime, where: Sequence[ColumnElement[bool]]
) -> Counter[date]:
    """Count by the days of the server's clock, which databases do not know."""
    moments = session.scalars(select(column).where(column >= since, *where))
    return Counter(moment.astimezone().date() for moment in moments.yield_per(1000))
