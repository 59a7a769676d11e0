"""Finding what a former handle leads to."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.contracts.bin import RecordKind
from fleet.database import Base
from fleet.former.models import FormerName

Row = TypeVar("Row", bound=Base)


def led_to(session: Session, model: type[Row], kind: RecordKind, name: str) -> Row | None:
    """Return the record that a former handle leads to; asked when none has it as its own."""
    led = select(FormerName.row_id).where(FormerName.kind == kind, FormerName.name == name)
    key = session.scalar(led.order_by(FormerName.since.desc(), FormerName.id).limit(1))
    return None if key is None else session.get(model, key)
