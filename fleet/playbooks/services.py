"""Setting a playbook: a new version, which changes that have begun do not see."""

import re
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.permissions import Permission
from fleet.contracts.playbooks import Playbook
from fleet.playbooks.checking import require_sound
from fleet.playbooks.errors import PlaybookNameUnclear
from fleet.playbooks.events import PlaybookSet
from fleet.playbooks.queries import BOOKS
from fleet.shipped import Known

NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")


def set_playbook(
    session: Session, name: str, book: Playbook, *, reason: str, actor: Actor
) -> Known[Playbook]:
    """Add a version of a playbook, or the first of a new one."""
    actor.require(Permission.PLAYBOOKS_WRITE)
    version = foreseen(session, name, book, reason=reason, actor=actor)
    BOOKS.add(session, version, PlaybookSet, actor=actor)
    return version


def foreseen(
    session: Session, name: str, book: Playbook, *, reason: str, actor: Actor
) -> Known[Playbook]:
    """Return what `set_playbook` would add, and change nothing; refused where it is not sound."""
    actor.require(Permission.PLAYBOOKS_WRITE)
    if not NAME.fullmatch(name):
        raise PlaybookNameUnclear(name=name)
    require_sound(book)
    return BOOKS.following(session, name, book, reason=reason, actor=actor)
