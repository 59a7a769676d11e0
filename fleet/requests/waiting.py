"""What waits for a decision, whatever it asks for: who is asked, since when, and until when."""

from abc import abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from fleet.contracts.requests import Desk
from fleet.database import stored_as_values
from fleet.people.models import Department, Employee


class Awaiting:
    """Columns of one of them.

    `desk` and `department` say who decides while it waits, `days` how long each of them may take.
    """

    if TYPE_CHECKING:
        id: Mapped[UUID]

    holder_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"), index=True)
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_by_id: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(index=True)

    desk: Mapped[Desk | None] = mapped_column(stored_as_values(Desk))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    days: Mapped[int]
    decide_by: Mapped[datetime | None]
    way: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)

    @declared_attr
    def holder(cls) -> Mapped[Employee]:  # noqa: N805 — of the class
        return relationship(Employee, foreign_keys=[cls.holder_id])  # type: ignore[list-item]

    @declared_attr
    def department(cls) -> Mapped[Department | None]:  # noqa: N805 — of the class
        return relationship(Department, foreign_keys=[cls.department_id])  # type: ignore[list-item]

    @classmethod
    @abstractmethod
    def waits(cls) -> ColumnElement[bool]:
        """Return what holds for those that wait for a decision now."""
