"""Judging phones by every rule: at a visit one, by themselves many, a batch at a time.

What was broken and is met now closes; what cannot be told leaves things as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, sessionmaker

from fleet.access.actor import SYSTEM
from fleet.audit.services import record
from fleet.compliance import events
from fleet.compliance.findings import about, await_turn, close, numbers, open_of, reopen
from fleet.compliance.ledger import Ledger, Row, Seen, ledgers
from fleet.compliance.models import AppSigner, Finding, Standing, UsualSigner
from fleet.compliance.rules.catalogue import CATALOGUE, OF_THE_PIN, QUICK, judged, may_break
from fleet.compliance.rules.rule import JUDGED, Phone, Verdict
from fleet.compliance.terms import Policies, policies, strictest
from fleet.contracts.clock import now
from fleet.contracts.compliance import Ruling, Terms
from fleet.contracts.facts import PhoneFacts, Quick, stored_facts
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.work_apps import WECHAT, WECOM
from fleet.database import write
from fleet.devices.lifecycle import State
from fleet.devices.models import Device, DeviceFacts
from fleet.devices.noting import Visited
from fleet.devices.unchanged import SeenAgain
from fleet.people.in_force import Place
from fleet.settings import Settings
from fleet.vault.tools import Tools

ERRAND: Final = "compliance.judge"
A_BATCH: Final = 100  # phones whose facts are in memory at once
EVERY: Final = timedelta(days=1)  # what time and the registers change is looked at so often
FEW: Final = 3  # phones, at least, that show what is usual
CLOSING: Final = {Ruling.MET: "seen_well", Ruling.OFF: "no_rule_now"}


@dataclass(frozen=True)
class Judged:
    """What the rules say of a phone, by the terms of where it belongs."""

    row: Row
    digest: str | None
    phone: Phone
    place: Place
    owner: UUID | None
    said: dict[Rule, Verdict]

    @property
    def terms(self) -> Terms:
        return self.phone.terms

    def severity(self, rule: Rule) -> Severity:
        return CATALOGUE[rule].severity_by(self.terms)

    def due(self, rule: Rule) -> timedelta:
        return timedelta(days=self.terms.due_days[self.severity(rule)])


def note_visits(session: Session, _tools: Tools, visits: Sequence[Visited]) -> None:
    """Judge phones that were seen: a listener of `devices`."""
    seen = [Seen(one.device, one.facts, one.device.facts_digest) for one in visits]
    _note_signers(session, visits)
    settle(session, judge(session, seen, policies(session), at=now()))


def note_unchanged(session: Session, _tools: Tools, seen: Sequence[SeenAgain]) -> None:
    """Judge those of the phones found unchanged of which a rule may say otherwise than before.

    That is where what is quick may break a rule by the strictest terms there are, and where a rule
    is broken that such a visit may show to be met.
    """
    moment, terms = now(), strictest(session)
    near = {one.device.id for one in seen if _may_break(one.visit.quick, terms, moment)}
    near |= _open_of_what_is_quick(session, [one.device.id for one in seen])
    if near:
        phones = list(seen_in(session, PHONES.where(Device.id.in_(near))))
        settle(session, judge(session, phones, policies(session), at=moment))


def _may_break(quick: Quick, terms: Terms, moment: datetime) -> bool:
    # The rules that are asked look at nothing that an unchanged phone does not tell.
    facts = cast("PhoneFacts", quick)
    return may_break(Phone(facts, Ledger(State.ISSUED, moment, present=True), terms, moment))


def _open_of_what_is_quick(session: Session, devices: Sequence[UUID]) -> set[UUID]:
    rules = [rule.id for rule in QUICK]
    is_open = Finding.device_id.in_(devices), Finding.closed_at.is_(None)
    return set(session.scalars(select(Finding.device_id).where(*is_open, Finding.rule.in_(rules))))


def judge(
    session: Session, phones: Sequence[Seen], every: Policies, *, at: datetime
) -> list[Judged]:
    """Say what the rules say of phones; nothing is stored."""
    known = ledgers(session, phones)
    found = []
    for row, facts, digest in phones:
        ledger = known[row.id]
        place = ledger.holder.department_id if ledger.holder else None
        phone = Phone(facts, ledger, every.terms(place, at), at)
        found.append(Judged(row, digest, phone, place, every.head(place), judged(phone)))
    return found


def settle(session: Session, phones: Sequence[Judged]) -> None:
    """Open, keep up and close findings by what was judged, and note where the phones stand."""
    known = open_of(session, [one.row.id for one in phones])
    opening: list[tuple[Judged, Rule]] = []
    for one in phones:
        for rule, verdict in one.said.items():
            finding = known[one.row.id].get(rule)
            if finding is not None:
                _keep_up(session, one, finding, verdict)
            elif verdict.outcome is Ruling.BROKEN:
                opening.append((one, rule))
    _open(session, opening)
    _note_standing(session, phones)
    write(session)


def _open(session: Session, opening: Sequence[tuple[Judged, Rule]]) -> None:
    if not opening:
        return
    moment = now()
    for number, (one, rule) in zip(numbers(session, moment, len(opening)), opening, strict=True):
        finding = Finding(
            id=uuid4(),
            number=number,
            rule=rule,
            device_id=one.row.id,
            severity=one.severity(rule),
            owner_id=one.owner,
            opened_at=moment,
            due_at=moment + one.due(rule),
            seen=dict(one.said[rule].seen),
            digest=one.digest,
        )
        session.add(finding)
        told = about(finding, one.row.tag)
        opened = events.FindingOpened(**told, severity=finding.severity, digest=one.digest)
        record(session, SYSTEM, opened)


def _keep_up(session: Session, one: Judged, finding: Finding, verdict: Verdict) -> None:
    because = CLOSING.get(verdict.outcome)
    if because is not None:
        close(session, finding, one.row.tag, because=because, digest=one.digest, actor=SYSTEM)
        return
    if verdict.outcome is Ruling.BROKEN and finding.seen != verdict.seen:
        finding.seen, finding.digest = dict(verdict.seen), one.digest
    if finding.waived_until is not None and finding.waived_until <= one.phone.at:
        reopen(session, finding, one.row.tag, because="ran_out", actor=SYSTEM)
    _regrade(session, one, finding)


def _regrade(session: Session, one: Judged, finding: Finding) -> None:
    severity = one.severity(finding.rule)
    if (finding.severity, finding.owner_id) == (severity, one.owner):
        return
    if finding.severity is not severity:
        finding.due_at = finding.opened_at + one.due(finding.rule)
    finding.severity, finding.owner_id = severity, one.owner
    record(session, SYSTEM, events.FindingRegraded(**about(finding, one.row.tag)))


def _note_standing(session: Session, phones: Sequence[Judged]) -> None:
    ids = [one.row.id for one in phones]
    stored = session.scalars(select(Standing).where(Standing.device_id.in_(ids)))
    known = {one.device_id: one for one in stored}
    for one in phones:
        standing = known.get(one.row.id)
        if standing is None:
            standing = Standing(device_id=one.row.id)
            session.add(standing)
        standing.department_id, standing.judged_at = one.place, one.phone.at
        standing.not_known = sorted(
            rule.value for rule, verdict in one.said.items() if verdict.outcome is Ruling.NOT_KNOWN
        )


def _note_signers(session: Session, visits: Sequence[Visited]) -> None:
    seen = {
        (one.device.id, app.package): app.certificate
        for one in visits
        for app in map(one.facts.app, (WECHAT, WECOM))
        if app and app.certificate
    }
    if not seen:
        return
    stored = select(AppSigner).where(AppSigner.device_id.in_({device for device, _ in seen}))
    known = {(one.device_id, one.package): one for one in session.scalars(stored)}
    for (device, package), signer in seen.items():
        if (device, package) not in known:
            session.add(AppSigner(device_id=device, package=package, signer=signer))
        elif known[device, package].signer != signer:
            known[device, package].signer = signer


def count_signers(session: Session) -> int:
    """Note whose certificate each app of work has on most of the phones."""
    counted = select(AppSigner.package, AppSigner.signer, func.count()).group_by(
        AppSigner.package, AppSigner.signer
    )
    rows = session.execute(counted).all()
    known = {one.package: one for one in session.scalars(select(UsualSigner))}
    for package in {row[0] for row in rows}:
        ranked = sorted(((count, signer) for name, signer, count in rows if name == package))
        phones, signer = ranked[-1]
        if phones < FEW or phones * 2 <= sum(count for count, _signer in ranked):
            continue
        usual = known.get(package) or UsualSigner(package=package)
        usual.signer, usual.phones = signer, phones
        session.add(usual)
    write(session)
    return 0  # all of it was done at once


def judge_by_itself(sessions: sessionmaker[Session], _settings: Settings) -> int:
    """Judge phones anew whose terms, registers or days have changed since: an errand.

    Each batch is a transaction of its own, so that nobody waits long.
    """
    done, last = 0, A_BATCH
    while last == A_BATCH:
        with sessions.begin() as session:
            last = judge_some(session)
        done += last
    return done


def judge_some(session: Session) -> int:
    """Judge a batch of those that are due, and say how many there were."""
    await_turn(session)
    every = policies(session)
    batch = list(_stale(session, every))
    settle(session, judge(session, batch, every, at=now()))
    return len(batch)


def _stale(session: Session, every: Policies) -> Iterator[Seen]:
    """Lock and give phones that are due; one that a visit holds is judged by that visit."""
    moment = now()
    since = max(moment - EVERY, every.newest(moment) or moment - EVERY)
    waits = Standing.judged_at.is_(None) | (Standing.judged_at < since)
    left = and_(Device.state.not_in(JUDGED), _has_open())
    due = or_(and_(Device.state.in_(JUDGED), waits), left)
    phones = PHONES.outerjoin(Standing, Standing.device_id == Device.id).where(due)
    locked = phones.order_by(Device.id).limit(A_BATCH).with_for_update(of=Device, skip_locked=True)
    return seen_in(session, locked)


def _has_open() -> ColumnElement[bool]:
    is_open = Finding.device_id == Device.id, Finding.closed_at.is_(None)
    return exists().where(*is_open, Finding.rule.not_in(OF_THE_PIN))


# Columns alone: what phones said of themselves is large, and is not kept in memory by a session.
PHONES: Final = select(
    *(Device.id, Device.tag, Device.state, Device.found_at, Device.present),
    *(Device.last_seen_at, Device.returning_since),
    *(DeviceFacts.facts, Device.quick, Device.facts_digest),
).outerjoin(DeviceFacts, DeviceFacts.device_id == Device.id)


def seen_in(session: Session, phones: Select[Any]) -> Iterator[Seen]:
    """Read phones with what they last said of themselves."""
    for row in session.execute(phones):
        facts = PhoneFacts() if row.facts is None else stored_facts(row.facts, row.quick)
        yield Seen(cast("Row", row), facts, row.facts_digest)
