"""Escrow keys: to whom backups are sealed, who keeps the other half, and where."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.access.asking import Asked
from fleet.contracts.escrow import EscrowState, fingerprint_of
from fleet.database import Base, stored_as_values

NOT_DENIED: Final = text("state <> 'denied'")  # what was denied can be asked for again


class EscrowKey(Asked, Base):
    """`proved_at`: when the identity was last shown to open what was sealed to the recipient."""

    __tablename__ = "escrow_key"
    __trail__ = (
        "name",
        "recipient",
        "state",
        "kept_by",
        "kept_with",
        "kept_at",
        "since",
        "from_settings",
        "reason",
        "asked_by",
        "decided_by",
        "note",
        "retired_by",
        "retired_because",
        "proved_at",
        "proved_by",
    )
    __untold__ = {
        "derived": ("asked_by_id", "asked_at", "decided_at", "retired_at", "revision"),
        "a question that is open for minutes": ("challenge", "challenge_until"),
    }
    __table_args__ = (
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired_when"),
        *(
            Index(
                f"uq_escrow_key_{column}",
                column,
                unique=True,
                sqlite_where=NOT_DENIED,
                postgresql_where=NOT_DENIED,
            )
            for column in ("name", "recipient")
        ),
    )

    name: Mapped[str]
    recipient: Mapped[str]
    state: Mapped[EscrowState] = mapped_column(stored_as_values(EscrowState), index=True)
    kept_by: Mapped[str]
    kept_with: Mapped[str | None]  # each of the two holds a part
    kept_at: Mapped[str]
    since: Mapped[date]
    from_settings: Mapped[bool] = mapped_column(default=False)
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[str | None]
    retired_because: Mapped[str | None]
    proved_at: Mapped[datetime | None]
    proved_by: Mapped[str | None]
    challenge: Mapped[str | None]  # the digest of what was sealed
    challenge_until: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column()

    # Two decisions at once, or two answers to one challenge: the later one is refused.
    __mapper_args__ = {"version_id_col": revision}

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.recipient)
