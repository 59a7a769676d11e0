"""What has to be done from time to time, and when it is due again."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from fleet.database import Base


class ChoreTurn(Base):
    """The one row of a chore: whoever holds it does the chore, of all servers on the database."""

    __tablename__ = "chore_turn"
    __untold__ = {"no decision of anybody": ("name", "due_at", "ran_at", "ran_by")}

    name: Mapped[str] = mapped_column(unique=True)
    due_at: Mapped[datetime]
    ran_at: Mapped[datetime | None]
    ran_by: Mapped[str | None]  # host and process, for who looks for it in a log
