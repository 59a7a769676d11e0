"""Phones with a proven PIN that come to a station, and what the station then says of a check."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.compliance.models import Finding, PinCheck
from fleet.contracts.clock import now
from fleet.contracts.facts import Lock
from fleet.contracts.findings import CheckOutcome, LockSeen
from fleet.contracts.stations import JobDone, Lease, PhoneSeen, SyncOut
from fleet.devices.models import Device
from fleet.vault.models import Credential
from fleet.vault.queries import known_credential, pin_of
from tests.fleet.custody.proofs import rotate_pin
from tests.fleet.stations.desk import Desk, Post, steps

PIN_SET = Lock(secure=True, credential_type="pin", wipe_limit=0)
LOCK = LockSeen(secure=True, credential_type="pin", wipe_limit=0, sdk=35)
TWO_DAYS = timedelta(days=2)


def known_long(desk: Desk, device: Device, **level: Any) -> Credential:
    """Put a proven PIN into the vault, as of two days ago."""
    rotate_pin(desk.session, desk.tools, device, **level)
    credential = credential_of(desk.session, device)
    credential.changed_at = now() - TWO_DAYS
    desk.session.commit()
    return credential


def credential_of(session: Session, device: Device) -> Credential:
    found = known_credential(session, pin_of(device))
    assert found is not None
    return found


def visit(desk: Desk, post: Post, device: Device, lock: Lock = PIN_SET) -> SyncOut:
    facts = desk.make.facts(device, lock=lock)
    seen = PhoneSeen(facts=facts, transport=device.serial, digest="0" * 64)
    return desk.sync(post, post.report(seen), free=0)


def said(verdict: str, **given: Any) -> CheckOutcome:
    taken = steps("look locked", f"check_old {verdict}")
    wrong = int(verdict == "refused")
    return CheckOutcome(lock=LOCK, steps=taken, wrong_attempts=wrong, build="b", **given)


def looked(lock: LockSeen, reason: str = "not_sent") -> CheckOutcome:
    return CheckOutcome(lock=lock, reason=reason, steps=steps("look locked"), build="b")


def answered(desk: Desk, post: Post, lease: Lease, outcome: CheckOutcome) -> None:
    answer = desk.sync(post, post.report(JobDone(job=lease.job, check=outcome)), free=0)
    assert not answer.rejected


def checks(session: Session) -> list[PinCheck]:
    return list(session.scalars(select(PinCheck).order_by(PinCheck.planned_at)))


def findings(session: Session) -> list[Finding]:
    return list(session.scalars(select(Finding).order_by(Finding.opened_at)))
