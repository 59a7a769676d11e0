"""By what things are found: terms beside what they name, and how far they have been filled in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database import Base
from fleet.search.spelling import LONGEST

# Compared byte by byte, so that everything with one beginning lies together on both databases.
TERM = String(LONGEST).with_variant(String(LONGEST, collation="C"), "postgresql")


class SearchTerm(Base):
    """One way to say what a column of a thing holds; `kind` is the table of the thing.

    `whole`: it stands for all that the column holds, and not for a part of it.
    """

    __tablename__ = "search_term"
    __untold__ = {"derived": ("kind", "thing_id", "field", "term", "whole")}
    __table_args__ = (Index(None, "kind", "term"), Index(None, "thing_id", "kind"))

    kind: Mapped[str] = mapped_column(String(40))
    thing_id: Mapped[UUID]
    field: Mapped[str] = mapped_column(String(40))
    term: Mapped[str] = mapped_column(TERM)
    whole: Mapped[bool]


class SearchFill(Base):
    """How far the terms of one kind reach: those of the things up to the id `after`, or of all."""

    __tablename__ = "search_fill"
    __untold__ = {"derived": ("kind", "spelling", "after", "things", "done_at")}

    kind: Mapped[str] = mapped_column(String(40), unique=True)
    spelling: Mapped[int]
    after: Mapped[UUID | None]
    things: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
