"""Planning many changes at once: a fixed number of questions for each part, whatever its size.

The same checks and the same entries of the trail as for one: the new value is in the vault before
there is a job, and never two at once.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.contracts.clock import minute_of, now, within
from fleet.contracts.credentials import NEVER_DRAWN, CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.rotation import (
    BatchBy,
    BatchOut,
    EntropyOut,
    PlanIn,
    PlanOut,
)
from fleet.contracts.wire import ListQuery
from fleet.database import write
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.paging import page
from fleet.people.queries import codes_of
from fleet.policies.holders import holders
from fleet.rotation.due import BY_STATIONS, in_nobodys_hand, narrowed, stations_of
from fleet.rotation.ground import ground_of
from fleet.rotation.models import Rotation
from fleet.rotation.queries import live_ones
from fleet.rotation.services import Asked, begin, quiet_hours
from fleet.vault.generate import allowed
from fleet.vault.models import Credential
from fleet.vault.rules import Rules
from fleet.vault.tools import Tools


@dataclass
class Part:
    """What became of one part of what is due."""

    rotations: list[Rotation] = field(default_factory=list)
    taken: list[Credential] = field(default_factory=list)  # what was planned, or would be
    refused: Counter[str] = field(default_factory=Counter)
    rules: Mapping[UUID, Rules] = field(default_factory=dict)
    next: str | None = None


def plan_part(session: Session, tools: Tools, given: PlanIn, *, actor: Actor) -> PlanOut:
    """Plan a part of what is due, or only say what would be planned.

    What refuses is counted and left for the next time. Visits keep quiet hours, unless a person
    asks for them at once.
    """
    actor.require(Permission.ROTATIONS_PLAN)
    moment = now()
    part = _planned(session, tools, given, actor=actor)
    return PlanOut(
        at=moment,
        planned=len(part.taken),
        begun=[str(one.id) for one in part.rotations],
        refused=dict(part.refused),
        batches=_batches(session, part, given),
        entropy=_entropy(part),
        dry_run=given.dry_run,
        next=part.next,
    )


def _planned(session: Session, tools: Tools, given: PlanIn, *, actor: Actor) -> Part:
    found, mark = _due(session, given)
    things = _things(session, found)
    ground = ground_of(
        session, tools.settings, found, things.values(), even_untrusted=given.even_untrusted
    )
    part = Part(rules=ground.rules, next=mark)
    asked = Asked("due", even_untrusted=given.even_untrusted, quiet=not given.at_once)
    for credential in found:
        try:
            ground.require_plannable(credential)
        except FleetError as refusal:
            part.refused[refusal.code] += 1
            continue
        part.taken.append(credential)
        if not given.dry_run:
            thing = things[credential.id]
            part.rotations.append(
                begin(session, tools, credential, thing, asked, ground, actor=actor)
            )
    write(session)
    return part


def _due(session: Session, given: PlanIn) -> tuple[list[Credential], str | None]:
    """Return the longest overdue, held until the commit; what somebody else holds is left out."""
    statement: Select[Credential] = select(Credential).where(
        Credential.due_at <= now(),
        Credential.kind.in_(BY_STATIONS),
        in_nobodys_hand(),
        *narrowed(session, given),
    )
    statement = statement.options(selectinload(Credential.versions))
    if not given.dry_run:
        held = {"populate_existing": True}
        statement = statement.with_for_update(skip_locked=True, of=Credential)
        statement = statement.execution_options(**held)
    query = ListQuery(limit=given.most, after=given.after)
    sorts = {"due_at": Credential.due_at}
    rows, mark = page(session, statement, query, sorts=sorts, default="due_at", key=Credential.id)
    return _still_free(session, rows), mark


def _still_free(session: Session, rows: Sequence[Credential]) -> list[Credential]:
    """Leave out what somebody else has planned between our question and our lock."""
    taken = live_ones(session, rows)
    return [one for one in rows if one.id not in taken]


def _things(session: Session, credentials: Sequence[Credential]) -> dict[UUID, Device | Account]:
    phones = {one.device_id for one in credentials} - {None}
    accounts = {one.account_id for one in credentials} - {None}
    found: dict[UUID, Device | Account] = {}
    if phones:
        found |= {
            one.id: one for one in session.scalars(select(Device).where(Device.id.in_(phones)))
        }
    if accounts:
        with_phone = select(Account).options(joinedload(Account.device))
        found |= {
            one.id: one for one in session.scalars(with_phone.where(Account.id.in_(accounts)))
        }
    subjects = ((one.id, one.device_id or one.account_id) for one in credentials)
    return {key: found[thing] for key, thing in subjects if thing in found}


def _batches(session: Session, part: Part, given: PlanIn) -> list[BatchOut]:
    names, moment = _names(session, part.taken, given.by), now()
    starts: dict[str | None, list[datetime]] = defaultdict(list)
    for credential in part.taken:
        quiet = None if given.at_once else quiet_until(part.rules[credential.id], moment)
        starts[names.get(credential.id)].append(quiet or moment)
    ordered = sorted(starts, key=lambda name: (-len(starts[name]), name or ""))
    return [
        BatchOut(name=name, planned=len(starts[name]), begins_at=_begins(starts[name], moment))
        for name in ordered
    ]


def _begins(starts: list[datetime], moment: datetime) -> datetime | None:
    first = min(starts)
    return first if first > moment else None


def _names(session: Session, credentials: Sequence[Credential], by: BatchBy) -> dict[UUID, str]:
    if by is BatchBy.STATION:
        return stations_of(session, credentials)
    places = holders().departments(session, credentials)
    codes = codes_of(session, set(places.values()))
    return {key: codes[place] for key, place in places.items()}


def quiet_until(rules: Rules, at: datetime) -> datetime | None:
    """Return when the quiet hours end in which a moment lies; None outside of them."""
    rests = quiet_hours(rules)
    if rests is None:
        return None
    minute, (begins, ends) = minute_of(at), rests
    if not within(minute, begins, ends):
        return None
    wait = timedelta(minutes=(ends - minute) % (24 * 60))
    return at.astimezone().replace(second=0, microsecond=0) + wait


def _entropy(part: Part) -> list[EntropyOut]:
    """Say how many bits a drawn value has, by the weakest of the policies that apply."""
    weakest: dict[CredentialKind, float] = {}
    drawn = [one for one in part.taken if one.kind not in NEVER_DRAWN]
    for rules in {part.rules[one.id] for one in drawn}:
        bits = round(allowed(rules).bits, 1)
        weakest[rules.kind] = min(bits, weakest.get(rules.kind, bits))
    return [EntropyOut(kind=kind, bits=bits) for kind, bits in sorted(weakest.items())]
