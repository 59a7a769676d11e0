"""Setting a playbook: a new version, which changes that have begun do not see."""

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
from fleet.contracts.playbooks import Playbook
from fleet.database import write
from fleet.playbooks.checking import require_sound
from fleet.playbooks.errors import PlaybookNameUnclear
from fleet.playbooks.events import PlaybookSet
from fleet.playbooks.models import PlaybookVersion
from fleet.playbooks.queries import Known, newest

NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")


def set_playbook(
    session: Session, name: str, book: Playbook, *, reason: str, actor: Actor
) -> Known:
    """Add a version of a playbook, or the first of a new one."""
    actor.require(Permission.PLAYBOOKS_WRITE)
    version = foreseen(session, name, book, reason=reason, actor=actor)
    content = book.model_dump(mode="json")
    row = PlaybookVersion(
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
    event = PlaybookSet(
        subject_id=row.id,
        subject_name=name,
        number=row.number,
        reason=reason,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )
    record(session, actor, event)
    write(session)
    return version


def foreseen(session: Session, name: str, book: Playbook, *, reason: str, actor: Actor) -> Known:
    """Return what `set_playbook` would add, and change nothing; refused where it is not sound."""
    actor.require(Permission.PLAYBOOKS_WRITE)
    if not NAME.fullmatch(name):
        raise PlaybookNameUnclear(name=name)
    require_sound(book)
    before = newest(session).get(name)
    number = before.number + 1 if before else 1
    return Known(name, number, book, actor.name, now(), reason)
