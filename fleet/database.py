"""The database: one declarative base, one engine maker, one function that sends changes.

SQLite is opened in WAL mode with full synchronisation (a committed credential must survive a loss
of power) and takes its write lock when a writing transaction begins, so that two writers wait for
each other instead of failing in the middle.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, TypeVar
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
    select,
    text,
)
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.base import ExecutableOption

from fleet.contracts.words import _
from fleet.errors import Conflict, FleetError, Unavailable

WAITS_SECONDS: Final = 30  # for a lock that somebody else holds; then it is refused
PASSING_MILLISECONDS: Final = 50  # what is done in passing waits no longer
# A server whose machine died in a transaction lets go of its locks then.
IDLE_SECONDS: Final = 120
# Whoever is cut off from PostgreSQL learns of it in a minute, and not when TCP gives up.
_REACHING: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


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
    # How people say what a column holds (`fleet.search.saying`): by those its row is found.
    __search__: ClassVar[Mapping[str, Any]] = {}

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)


class ChangedMeanwhile(Conflict):
    code = "changed_meanwhile"
    message = _("Somebody else changed this at the same time; nothing of yours was stored.")
    advice = _("Look at it again and repeat the command if it is still right.")


Found = TypeVar("Found")


def still_there(row: Found | None) -> Found:
    """Return what was to be locked; refused where somebody has deleted it meanwhile."""
    if row is None:
        raise ChangedMeanwhile
    return row


Row = TypeVar("Row", bound=Base)


def taken_hold_of(session: Session, rows: Sequence[Row], *beside: ExecutableOption) -> list[Row]:
    """Return rows of one kind as they are now, locked until the commit, with what loads beside.

    Whoever wants several waits for them in one order, so that no two wait for each other. Refused
    where somebody has deleted one meanwhile.
    """
    if not rows:
        return []
    kind = type(rows[0])
    those = select(kind).where(kind.id.in_({one.id for one in rows})).order_by(kind.id)
    fresh = those.options(*beside).with_for_update(of=kind)
    found = {one.id: one for one in session.scalars(fresh, execution_options=_ANEW)}
    return [still_there(found.get(one.id)) for one in rows]


_ANEW: Final = {"populate_existing": True}


class DatabaseBusy(Unavailable):
    code = "database_busy"
    message = _("The database does not answer; nothing of yours was stored.")
    advice = _("Try again in a moment; if it stays so, run `workfleet server doctor`.")


PASSING: Final = (ChangedMeanwhile, DatabaseBusy)  # not so the next time, and nobody's fault

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
    except IntegrityError as error:
        raise _meaning(error) from error


def _meaning(error: IntegrityError) -> FleetError:
    text = str(error.orig)
    return next(
        (refusal() for name, refusal in _clashes.items() if name in text), ChangedMeanwhile()
    )


def make_engine(url: str, **options: Any) -> Engine:
    """Return an engine whose statements fail in our language where the database is not at hand."""
    place = make_url(url)
    if place.get_backend_name() == "postgresql":
        options = {"pool_pre_ping": True, "connect_args": _reaching(place), **options}
    engine = create_engine(place, json_serializer=_written, **options)
    event.listen(engine, "handle_error", _refuse_instead)
    event.listen(engine, "handle_error", _say_what_does_not_fit)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
    return engine


class Encoded(str):
    """JSON that is text already: an engine of `make_engine` stores it as it is."""

    __slots__ = ()


def _written(value: Any) -> str:
    return value if isinstance(value, Encoded) else json.dumps(value)


def _refuse_instead(context: ExceptionContext) -> None:
    """Say what passes by itself as a refusal, wherever it is met; mistakes of ours stay as raised.

    Of two transactions that waited for each other PostgreSQL ends one: it may look again.
    """
    error = context.sqlalchemy_exception
    if context.is_pre_ping or error is None:
        return
    if getattr(error.orig, "sqlstate", None) in _GAVE_WAY:
        raise ChangedMeanwhile
    if context.is_disconnect or (isinstance(error, OperationalError) and not _is_wrong(error)):
        raise DatabaseBusy


_GAVE_WAY: Final = {"40P01", "40001"}  # deadlock_detected, serialization_failure


def _is_wrong(error: OperationalError) -> bool:
    """Tell whether the statement itself is at fault: trying again would not help."""
    return getattr(error.orig, "sqlite_errorname", None) == "SQLITE_ERROR"


def _reaching(place: URL) -> dict[str, int]:
    """Return what the URL leaves unsaid of how long to wait for a server that is silent."""
    return {name: value for name, value in _REACHING.items() if name not in place.query}


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """Say how long to wait, and how to plan.

    A list asks for what is frequent or rare by the same statement: a plan for both suits neither.
    And what is asked is short, however dear it looks beforehand: to compile it, or to begin
    another process for it, takes longer than the answer. A page that lies apart is dear on a disk
    that turns, and here they are in memory or on one that does not.
    """
    connection.autocommit = True  # what is set in a transaction would end with it
    connection.execute(
        f"SET lock_timeout = '{WAITS_SECONDS}s';"
        f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s';"
        "SET plan_cache_mode = force_custom_plan;"
        "SET max_parallel_workers_per_gather = 0;"
        "SET jit = off;"
        "SET random_page_cost = 1.1"
    )
    connection.autocommit = False


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("in_passing", False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PASSING_MILLISECONDS}ms'")


def _say_what_does_not_fit(context: ExceptionContext) -> BaseException | None:
    """Make one error of what drivers say of a value that no column holds.

    PostgreSQL itself says DataError; of a number or a character that a driver cannot even send, the
    driver says it in Python's own words, which SQLAlchemy leaves as they are.
    """
    error = context.original_exception
    if isinstance(error, OverflowError | UnicodeEncodeError):
        return DataError(context.statement, context.parameters, error, hide_parameters=True)
    return None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={WAITS_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("in_passing", False):
        _begin_in_passing(connection)
    else:
        reads = options.get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_in_passing(connection: Connection) -> None:
    connection.exec_driver_sql(f"PRAGMA busy_timeout={PASSING_MILLISECONDS}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={WAITS_SECONDS * 1000}")


class _Session(Session):
    """Sends what is pending, also before a question, and says it where somebody else was first."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        try:
            super().flush(objects)
        except StaleDataError:
            raise ChangedMeanwhile from None

    def _autoflush(self) -> None:
        """A row that somebody else entered first is met by a question as well as by `write`."""
        try:
            super()._autoflush()
        except IntegrityError as error:
            raise _meaning(error) from error


def make_sessions(place: Engine | Connection, **options: Any) -> sessionmaker[Session]:
    """Return what opens sessions of the house at `place`."""
    made: sessionmaker[Session] = sessionmaker(
        place, class_=_Session, expire_on_commit=False, **options
    )
    return made


def in_turn(session: Session, what: str) -> None:
    """Wait until nobody else decides about `what`, and keep others waiting until the commit.

    Writers of SQLite take turns from their beginning.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(what.encode()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def beside_others(session: Session, what: str) -> None:
    """Keep those out who decide about `what` in turn, until the commit, and nobody else."""
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(what.encode()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": key})


def reading(session: Session) -> Session:
    """Mark a fresh session as one that only reads: on SQLite it then waits for no writer."""
    session.connection(execution_options={"reads_only": True})
    return session


def in_passing(session: Session) -> Session:
    """Mark a fresh session as one that is refused at once where it would have to wait."""
    session.connection(execution_options={"in_passing": True})
    return session
