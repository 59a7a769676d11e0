"""When phones are to be backed up at the latest: asked by `backups`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.compliance.ledger import backed_up_at, holders_of
from fleet.compliance.rules.rule import IN_USE
from fleet.compliance.terms import policies
from fleet.contracts.clock import now
from fleet.contracts.findings import Rule
from fleet.devices.models import Device


def backups_due(session: Session, devices: Sequence[Device]) -> dict[UUID, datetime]:
    """Return when the last backup of each phone in use becomes older than its terms allow."""
    ids = [device.id for device in devices if device.state in IN_USE]
    holders, backed_up = holders_of(session, ids), backed_up_at(session, ids)
    every, moment = policies(session), now()
    due = {}
    for device in devices:
        if device.state not in IN_USE:
            continue
        holder = holders.get(device.id)
        terms = every.terms(holder.department_id if holder else None, moment)
        since = backed_up.get(device.id) or (holder.issued_at if holder else device.found_at)
        if terms.is_on(Rule.BACKUP_OLD):
            due[device.id] = since + timedelta(days=terms.backup_days)
    return due
