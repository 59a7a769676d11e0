"""Editing a plan: a new version, which backups that have begun do not see."""

import hashlib
import json
import re
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.plans import Plan
from fleet.database import in_turn, write
from fleet.plans.checking import require_sound
from fleet.plans.errors import PlanNameUnclear
from fleet.plans.events import PlanEdited
from fleet.plans.models import PlanVersion
from fleet.plans.queries import Known, newest

NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")


def edit_plan(session: Session, name: str, plan: Plan, *, reason: str, actor: Actor) -> Known:
    """Add a version of a plan, or the first of a new one."""
    actor.require(Permission.PLANS_WRITE)
    in_turn(session, "plans")  # no place belongs to two, and each sees what the other has taken
    version = foreseen(session, name, plan, reason=reason, actor=actor)
    content = plan.model_dump(mode="json")
    row = PlanVersion(
        id=uuid4(),
        name=name,
        number=version.number,
        content=content,
        reason=reason,
        made_at=version.made_at,
        made_by=actor.name,
    )
    session.add(row)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    event = PlanEdited(
        subject_id=row.id,
        subject_name=name,
        number=row.number,
        reason=reason,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )
    record(session, actor, event)
    write(session)
    return version


def foreseen(session: Session, name: str, plan: Plan, *, reason: str, actor: Actor) -> Known:
    """Return what `edit_plan` would add, and change nothing; refused where it is not sound."""
    actor.require(Permission.PLANS_WRITE)
    if not NAME.fullmatch(name):
        raise PlanNameUnclear(name=name)
    known = newest(session)
    before = known.pop(name, None)
    require_sound(name, plan, {other: one.plan for other, one in known.items()})
    number = before.number + 1 if before else 1
    return Known(name, number, plan, actor.name, now(), reason)
