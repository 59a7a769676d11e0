"""Violations of the company's rules: drafts that the software makes and people weigh."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.compliance.models import Finding
from fleet.contracts.clock import now
from fleet.contracts.violations import ViolationState
from fleet.database import Base, stored_as_values
from fleet.people.models import Employee
from fleet.search.saying import Said


class Violation(Base):
    """A draft says what was found and who held the phone; whether it is a violation, people say."""

    __tablename__ = "violation"
    __trail__ = (
        "number",
        "clause",
        "employee_id",
        "finding_id",
        "state",
        "opened_at",
        "decided_by",
        "decided_at",
    )
    __untold__ = {"for few to read": ("reason",), "derived": ("revision",)}
    __table_args__ = (UniqueConstraint("finding_id", "employee_id"),)
    __search__ = {"number": Said.HANDLE}

    number: Mapped[str] = mapped_column(unique=True)  # VD-2026-001
    clause: Mapped[str]
    employee_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"), index=True)
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("finding.id"))
    state: Mapped[ViolationState] = mapped_column(
        stored_as_values(ViolationState), default=ViolationState.DRAFT, index=True
    )
    opened_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    revision: Mapped[int] = mapped_column()

    employee: Mapped[Employee] = relationship()
    finding: Mapped[Finding] = relationship()

    # Two people deciding at once: the later one finds that it has moved on.
    __mapper_args__ = {"version_id_col": revision}

    def decide(self, state: ViolationState, *, by: str, reason: str) -> None:
        self.state, self.reason = state, reason
        self.decided_by, self.decided_at = by, now()
