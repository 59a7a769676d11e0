"""Asking a phone, at a visit, whether the vault still opens it: rarely, once, and never again
after a no.

The free questions come first and cost nothing. A value is tried once a day at most, where it cannot
erase the phone, and not while another value may be in use; after a refusal a person decides.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.compliance import events
from fleet.compliance.errors import (
    CheckUnderWay,
    NeverChecked,
    NothingToCheck,
    RotationGoesFirst,
)
from fleet.compliance.findings import open_findings
from fleet.compliance.models import Finding, PinCheck
from fleet.compliance.standing import (
    WATCHED,
    is_known,
    is_steady,
    looks_changed,
    why_not,
)
from fleet.contracts.clock import now
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.findings import CheckResult, Rule
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobKind
from fleet.database import write
from fleet.devices.models import Device
from fleet.devices.queries import held_still
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


def note_visit(session: Session, tools: Tools, device: Device, facts: PhoneFacts) -> None:
    """Plan a check where a visit gives a reason for one: a listener of `devices`."""
    if device.state not in WATCHED:
        return
    credential = known_credential(session, pin_of(device))
    if credential is None or not is_steady(session, credential):
        return
    if not _is_time(session, device, credential, facts, tools.settings):
        return
    rests = quiet_hours(rules_of(session, tools.settings, credential))
    _plan(session, device, credential, rests=rests, actor=SYSTEM)


def ask_check(session: Session, device: Device, *, actor: Actor) -> PinCheck:
    """Have a phone asked now, whatever an earlier check said: a person takes it upon himself."""
    actor.require(Permission.ROTATIONS_PLAN)
    device = held_still(session, device)
    credential = askable(session, device)
    return _plan(session, device, credential, rests=None, actor=actor, asked_by=actor.name)


def askable(session: Session, device: Device) -> Credential:
    """Return the credential that a person may have the phone asked about; refused otherwise."""
    credential = known_credential(session, pin_of(device))
    if credential is not None and live_rotation(session, credential):
        raise RotationGoesFirst(tag=device.tag)
    if credential is None or not is_known(credential):
        raise NothingToCheck(tag=device.tag)
    if live_check(session, device):
        raise CheckUnderWay(tag=device.tag)
    return credential


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
    facts: PhoneFacts,
    settings: Settings,
) -> bool:
    """Tell whether a check is due: what a visit saw for free is looked at without waiting a day."""
    last = newest_check(session, device)
    if last is not None and (last.ended_at is None or _was_refused(last, credential.active)):
        return False
    if open_findings(session, device):
        return False
    if looks_changed(facts.lock):
        return last is None or last.planned_at + LOOK_AGAIN <= now()
    if settings.pin_check_hours == NEVER or why_not(facts.lock):
        return False
    wait = timedelta(hours=settings.pin_check_hours)
    return all(at + wait <= now() for at in _answered(credential, last))


def _was_refused(last: PinCheck, active: CredentialVersion | None) -> bool:
    refused = last.result is CheckResult.REFUSED
    return refused and active is not None and last.version_id == active.id


def _answered(credential: Credential, last: PinCheck | None) -> list[datetime]:
    """Return when the phone was last asked: a rotation asks as well."""
    asked_at = last.planned_at if last else None
    moments = (credential.changed_at, credential.confirmed_at, asked_at)
    return [moment for moment in moments if moment is not None]


def _plan(
    session: Session,
    device: Device,
    credential: Credential,
    *,
    rests: Rests,
    actor: Actor,
    asked_by: str | None = None,
) -> PinCheck:
    check = PinCheck(
        id=uuid4(),
        device=device,
        version=credential.active,
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
