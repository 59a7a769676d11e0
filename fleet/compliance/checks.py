"""Asking a phone, at a visit, whether the vault still opens it: rarely, once, and never again
after a no.

The free questions come first and cost nothing. A value is tried once a day at most, where it cannot
erase the phone, and not while another value may be in use; after a refusal a person decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.compliance import events
from fleet.compliance.errors import (
    CheckUnderWay,
    FormerNotCalledFor,
    NeverChecked,
    NothingToCheck,
    RefusedAlready,
    RotationGoesFirst,
)
from fleet.compliance.findings import is_open_drift, open_drift
from fleet.compliance.models import Finding, PinCheck
from fleet.compliance.standing import (
    NOT_NEAR,
    WATCHED,
    is_known,
    is_steady,
    lock_of,
    looks_changed,
    why_not,
)
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, VersionState
from fleet.contracts.facts import Lock
from fleet.contracts.findings import CheckResult, Rule
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobKind
from fleet.database import write
from fleet.devices.models import Device
from fleet.devices.noting import Visited
from fleet.devices.queries import held_still
from fleet.devices.unchanged import SeenAgain
from fleet.rotation.models import Rotation
from fleet.rotation.queries import live_rotation
from fleet.rotation.services import quiet_hours
from fleet.settings import Settings
from fleet.stations.jobs import Rests, add_job
from fleet.vault.models import Credential, CredentialVersion
from fleet.vault.queries import known_credential, pin_of
from fleet.vault.rules import rules_of
from fleet.vault.tools import Tools

LOOK_AGAIN: Final = timedelta(hours=1)  # where a visit and a check do not agree on the lock
NEVER: Final = 0  # of the hours between checks


def note_visits(session: Session, tools: Tools, visits: Sequence[Visited]) -> None:
    """Plan checks where visits give a reason for one: a listener of `devices`."""
    locks = {one.device.id: one.facts.lock for one in visits if one.device.state in WATCHED}
    for device_id in _may_be_due(session, locks, tools.settings):
        _note_visit(session, tools, device_id, locks[device_id])


def note_unchanged(session: Session, tools: Tools, seen: Sequence[SeenAgain]) -> None:
    """Do so for phones that were found unchanged: time alone is a reason."""
    locks = {one.device.id: one.visit.quick.lock for one in seen if one.device.state in WATCHED}
    for device_id in _may_be_due(session, locks, tools.settings):
        _note_visit(session, tools, device_id, locks[device_id])


def _may_be_due(session: Session, locks: Mapping[UUID, Lock], settings: Settings) -> list[UUID]:
    """Return the phones that are worth a closer look, in one question for all of them."""
    if not locks:
        return []
    pins = Credential.device_id.in_(locks), Credential.kind == CredentialKind.DEVICE_PIN
    shown = Credential.level.in_([Level.VERIFIED, Level.PROVEN])
    open_ones = (
        exists().where(Rotation.credential_id == Credential.id, Rotation.ended_at.is_(None)),
        exists().where(PinCheck.device_id == Credential.device_id, PinCheck.ended_at.is_(None)),
        exists().where(Finding.device_id == Credential.device_id, *is_open_drift()),
    )
    last = select(func.max(PinCheck.planned_at)).where(PinCheck.device_id == Credential.device_id)
    asked = select(
        *(Credential.device_id, Credential.changed_at, Credential.confirmed_at),
        last.scalar_subquery(),
    ).where(*pins, shown, ~or_(*open_ones))
    return [
        device_id
        for device_id, *moments in session.execute(asked)
        if device_id is not None
        and (looks_changed(locks[device_id]) or _long_ago(moments, settings))
    ]


def _long_ago(moments: Iterable[datetime | None], settings: Settings) -> bool:
    wait = timedelta(hours=settings.pin_check_hours)
    is_asked = settings.pin_check_hours != NEVER
    return is_asked and all(moment + wait <= now() for moment in moments if moment is not None)


def _note_visit(session: Session, tools: Tools, device_id: UUID, lock: Lock) -> None:
    device = session.get_one(Device, device_id)
    credential = known_credential(session, pin_of(device))
    if credential is None or not is_steady(session, credential):
        return
    if not _is_time(session, device, credential, lock, tools.settings):
        return
    rests = quiet_hours(rules_of(session, tools.settings, credential))
    if credential.active is not None:
        _plan(session, device, credential.active, rests=rests, actor=SYSTEM)


def ask_check(
    session: Session, device: Device, *, actor: Actor, number: int | None = None
) -> PinCheck:
    """Have a phone asked now, whatever an earlier check said: a person takes it upon himself.

    `number` is that of a former value, where the phone has refused the one it should have.
    """
    actor.require(Permission.ROTATIONS_PLAN)
    device = held_still(session, device)
    version = askable(session, device, number)
    return _plan(session, device, version, rests=None, actor=actor, asked_by=actor.name)


def askable(session: Session, device: Device, number: int | None = None) -> CredentialVersion:
    """Return the value that a person may have the phone asked about; refused otherwise."""
    credential = known_credential(session, pin_of(device))
    if credential is not None and live_rotation(session, credential):
        raise RotationGoesFirst(tag=device.tag)
    if live_check(session, device):
        raise CheckUnderWay(tag=device.tag)
    version = _meant(credential, number) if credential else None
    if version is None:
        raise NothingToCheck(tag=device.tag)
    if credential is not None and version is not credential.active:
        _require_former_fits(session, device, version)
    return version


def _meant(credential: Credential, number: int | None) -> CredentialVersion | None:
    if number is None:
        return credential.active if is_known(credential) else None
    return next((one for one in candidates(credential) if one.number == number), None)


def candidates(credential: Credential) -> list[CredentialVersion]:
    """Return the values that may open the phone, the likeliest first."""
    former = [one for one in credential.versions if one.state is VersionState.RETIRED]
    newest_first = sorted(former, key=lambda one: -one.number)
    return [one for one in (credential.active, *credential.doubtful, *newest_first) if one]


def _require_former_fits(session: Session, device: Device, version: CredentialVersion) -> None:
    """Refuse a former value where none is called for, and one that was refused already."""
    findings = open_drift(session, device)
    if not findings:
        raise FormerNotCalledFor(tag=device.tag)
    if version.id in refused_since(session, device, findings[0].began):
        raise RefusedAlready(tag=device.tag, number=version.number)


def refused_since(session: Session, device: Device, since: datetime) -> set[UUID]:
    """Return the ids of the values that the phone has refused at checks since a moment."""
    refused = select(PinCheck.version_id).where(
        PinCheck.device_id == device.id,
        PinCheck.result == CheckResult.REFUSED,
        PinCheck.ended_at >= since,
    )
    return set(session.scalars(refused))


def why_not_now(session: Session, device: Device) -> str | None:
    """Return why no value is tried on the phone now; wrong attempts that it counted weigh in."""
    lock = lock_of(device)
    reason = why_not(lock)
    if reason or lock is None or not lock.wipe_limit:
        return reason
    left = lock.wipe_limit - spent(session, device)
    return "wipe_limit_near" if left < NOT_NEAR else None


def spent(session: Session, device: Device) -> int:
    """Return how many wrong attempts of ours the phone has counted since it last took a value."""
    mine = PinCheck.device_id == device.id
    took = select(func.max(PinCheck.ended_at)).where(mine, PinCheck.result == CheckResult.ACCEPTED)
    theirs = Rotation.credential.has(Credential.device_id == device.id)
    shown = Rotation.level.in_([Level.VERIFIED, Level.PROVEN])
    rotated = select(func.max(Rotation.ended_at)).where(theirs, shown)
    since = max(filter(None, (session.scalar(took), session.scalar(rotated))), default=None)
    checked = select(func.sum(PinCheck.wrong_attempts)).where(mine)
    tried = select(func.sum(Rotation.wrong_attempts)).where(theirs)
    if since is not None:
        checked = checked.where(PinCheck.ended_at > since)
        tried = tried.where(Rotation.ended_at > since)
    return (session.scalar(checked) or 0) + (session.scalar(tried) or 0)


def live_check(session: Session, device: Device) -> PinCheck | None:
    live = PinCheck.device_id == device.id, PinCheck.ended_at.is_(None)
    return session.scalar(select(PinCheck).where(*live).limit(1))


def newest_check(session: Session, device: Device) -> PinCheck | None:
    newest = select(PinCheck).where(PinCheck.device_id == device.id)
    return session.scalar(newest.order_by(PinCheck.planned_at.desc(), PinCheck.id).limit(1))


def _is_time(
    session: Session,
    device: Device,
    credential: Credential,
    lock: Lock,
    settings: Settings,
) -> bool:
    """Tell whether a check is due: what a visit saw for free is looked at without waiting a day."""
    last = newest_check(session, device)
    if last is not None and (last.ended_at is None or _was_refused(last, credential.active)):
        return False
    if open_drift(session, device):
        return False
    if looks_changed(lock):
        return last is None or last.planned_at + LOOK_AGAIN <= now()
    return not why_not(lock) and _long_ago(_answered(credential, last), settings)


def _was_refused(last: PinCheck, active: CredentialVersion | None) -> bool:
    refused = last.result is CheckResult.REFUSED
    return refused and active is not None and last.version_id == active.id


def _answered(credential: Credential, last: PinCheck | None) -> tuple[datetime | None, ...]:
    """Return when the phone was last asked: a rotation asks as well."""
    asked_at = last.planned_at if last else None
    return credential.changed_at, credential.confirmed_at, asked_at


def _plan(
    session: Session,
    device: Device,
    version: CredentialVersion,
    *,
    rests: Rests,
    actor: Actor,
    asked_by: str | None = None,
) -> PinCheck:
    check = PinCheck(
        id=uuid4(),
        device=device,
        version=version,
        asked_by=asked_by,
        planned_at=now(),
        tried=False,
        steps=[],
        wrong_attempts=0,
    )
    task = {"check": str(check.id)}
    check.job = add_job(session, JobKind.CHECK_PIN, device, task=task, actor=actor, rests=rests)
    session.add(check)
    planned = events.PinCheckPlanned(
        subject_id=check.id,
        subject_name=device.tag,
        job=check.job.id,
        asked=asked_by is not None,
    )
    record(session, actor, planned)
    write(session)
    return check


def refused_ones(session: Session, credentials: Sequence[Credential]) -> set[UUID]:
    """Return which PINs their phones have refused, and nothing better is known: an objector.

    Where a person has told another value, or a doubtful one is to be asked about, a rotation may.
    """
    unknown = {one.device_id: one.id for one in credentials if _is_lost(one)}
    if not unknown:
        return set()
    refusing = select(Finding.device_id).where(
        Finding.device_id.in_(unknown),
        Finding.rule == Rule.PIN_REFUSED,
        Finding.closed_at.is_(None),
    )
    return {unknown[key] for key in session.scalars(refusing)}


def _is_lost(credential: Credential) -> bool:
    is_pin = credential.device_id is not None and credential.level is Level.NONE
    return is_pin and not credential.doubtful


def newest_check_of(session: Session, device: Device) -> PinCheck:
    """Return the newest check of a phone; refused where it was never asked."""
    found = newest_check(session, device)
    if found is None:
        raise NeverChecked(tag=device.tag)
    return found
