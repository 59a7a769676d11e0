"""Finding remedies, and what is shown of them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from fleet.access.actor import Actor
from fleet.compliance.models import Finding
from fleet.contracts.compliance import PhoneComplianceOut
from fleet.contracts.findings import Rule
from fleet.contracts.permissions import Permission
from fleet.contracts.remedies import Seen
from fleet.contracts.remedy_outcomes import sentence_of
from fleet.contracts.remedying import RemedyOut, RemedyProofOut, RemedyQuery, RemedyState
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.remedies.errors import RemedyNotFound
from fleet.remedies.models import Remedy

SORTS: Final = {
    "number": Remedy.number,
    "planned_at": Remedy.planned_at,
    "ended_at": Remedy.ended_at,
}
NAMED: Final = 3  # of what was done against a rule, so many are named
_SEEN: Final[TypeAdapter[Seen]] = TypeAdapter(Seen)


def remedy(session: Session, number: str, *, actor: Actor) -> Remedy:
    actor.require(Permission.REMEDIES_READ)
    return numbered(session, number)


def numbered(session: Session, number: str) -> Remedy:
    found = session.scalar(select(Remedy).where(Remedy.number == number))
    if found is None:
        raise RemedyNotFound(number=number)
    return found


def held_remedy(session: Session, number: str) -> Remedy:
    """Return a remedy as it is now, held until the commit."""
    wanted = select(Remedy).where(Remedy.number == number).with_for_update()
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise RemedyNotFound(number=number)
    return found


def remedies(
    session: Session, query: RemedyQuery, *, actor: Actor
) -> tuple[list[Remedy], str | None]:
    """Return one page of remedies, the newest first, and the mark of the next."""
    actor.require(Permission.REMEDIES_READ)
    statement = select(Remedy).join(Remedy.device).outerjoin(Remedy.finding)
    statement = statement.options(
        contains_eager(Remedy.device),
        contains_eager(Remedy.finding),
        joinedload(Remedy.apk),
        joinedload(Remedy.undo_of),
    )
    asked = [containing(query.q, Remedy.number, Device.tag, Remedy.package)]
    wanted = {
        Remedy.state: query.state,
        Remedy.action: query.action,
        Remedy.package: query.package,
        Device.tag: query.device,
        Finding.number: query.finding,
        Finding.rule: query.rule,
    }
    asked += [column == value for column, value in wanted.items() if value is not None]
    return page(
        session,
        statement.where(*asked),
        query,
        sorts=SORTS,
        default="-planned_at",
        key=Remedy.id,
    )


def shown_each(session: Session, rows: Sequence[Remedy]) -> list[RemedyOut]:
    undone_by = _undone_by(session, [one.id for one in rows])
    return [_shown(one, undone_by.get(one.id)) for one in rows]


def shown(session: Session, one: Remedy) -> RemedyOut:
    return shown_each(session, [one])[0]


def _undone_by(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return what takes remedies back, or has; the newest where an earlier one was refused."""
    backs = select(Remedy.undo_of_id, Remedy.number).where(Remedy.undo_of_id.in_(ids))
    rows = session.execute(backs.order_by(Remedy.planned_at))
    return {undone: number for undone, number in rows if undone is not None}


def _shown(one: Remedy, undone_by: str | None) -> RemedyOut:
    return RemedyOut(
        number=one.number,
        device=one.device.tag,
        finding=one.finding.number if one.finding else None,
        rule=one.finding.rule if one.finding else None,
        action=one.action,
        package=one.package,
        user=one.phone_user,
        apk=one.apk.digest if one.apk else None,
        version=one.apk.version if one.apk else None,
        state=one.state,
        level=one.level,
        asked_by=one.asked_by,
        asked_because=one.asked_because,
        planned_at=one.planned_at,
        ended_at=one.ended_at,
        reason=one.reason,
        sentence=sentence_of(one.reason) or one.sentence,
        word=one.word,
        changed=one.changed,
        before=seen_of(one.before),
        after=seen_of(one.after),
        undo=one.undo if one.state is RemedyState.DONE and one.changed is not False else None,
        undo_of=one.undo_of.number if one.undo_of else None,
        undone_by=undone_by,
        build=one.build,
        digest=one.digest,
        job=str(one.job_id),
    )


def seen_of(stored: object) -> Seen | None:
    return None if stored is None else _SEEN.validate_python(stored)


def with_proofs(session: Session, device: Device, found: PhoneComplianceOut) -> PhoneComplianceOut:
    """Add to what rules say of a phone what stations have done there against each."""
    done = select(Remedy, Finding.rule).join(Remedy.finding).where(Remedy.device_id == device.id)
    by_rule: defaultdict[Rule, list[RemedyProofOut]] = defaultdict(list)
    for one, rule in session.execute(done.order_by(Remedy.planned_at.desc()).limit(100)):
        if len(by_rule[rule]) < NAMED:
            by_rule[rule].append(RemedyProofOut.model_validate(one))
    rules = [one.model_copy(update={"done": by_rule[one.rule]}) for one in found.rules]
    return found.model_copy(update={"rules": rules})
