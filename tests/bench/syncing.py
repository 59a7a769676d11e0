"""Reports of very many phones through the exchange, against the same rows written and nothing else.

Of many phones a sample is told in full, and again when it has changed: what they said takes 90 KiB
each in either database. All of them are known, and are found unchanged.

Each batch is taken by the server's own verb, from the bytes of its message to its commit; then the
rows that came of it (phones, lines of the change log, reports) go into a second database in one
transaction of prepared statements, their text ready-made. Both reach the disk.
"""

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, event, insert, text

import fleet.wiring  # noqa: F401 — puts the rooms together, as the server does
import migrations
from api.serve import leave_out_what_stays
from fleet.access.actor import Actor, ActorKind, HeldRole
from fleet.access.permissions import STATION
from fleet.contracts.clock import now
from fleet.contracts.facts import (
    App,
    AppState,
    Battery,
    Identity,
    PhoneFacts,
    Quick,
    Sim,
    Storage,
)
from fleet.contracts.stations import PhoneSeen, PhoneUnchanged, Report, SyncIn, SyncOut
from fleet.database import make_engine, make_sessions
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.keys.keyring import Keyring
from fleet.settings import Settings
from fleet.stations.exchange import sync
from fleet.stations.handlers import visited
from fleet.stations.models import Station, StationState
from fleet.vault.tools import Tools
from tests import postgres_server
from tests.bench.measure import Row, highest, seconds, size
from tests.factories import luhn
from tests.fleet.compliance.seen import WELL

BATCH: Final = 500
BATCH_BYTES: Final = 4 * 1024 * 1024  # as stations send them
PHONES: Final = 2_000
SAMPLE: Final = 2_000  # phones, at most, that tell all
ROWS: Final = 5_000  # stored in one statement while the tables are filled
OWN_APPS, SYSTEM_APPS = 60, 140
BUILD: Final = "Xiaomi|23127PN0CC|Xiaomi/houji/houji:15/AQ3A/V816:user/release-keys"
SYSTEM_NAME: Final = "HyperOS 2.0 (Android 15)"
UPDATED: Final = 3  # apps of a phone that are newer at its next visit
CHANGED_AIM, UNCHANGED_AIM = 0.5, 0.8
MOST_QUERIES: Final = 40  # of a batch of phones where nothing changed


def syncing() -> list[Row]:
    phones = size(PHONES)
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:///{Path(folder) / name}.db" for name in ("ours", "plain")]
        rows = _rows("SQLite", urls, phones)
    binaries = postgres_server.newest_binaries()
    if binaries is not None:
        with (
            postgres_server.running(binaries, postgres_server.SAFE_SETTINGS) as server,
            _databases(server.url) as urls,
        ):
            rows += _rows("PostgreSQL", urls, phones)
    return rows


@contextmanager
def _databases(server: str) -> Iterator[list[str]]:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("ours", "plain"):
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    yield [f"{server}/{name}" for name in ("ours", "plain")]


@dataclass
class Taken:
    """Seconds of one round of visits, its bytes, and the most statements that a batch took."""

    ours: float = 0
    plain: float = 0
    sent: int = 0
    statements: int = 0


def _rows(database: str, urls: Sequence[str], phones: int) -> list[Row]:
    bench, sample = Bench(*urls), min(phones, SAMPLE)
    bench.fill(phones, sample)
    leave_out_what_stays()  # as the server does
    highest(reset=True)
    some = f"{sample:,} phones" if sample == phones else f"{sample:,} of {phones:,} known phones"
    first = bench.round(sample, 0, bench.told)
    rows = [_row(f"{database}: {some} told in full for the first time", first, sample)]
    changed = bench.round(sample, 1, bench.told)
    what = f"{database}: {some} of which {UPDATED} apps are newer"
    rows.append(_row(what, changed, sample, CHANGED_AIM))
    same = bench.round(phones, 2, bench.unchanged)
    what = f"{database}: {phones:,} phones unchanged but for battery, storage and times"
    rows.append(_row(what, same, phones, UNCHANGED_AIM))
    asked = f"{same.statements}"
    met = same.statements <= MOST_QUERIES
    rows += [
        Row("statements of 500 unchanged phones", asked, "", "", f"≤ {MOST_QUERIES}", met),
        Row("most memory of the process", f"{highest():.0f} MB", "", "", "", met=True),
    ]
    bench.close()
    return rows


def _row(what: str, taken: Taken, phones: int, aim: float = 0) -> Row:
    ratio = taken.plain / taken.ours
    return Row(
        f"{what} ({taken.sent / phones / 1024:.1f} KiB each)",
        f"{phones / taken.ours:,.0f}/s",
        f"{phones / taken.plain:,.0f}/s",
        f"{ratio:.2f} ×",
        f"≥ {aim:g} ×" if aim else "",
        ratio >= aim,
    )


@dataclass
class Bench:
    ours_url: str
    plain_url: str
    sequence: int = 0
    digests: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        migrations.upgrade(self.ours_url)
        migrations.upgrade(self.plain_url)
        self.engine, self.plain = make_engine(self.ours_url), make_engine(self.plain_url)
        self.sessions = make_sessions(self.engine)
        self.tools = Tools(Keyring.of(bytes(32)), Settings(home=Path()))
        self.station = uuid4()
        roles = (HeldRole(STATION),)
        self.actor = Actor(id=self.station, name="bench", roles=roles, kind=ActorKind.STATION)

    def close(self) -> None:
        self.engine.dispose()
        self.plain.dispose()

    def fill(self, phones: int, sample: int) -> None:
        """Register phones in both databases, and a station; all but a sample were seen before.

        Of what those said, the digest alone is stored: an exchange about an unchanged phone reads
        no more of it.
        """
        station = {
            "id": self.station,
            "name": "bench",
            "public_key": "",
            "state": StationState.ENROLLED,
            "enrolled_at": now(),
            "life": 1,
            "taken": 0,
        }
        for engine in (self.engine, self.plain):
            with engine.begin() as connection:
                connection.execute(insert(Station), [station])
        for first in range(0, phones, ROWS):
            numbers = range(first, min(first + ROWS, phones))
            rows = [self._registered(number, is_known=number >= sample) for number in numbers]
            for engine in (self.engine, self.plain):
                with engine.begin() as connection:
                    connection.execute(insert(Device), rows)

    def round(self, phones: int, visit: int, body: Callable[[int, int], Any]) -> Taken:
        """Have every phone visited once, and its batch stored both ways."""
        taken = Taken()
        for reports in self._batches(phones, visit, body):
            given = SyncIn(reports=reports, free=0, sent_at=now())
            message = given.model_dump_json(exclude_none=True).encode()
            with _counted(self.engine) as statements:
                taken.ours += seconds(lambda sent=message: self._sync(sent))  # type: ignore[misc]
            taken.sent += len(message)
            taken.statements = max(taken.statements, len(statements))
            rows = self._came_of(reports)
            taken.plain += seconds(lambda came=rows: self._store(came))  # type: ignore[misc]
        return taken

    def _batches(
        self, phones: int, visit: int, body: Callable[[int, int], Any]
    ) -> Iterator[list[Report]]:
        reports: list[Report] = []
        held = 0
        for number in range(phones):
            made = Report(sequence=self.sequence + 1, at=now(), body=body(number, visit))
            self.sequence += 1
            reports.append(made)
            held += len(made.model_dump_json(exclude_none=True))
            if len(reports) == BATCH or held > BATCH_BYTES:
                yield reports
                reports, held = [], 0
        if reports:
            yield reports

    def told(self, number: int, visit: int) -> PhoneSeen:
        facts = _facts(number, visit)
        self.digests[_serial(number)] = facts.digest()
        return PhoneSeen(facts=facts, transport=_serial(number), digest=f"{visit:064d}")

    def unchanged(self, number: int, visit: int) -> PhoneUnchanged:
        return PhoneUnchanged(
            serial=_serial(number),
            facts=self.digests[_serial(number)],
            quick=Quick(**_quick(number, visit)),
            cards=[_card(number)],
            transport=_serial(number),
            digest=f"{visit:064d}",
        )

    def _registered(self, number: int, *, is_known: bool) -> dict[str, object]:
        serial = _serial(number)
        if is_known:
            self.digests[serial] = sha256(serial.encode()).hexdigest()
        return {
            "id": uuid4(),
            "tag": f"B-{number:06d}",
            "serial": serial,
            "imei": [_imei(number)],
            "state": State.IN_STOCK,
            "present": False,
            "found_at": now(),
            "version": 1,
            "facts_digest": self.digests.get(serial),
            "build": BUILD if is_known else None,
            "system": SYSTEM_NAME if is_known else None,
        }

    def _sync(self, message: bytes) -> SyncOut:
        with self.sessions.begin() as session:
            given = SyncIn.model_validate_json(message)
            answer = sync(session, self.tools, given, actor=self.actor)
        if answer.taken != self.sequence or answer.rejected or answer.anew:
            raise RuntimeError(answer)
        return answer

    def _came_of(self, reports: Sequence[Report]) -> list[tuple[str, list[Sequence[Any]]]]:
        """Return what has come of a batch as statements, with their parameters ready-made."""
        first, last = reports[0].sequence, reports[-1].sequence
        serials = [visited(report) for report in reports]
        columns = WHOLE if isinstance(reports[0].body, PhoneSeen) else BRIEF
        with self.engine.connect() as connection:
            phones = _read(connection, "device", [*columns, "id"], "serial", serials)
            keys = [row[-1] for row in phones]
            lines = _read(connection, "device_change", LINE, "device_id", keys, _since(reports))
            told = _read(connection, "device_facts", TOLD, "device_id", keys)
            taken = _read(
                connection, "station_report", REPORT, "sequence", list(range(first, last + 1))
            )
        mark = "?" if self.engine.dialect.name == "sqlite" else "%s"
        changed = ", ".join(f"{name} = {_cast(name, mark)}" for name in columns)
        return [
            (f"UPDATE device SET {changed} WHERE id = {mark}", phones),  # noqa: S608 — our own names
            (f"{_insert('device_facts', TOLD, mark)} {UPSERT}", told if columns is WHOLE else []),
            (_insert("device_change", LINE, mark), lines),
            (_insert("station_report", REPORT, mark), taken),
        ]

    def _store(self, statements: Sequence[tuple[str, list[Sequence[Any]]]]) -> None:
        with self.plain.connect() as connection:
            raw = connection.connection.dbapi_connection
            cursor = raw.cursor()  # type: ignore[union-attr]
            if self.engine.dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                if rows:
                    cursor.executemany(statement, rows)
            if self.engine.dialect.name == "sqlite":
                cursor.execute("COMMIT")
            else:
                raw.commit()  # type: ignore[union-attr]


PLACE: Final = ("station_id", "present", "last_seen_at")
WHOLE: Final = (*PLACE, "facts_digest", "quick", "build", "system")
TOLD: Final = ("id", "device_id", "facts", "noted")
BRIEF: Final = (*PLACE, "quick")
LINE: Final = ("id", "device_id", "at", "field", "old", "new")
REPORT: Final = (
    *("id", "station_id", "life", "sequence", "kind", "at", "taken_at", "digest"),
    *("refusal", "refusal_text", "body"),
)
UPSERT: Final = (
    "ON CONFLICT (device_id) DO UPDATE SET facts = excluded.facts, noted = excluded.noted"
)
JSONS: Final = {"facts", "noted", "quick", "body"}


def _since(reports: Sequence[Report]) -> str:
    return f"at >= '{reports[0].at.strftime('%Y-%m-%d %H:%M:%S.%f')}'"


def _read(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    key: str,
    values: Sequence[Any],
    beside: str = "1 = 1",
) -> list[Sequence[Any]]:
    """Read rows as the driver gives them, JSON as text."""
    on_postgres = connection.dialect.name == "postgresql"
    named = [f"{name}::text" if on_postgres and name in JSONS else name for name in columns]
    asked = f"SELECT {', '.join(named)} FROM {table} WHERE {beside} AND {key}"  # noqa: S608
    cursor = connection.connection.cursor()
    if on_postgres:
        cursor.execute(f"{asked} = ANY(%s)", (values,))
    else:
        cursor.execute(f"{asked} IN ({', '.join('?' * len(values))})", values)
    return list(cursor.fetchall())


def _cast(name: str, mark: str) -> str:
    return f"{mark}::json" if mark == "%s" and name in JSONS else mark


def _insert(table: str, columns: Sequence[str], mark: str) -> str:
    marks = ", ".join(_cast(name, mark) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _serial(number: int) -> str:
    return f"BENCH{number:08d}"


def _imei(number: int) -> str:
    return luhn(f"86{number:012d}")


def _card(number: int) -> str:
    return luhn(f"898600{number:013d}")


def _facts(number: int, visit: int) -> PhoneFacts:
    """Return what a phone says at a visit, at each of which some of its apps are newer."""
    identity = Identity(
        serial=_serial(number),
        brand="Xiaomi",
        manufacturer="Xiaomi",
        model="23127PN0CC",
        market_name="Xiaomi 14",
        device="houji",
        imei=(_imei(number),),
    )
    return PhoneFacts(
        **{
            **WELL,
            **_quick(number, visit),
            "identity": identity,
            "sims": (Sim(slot=0, state="loaded", iccid=_card(number)),),
            "apps": _apps(number, visit),
            "boot_id": f"{number:08x}-5d3a-4d0c-9f6b-8a4a6d6f2f11",
        }
    )


def _quick(number: int, visit: int) -> dict[str, Any]:
    """Return what is otherwise at each visit."""
    noise = random.Random(number * 31 + visit)
    free = noise.randrange(4 * 10**10, 9 * 10**10)
    return {
        "battery": Battery(
            level=noise.randrange(5, 100),
            health="good",
            status="charging",
            plugged="usb",
            charging=True,
            temperature=25 + noise.random() * 10,
            voltage_mv=noise.randrange(3700, 4300),
            technology="Li-poly",
        ),
        "lock": WELL["lock"],
        "storage": Storage(total_bytes=10**11, free_bytes=free, used_bytes=10**11 - free),
        "probed_at": now(),
        "uptime_seconds": float(noise.randrange(10**6)),
        "clock_offset_seconds": noise.random(),
    }


def _apps(number: int, visit: int) -> tuple[App, ...]:
    return (
        *(_app(place, number, visit) for place in range(OWN_APPS)),
        *(SYSTEM[place] for place in range(SYSTEM_APPS)),
    )


def _app(place: int, number: int, visit: int, *, system: bool = False) -> App:
    newer = visit if place < UPDATED else 0
    name = "com.tencent.mm" if place == 0 and not system else f"com.maker{place % 17}.app{place}"
    return App(
        package=f"{name}.system" if system else name,
        version_name=f"8.{newer}.{place}",
        version_code=2000 + newer,
        target_sdk=34,
        installer=None if system else "com.xiaomi.market",
        enabled=True,
        hidden=False,
        suspended=False,
        system=system,
        users=(0,),
        uid=10_000 + place,
        path=f"/data/app/~~Zq3hT{number:08d}==/{name}-Yb1x{place:04d}==/base.apk",
        signer=f"{place:08x}",
        states=(AppState(user=0, installed=True, enabled=True, hidden=False, stopped=False),),
        code_bytes=10**7 + place,
        data_bytes=10**6 + place,
        cache_bytes=10**5 + place,
    )


SYSTEM: Final = tuple(_app(place, 0, 0, system=True) for place in range(SYSTEM_APPS))
