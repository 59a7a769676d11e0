"""What comes with the product and is edited here: versions by name, of which the newest counts.

A version is added and never changed; whatever has begun by an older one goes on by it.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import Any, Generic, TypeVar
from uuid import uuid4

from pydantic import BaseModel
from sqlalchemy import JSON, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from fleet.access.actor import Actor
from fleet.audit.events import Event
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.database import Base, write

Content = TypeVar("Content", bound=BaseModel)


class VersionMade(Base):
    """A version that was made here; `number` goes on from that of the product's own."""

    __abstract__ = True
    __trail__ = ("name", "number", "reason")
    __untold__ = {
        "bulky: its digest is in the event": ("content",),
        "told by the event": ("made_at", "made_by"),
    }

    @declared_attr.directive
    def __table_args__(cls) -> tuple[UniqueConstraint]:  # noqa: N805 — of the class
        return (UniqueConstraint("name", "number"),)

    name: Mapped[str]
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]


@dataclass(frozen=True, kw_only=True)
class VersionAdded(Event):
    """`digest`: SHA-256 of the content as JSON with sorted keys."""

    number: int
    reason: str
    digest: str


@dataclass(frozen=True)
class Known(Generic[Content]):
    """One version; those that came with the product have no maker."""

    name: str
    number: int
    content: Content
    made_by: str | None = None
    made_at: datetime | None = None
    reason: str | None = None

    @property
    def mark(self) -> str:
        return f"{self.name}/{self.number}"


@dataclass(frozen=True)
class Catalogue(Generic[Content]):
    """All versions of one kind: the files in `folder`, and what was made of them here."""

    kind: type[Content]
    table: type[VersionMade]
    folder: Traversable

    @cached_property
    def built_in(self) -> Mapping[str, Known[Content]]:
        found = {}
        for entry in sorted(self.folder.iterdir(), key=lambda one: one.name):
            name = entry.name.removesuffix(".toml")
            if name != entry.name:
                read = tomllib.loads(entry.read_text(encoding="utf-8"))
                found[name] = Known(name, 1, self.kind.model_validate(read))
        return found

    def every(self, session: Session) -> list[Known[Content]]:
        """Return all versions by name and number."""
        made = [
            Known(
                row.name,
                row.number,
                self.kind.model_validate(row.content),
                row.made_by,
                row.made_at,
                row.reason,
            )
            for row in session.scalars(select(self.table))
        ]
        return sorted([*self.built_in.values(), *made], key=lambda one: (one.name, one.number))

    def newest(self, session: Session) -> dict[str, Known[Content]]:
        return {one.name: one for one in self.every(session)}

    def version(self, session: Session, name: str, number: int | None) -> Known[Content] | None:
        """Return a version, the newest where no number is given."""
        mine = [one for one in self.every(session) if one.name == name]
        return next((one for one in reversed(mine) if number in (None, one.number)), None)

    def following(
        self, session: Session, name: str, content: Content, *, reason: str, actor: Actor
    ) -> Known[Content]:
        """Return what would be the next version, and store nothing."""
        before = self.newest(session).get(name)
        number = before.number + 1 if before else 1
        return Known(name, number, content, actor.name, now(), reason)

    def add(
        self, session: Session, version: Known[Content], event: type[VersionAdded], *, actor: Actor
    ) -> None:
        content = version.content.model_dump(mode="json")
        row = self.table(
            id=uuid4(),
            name=version.name,
            number=version.number,
            content=content,
            reason=version.reason,
            made_at=version.made_at,
            made_by=version.made_by,
        )
        session.add(row)
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        added = event(
            subject_id=row.id,
            subject_name=row.name,
            number=row.number,
            reason=row.reason,
            digest=hashlib.sha256(text.encode()).hexdigest(),
        )
        record(session, actor, added)
        write(session)
