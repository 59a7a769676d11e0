"""Files that were looked at on a page and wait for a yes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database import Base


class WaitingSheet(Base):
    """A file that somebody sent; in the database, because the next request may reach another
    server. It goes with the import, or by itself.
    """

    __tablename__ = "waiting_sheet"
    __untold__ = {
        "what it says is told once it is taken in": (
            "kind",
            "name",
            "size",
            "content",
            "sent_by",
            "sent_at",
        )
    }

    kind: Mapped[str] = mapped_column(String(40))  # of a register, or `waiting.DIRECTORY`
    name: Mapped[str]  # of the file
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sent_by: Mapped[UUID]  # a user: nobody else sees it
    sent_at: Mapped[datetime] = mapped_column(index=True)
