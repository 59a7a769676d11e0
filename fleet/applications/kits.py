"""Kits: what people of a kind of work are given together."""

import re
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.applications import events
from fleet.applications.errors import KitNameWrong, KitNotFound
from fleet.applications.models import Kit
from fleet.audit.services import record
from fleet.contracts.applications import KitIn, KitQuery, NamedKitOut
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.custody.accessory_words import require_word
from fleet.database import write
from fleet.paging import containing, page

NAMES: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
SORTS: Final = {"name": Kit.name, "set_at": Kit.set_at}


def kit_named(session: Session, name: str) -> Kit:
    found = session.scalar(select(Kit).where(Kit.name == name))
    if found is None:
        raise KitNotFound(kit=name)
    return found


def kits(session: Session, query: KitQuery, *, actor: Actor) -> tuple[list[Kit], str | None]:
    """Return one page of kits; whoever may apply may see what he can apply for."""
    actor.reach(Permission.KITS_READ)
    statement = select(Kit).where(containing(query.q, Kit.name, Kit.title))
    return page(session, statement, query, sorts=SORTS, default="name", key=Kit.id)


def show_kit(session: Session, name: str, *, actor: Actor) -> Kit:
    actor.reach(Permission.KITS_READ)
    return kit_named(session, name)


def set_kit(session: Session, name: str, given: KitIn, *, actor: Actor) -> Kit:
    """Make a kit, or say anew what is in it; what was applied for stays as it was."""
    actor.require(Permission.KITS_WRITE)
    if not NAMES.fullmatch(name):
        raise KitNameWrong(kit=name)
    for word in given.wants.accessories:
        require_word(session, word)
    found = session.scalar(select(Kit).where(Kit.name == name).with_for_update())
    if found is None:
        found = Kit(id=uuid4(), name=name)
        session.add(found)
    found.title, found.wants = given.title, given.wants.model_dump(mode="json")
    found.set_by, found.set_at = actor.name, now()
    record(session, actor, events.KitSet(subject_id=found.id, subject_name=name))
    write(session)
    return found


def remove_kit(session: Session, name: str, *, actor: Actor) -> Kit:
    """Offer a kit no longer; what was applied for stays as it was."""
    actor.require(Permission.KITS_WRITE)
    found = kit_named(session, name)
    session.delete(found)
    record(session, actor, events.KitRemoved(subject_id=found.id, subject_name=name))
    write(session)
    return found


def shown_kit(kit: Kit) -> NamedKitOut:
    return NamedKitOut.model_validate(kit)
