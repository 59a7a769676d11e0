"""Numbers people say aloud (tags, certificates, cases): each once, in order, without a race."""

from uuid import uuid4

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from fleet.database import Base


class Counter(Base):
    """The last number given out under a name."""

    __tablename__ = "counter"
    __untold__ = {"derived": ("name", "value")}

    name: Mapped[str] = mapped_column(unique=True)
    value: Mapped[int]


def next_number(session: Session, name: str) -> int:
    """Return 1, 2, 3 …; a second caller waits until the first has committed or given up."""
    return next_numbers(session, name, 1)[0]


def next_numbers(session: Session, name: str, count: int) -> range:
    """Return so many numbers at once."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(Counter).values(id=uuid4(), name=name, value=count)
    counted = first.on_conflict_do_update(
        index_elements=[Counter.name], set_={"value": Counter.value + count}
    )
    last: int = session.execute(counted.returning(Counter.value)).scalar_one()
    return range(last - count + 1, last + 1)
