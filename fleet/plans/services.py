"""Editing a plan: a new version, which backups that have begun do not see."""

import re
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.permissions import Permission
from fleet.contracts.plans import Plan
from fleet.database import in_turn
from fleet.plans.checking import require_sound
from fleet.plans.errors import PlanNameUnclear
from fleet.plans.events import PlanEdited
from fleet.plans.queries import PLANS
from fleet.shipped import Known

NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")


def edit_plan(session: Session, name: str, plan: Plan, *, reason: str, actor: Actor) -> Known[Plan]:
    """Add a version of a plan, or the first of a new one."""
    actor.require(Permission.PLANS_WRITE)
    in_turn(session, "plans")  # no place belongs to two, and each sees what the other has taken
    version = foreseen(session, name, plan, reason=reason, actor=actor)
    PLANS.add(session, version, PlanEdited, actor=actor)
    return version


def foreseen(session: Session, name: str, plan: Plan, *, reason: str, actor: Actor) -> Known[Plan]:
    """Return what `edit_plan` would add, and change nothing; refused where it is not sound."""
    actor.require(Permission.PLANS_WRITE)
    if not NAME.fullmatch(name):
        raise PlanNameUnclear(name=name)
    others = {one.name: one.content for one in PLANS.newest(session).values() if one.name != name}
    require_sound(name, plan, others)
    return PLANS.following(session, name, plan, reason=reason, actor=actor)
