"""The database: one declarative base, one engine maker, one function that sends changes.

SQLite is opened in WAL mode with full synchronisation (a committed credential must survive a loss
of power) and takes its write lock when a writing transaction begins, so that two writers wait for
each other instead of failing in the middle.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from fleet.contracts.words import _
from fleet.errors import Conflict, FleetError


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment; SQLite forgets the zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


def stored_as_values(kind: type[StrEnum]) -> Enum:
    """Return a column type that keeps the enum's values, not its names, without a native type."""
    return Enum(
        kind, native_enum=False, length=40, values_callable=lambda k: [item.value for item in k]
    )


class Base(DeclarativeBase):
    """Every table has a UUID of its own, named constraints and aware moments."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime()}

    # Which columns the audit trail tells of when a row changes, and how it writes what it must not
    # tell in full; why the others are not told, by the reason.
    __trail__: ClassVar[tuple[str, ...]] = ()
    __masked__: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    __untold__: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)


class ChangedMeanwhile(Conflict):
    code = "changed_meanwhile"
    message = _("Somebody else changed this at the same time; nothing of yours was stored.")
    advice = _("Look at it again and repeat the command if it is still right.")


# What a broken constraint means, in our language: each room registers its own by constraint name.
_clashes: dict[str, Callable[[], FleetError]] = {}


def clash(constraint: str, refusal: Callable[[], FleetError]) -> None:
    """Say which refusal a broken `constraint` is; SQLite names columns, so give both forms."""
    _clashes[constraint] = refusal


def write(session: Session) -> None:
    """Send what is pending now, so that a clash is refused here and not at the commit.

    After a clash the transaction is spent: the door rolls it back, nothing of it is stored.
    """
    try:
        session.flush()
    except StaleDataError:
        raise ChangedMeanwhile from None
    except IntegrityError as error:
        raise _meaning(error) from error
    except OperationalError as error:
        if gave_way(error):
            raise ChangedMeanwhile from error
        raise


def gave_way(error: OperationalError) -> bool:
    """Tell whether two transactions waited for each other and this one was ended for the other.

    PostgreSQL calls it 40P01, deadlock_detected; on SQLite writers take turns from the beginning.
    """
    return getattr(error.orig, "sqlstate", None) == "40P01"


def _meaning(error: IntegrityError) -> FleetError:
    text = str(error.orig)
    return next(
        (refusal() for name, refusal in _clashes.items() if name in text), ChangedMeanwhile()
    )


def make_engine(url: str, **options: Any) -> Engine:
    engine = create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


def in_turn(session: Session, what: str) -> None:
    """Wait until nobody else decides about `what`, and keep others waiting until the commit.

    Writers of SQLite take turns from their beginning.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(what.encode()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def reading(session: Session) -> Session:
    """Mark a fresh session as one that only reads: on SQLite it then waits for no writer."""
    session.connection(execution_options={"reads_only": True})
    return session
