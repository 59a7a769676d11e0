"""What a list of the company's people said that the register did not: a proposal for a person."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.contracts.directory import ProposalKind, ProposalState
from fleet.database import Base, stored_as_values


class Proposal(Base):
    """`said` leads from the column to what the register had and what the list says.

    `stands`: the last list says so; what was dismissed is not proposed again while it does.
    """

    __tablename__ = "directory_proposal"
    __trail__ = ("number", "kind", "employee", "said", "state", "reason")
    __untold__ = {
        "told by the event": ("proposed_at", "proposed_by", "decided_at", "decided_by"),
        "of the register, as it was": ("name", "department"),
        "derived": ("stands", "digest"),
    }
    __table_args__ = (
        Index(
            "uq_directory_proposal_standing",
            "employee",
            "kind",
            unique=True,
            sqlite_where=text("stands"),
            postgresql_where=text("stands"),
        ),
        CheckConstraint("state <> 'proposed' OR stands", name="what_waits_stands"),
        Index(None, "state", "number"),
    )

    number: Mapped[str] = mapped_column(unique=True)  # DP-2026-00001
    kind: Mapped[ProposalKind] = mapped_column(stored_as_values(ProposalKind))
    employee: Mapped[str]  # number: who joins is no employee yet
    name: Mapped[str]
    department: Mapped[str]  # code: of who joins or moves, where to
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str]  # of kind, employee and what is said
    state: Mapped[ProposalState] = mapped_column(
        stored_as_values(ProposalState), default=ProposalState.PROPOSED
    )
    stands: Mapped[bool] = mapped_column(default=True)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reason: Mapped[str | None]
