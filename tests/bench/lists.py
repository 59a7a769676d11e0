"""Lists, filters and search over registers of ten and a hundred thousand phones, and their trail.

Through the application, as a program asks: what is told is the server's time for one answer. Flat
means that ten times as much takes no longer.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from api.app import make_app
from fleet.access.actor import SYSTEM
from fleet.access.granting import grant_role
from fleet.access.services import make_user
from fleet.access.tokens import make_token
from fleet.accounts.models import Account
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.custody.models import Holding
from fleet.database import make_engine, make_sessions
from fleet.devices.models import Device
from fleet.keys.keyring import Keyring
from fleet.people.models import Department, Employee
from fleet.search.filling import fill
from fleet.settings import Settings
from fleet.sims.models import Sim
from fleet.stations.models import Station
from fleet.vault.models import Credential
from tests.bench.measure import Row, size
from tests.bench.trail import databases

PHONES: Final = 100_000
TRAIL: Final = 50  # entries for each phone
TIMES: Final = 20
MOST_MILLISECONDS: Final = 50
FLATTEST: Final = 2.0  # times as long with ten times as much; below a few ms nobody measures
NOISE: Final = 5.0
AT_A_TIME: Final = 10_000
SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国文辉力志永健"


@dataclass(frozen=True)
class Asked:
    """One thing that is asked, with words that differ from time to time."""

    what: str
    path: str
    words: Callable[[Random, int], dict[str, object]]
    by: str = "desk"


def _none(_random: Random, _phones: int) -> dict[str, object]:
    return {}


def _tag(random: Random, phones: int) -> str:
    return f"WF-{random.randrange(phones):06d}"


ASKED: Final = (
    Asked("phones, first page", "devices", _none),
    Asked("phones, last seen first", "devices", lambda *_: {"sort": "-last_seen_at"}),
    Asked("phones by model", "devices", lambda *_: {"sort": "model"}),
    Asked("phones, state issued", "devices", lambda *_: {"state": "issued"}),
    Asked("phones, state lost (few)", "devices", lambda *_: {"state": "lost"}),
    Asked("phones of a person", "devices", lambda r, n: {"holder": f"E{r.randrange(n // 2):06d}"}),
    Asked("phones at a station", "devices", lambda r, _: {"station": f"bench-{r.randrange(20)}"}),
    Asked("phones, PIN proven", "devices", lambda *_: {"pin": "proven"}),
    Asked("phones, PIN declared (few)", "devices", lambda *_: {"pin": "declared"}),
    Asked("phones, q: a tag", "devices", lambda r, n: {"q": _tag(r, n)}),
    Asked("phones, q: a model (many)", "devices", lambda *_: {"q": "xiaomi"}),
    Asked("phones of a department's head", "devices", _none, by="head"),
    Asked("SIMs, q: last four", "sims", lambda r, _: {"q": f"{r.randrange(10_000):04d}"}),
    Asked("employees, q: pinyin", "employees", lambda *_: {"q": "wangw"}),
    Asked("employees by name", "employees", lambda *_: {"sort": "name"}),
    Asked("trail, newest", "audit", _none),
    Asked("trail of a phone", "audit", lambda r, n: {"subject": _tag(r, n)}),
    Asked("trail of one kind", "audit", lambda *_: {"event": "device.moved"}),
    Asked("trail of kinds", "audit", lambda *_: {"event": "device.*"}),
    Asked("trail of a person", "audit", lambda *_: {"actor": "person 3"}),
    Asked("trail, q: a tag", "audit", lambda r, n: {"q": _tag(r, n)}),
    Asked("trail, q: nothing", "audit", lambda *_: {"q": "nobodyatall"}),
    Asked("trail of one day", "audit", lambda *_: {"since": DAY, "until": NEXT_DAY}),
    Asked("find a tag", "search", lambda r, n: {"q": _tag(r, n)}),
    Asked("find the end of a tag", "search", lambda r, n: {"q": _tag(r, n)[-5:]}),
    Asked("find last six of an IMEI", "search", lambda r, n: {"q": _imei(r.randrange(n))[-6:]}),
    Asked("find a name in pinyin", "search", lambda *_: {"q": "liuyang"}),
    Asked("find initials (many)", "search", lambda *_: {"q": "w"}),
    Asked("find with a slip", "search", lambda r, n: {"q": _tag(r, n).replace("WF", "FW")}),
    Asked("find two words", "search", lambda r, _: {"q": f"xiaomi wf-0{r.randrange(10)}"}),
    Asked("find as a department's head", "search", lambda *_: {"q": "wf-0"}, by="head"),
)
DAY, NEXT_DAY = "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"


def lists() -> list[Row]:
    """Measure both databases, each with a tenth and with all of it."""
    phones = size(PHONES)
    rows = []
    for name, fresh in databases():
        few, many = (_measured(fresh(), count) for count in (phones // 10, phones))
        rows += [_row(name, phones, asked, few[asked.what], many[asked.what]) for asked in ASKED]
        rows.append(_filled(name, phones, few["fill"], many["fill"]))
    return rows


def _row(database: str, phones: int, asked: Asked, few: list[float], many: list[float]) -> Row:
    ours, plain, ratio = _late(many), _late(few), median(many) / median(few)
    is_flat = ratio <= FLATTEST or median(many) <= NOISE
    return Row(
        f"{database}: {asked.what}",
        f"p50 {median(many):.1f} p95 {ours:.1f} ms",
        f"{phones // 10:,}: p50 {median(few):.1f} p95 {plain:.1f} ms",
        f"{ratio:.1f} ×",
        f"p95 ≤ {MOST_MILLISECONDS} ms, flat",
        ours <= MOST_MILLISECONDS and is_flat,
    )


def _filled(database: str, phones: int, few: list[float], many: list[float]) -> Row:
    what = f"{database}: server search rebuild, {phones:,} phones"
    return Row(what, f"{many[0]:.1f} s", f"{few[0]:.1f} s", "", "", met=True)


def _late(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95) - 1]


def _measured(url: str, phones: int) -> dict[str, list[float]]:
    engine = make_engine(url)
    with tempfile.TemporaryDirectory() as folder, _house(Path(folder), engine) as clients:
        _fill(engine, phones)
        began = time.perf_counter()
        for _step in fill(make_sessions(engine)):
            pass
        taken = {"fill": [time.perf_counter() - began]}
        _analyse(engine)
        for asked in ASKED:
            taken[asked.what] = _answers(clients[asked.by], asked, phones)
    engine.dispose()
    return taken


def _answers(client: FlaskClient, asked: Asked, phones: int) -> list[float]:
    random, times = Random(1), []
    for turn in range(TIMES + 2):
        words = {"limit": 50, **asked.words(random, phones)}
        began = time.perf_counter()
        answer = client.get(f"/api/v1/{asked.path}", query_string=words)
        taken = (time.perf_counter() - began) * 1000
        assert answer.status_code == 200, answer.text
        if turn > 1:  # the first ones prepare statements
            times.append(taken)
    return times


@contextmanager
def _house(home: Path, engine: Engine) -> Iterator[dict[str, FlaskClient]]:
    sessions = make_sessions(engine)
    settings = Settings(home=home, recipients=("age1bench",))
    settings.key_path.parent.mkdir(parents=True, exist_ok=True)
    Keyring.create(settings.key_path)
    app = make_app(settings, sessions=sessions)
    with sessions.begin() as session:
        place = Department(code="D0", name="销售部")
        session.add(place)
        session.flush()
        tokens = {
            "desk": _token(session, "desk", (Role.OPERATOR, Role.AUDITOR), None),
            "head": _token(session, "head", (Role.MANAGER,), place.id),
        }
    clients = {}
    for name, token in tokens.items():
        clients[name] = app.test_client()
        clients[name].environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    yield clients


def _token(session: Session, name: str, roles: tuple[Role, ...], place: UUID | None) -> str:
    user = make_user(session, username=name, name=name, actor=SYSTEM)
    for role in roles:
        grant_role(session, user, role, reason="bench", department_id=place, actor=SYSTEM)
    return make_token(session, user=user, label="bench", actor=SYSTEM)[0]


def _fill(engine: Engine, phones: int) -> None:
    random = Random(7)
    with engine.begin() as connection:
        places = [_place(connection, number) for number in range(100)]
        stations = [{"id": _id(9, n), **_station(n)} for n in range(20)]
        connection.execute(insert(Station), stations)
        for first in range(0, phones, AT_A_TIME):
            numbers = range(first, min(first + AT_A_TIME, phones))
            for table, row in _ROWS.items():
                rows = [made for n in numbers if (made := row(random, n, places)) is not None]
                connection.execute(insert(table), rows)
        _trail(connection, phones * TRAIL, phones)


def _place(connection: Any, number: int) -> UUID:
    key = _id(8, number)
    if number == 0:
        found = connection.execute(text("SELECT id FROM department WHERE code = 'D0'")).scalar_one()
        return UUID(str(found))
    connection.execute(insert(Department), {"id": key, "code": f"D{number}", "name": "部门"})
    return key


def _id(kind: int, number: int) -> UUID:
    """Return an id that is scattered like those that are drawn."""
    return UUID(int=Random(kind * 10_000_000 + number).getrandbits(128))


def _station(number: int) -> dict[str, Any]:
    about = {"name": f"bench-{number}", "public_key": "x", "state": "enrolled", "life": 1}
    return {**about, "enrolled_at": now(), "taken": 0}


def _imei(number: int) -> str:
    return f"86{number * 7919 % 10**13:013d}"


def _device(random: Random, n: int, _places: list[UUID]) -> dict[str, Any]:
    state = "lost" if n % 5_000 == 0 else "issued" if n % 5 else "in_stock"
    return {
        "id": _id(1, n),
        "tag": f"WF-{n:06d}",
        "serial": f"{random.getrandbits(48):012x}",
        "brand": "Xiaomi" if n % 2 else "OPPO",
        "model": f"M{n % 40}",
        "market_name": f"{'Xiaomi' if n % 2 else 'OPPO'} {n % 40}",
        "imei": [_imei(n)],
        "state": state,
        "station_id": _id(9, n % 20) if n % 3 else None,
        "present": False,
        "last_seen_at": now() if n % 7 else None,
        "found_at": now(),
        "version": 1,
    }


def _employee(random: Random, n: int, places: list[UUID]) -> dict[str, Any] | None:
    if n % 2:
        return None
    name = random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.randint(1, 2)))
    about = {"id": _id(2, n // 2), "number": f"E{n // 2:06d}", "name": name, "status": "active"}
    return {**about, "department_id": places[n // 2 % 100]}


def _sim(_random: Random, n: int, _places: list[UUID]) -> dict[str, Any]:
    number, iccid = f"13{n * 7919 % 10**9:09d}", f"898600{n * 104_729 % 10**14:014d}"
    about = {"id": _id(3, n), "number": number, "iccid": iccid, "carrier": "中国移动"}
    return {**about, "state": "in_stock", "version": 1}


def _account(_random: Random, n: int, _places: list[UUID]) -> dict[str, Any]:
    about = {"id": _id(4, n), "kind": "wechat", "handle": f"wx-sales-{n:06d}", "state": "in_stock"}
    return {**about, "nickname": f"销售{n}", "version": 1}


def _holding(_random: Random, n: int, _places: list[UUID]) -> dict[str, Any] | None:
    if n % 5 == 0:
        return None
    about = {"id": _id(5, n), "thing": "device", "device_id": _id(1, n), "issued_by": "Liu Yang"}
    return {**about, "employee_id": _id(2, n // 2), "issued_at": now()}


def _credential(_random: Random, n: int, _places: list[UUID]) -> dict[str, Any]:
    level = "declared" if n % 2_000 == 0 else "proven"
    about = {"id": _id(6, n), "kind": "device_pin", "subject": f"WF-{n:06d}", "level": level}
    return {**about, "device_id": _id(1, n), "revision": 1}


_ROWS: Final[dict[Any, Callable[[Random, int, list[UUID]], dict[str, Any] | None]]] = {
    Device: _device,
    Employee: _employee,
    Sim: _sim,
    Account: _account,
    Holding: _holding,
    Credential: _credential,
}

_COLUMNS: Final = (
    "id, sequence, at, actor_id, actor_name, event, subject_kind, subject_id, subject_name,"
    " details, previous, hash"
)
# A year of entries, of which nobody verifies the chain here.
_TRAIL: Final = {
    "sqlite": (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :entries)"  # noqa: S608
        f" INSERT INTO audit_entry ({_COLUMNS}) SELECT lower(hex(randomblob(16))), i + :past,"
        " strftime('%Y-%m-%d %H:%M:%f000', '2025-11-26', '+' || (i * 31536000 / :entries)"
        " || ' seconds'), printf('%032x', i % 50), 'person ' || (i % 50),"
        " CASE i % 4 WHEN 0 THEN 'device.moved' WHEN 1 THEN 'device.seen' WHEN 2 THEN 'pin.rotated'"
        " ELSE 'backup.done' END, 'device', printf('%032x', i * 7919 % :phones),"
        " printf('WF-%06d', i * 7919 % :phones), '{}', 'x', 'x' FROM n"
    ),
    "postgresql": (
        f"INSERT INTO audit_entry ({_COLUMNS}) SELECT gen_random_uuid(), i + :past,"  # noqa: S608
        " timestamptz '2025-11-26' + (i * 31536000 / :entries) * interval '1 second',"
        " lpad(to_hex(i % 50), 32, '0')::uuid, 'person ' || (i % 50),"
        " CASE i % 4 WHEN 0 THEN 'device.moved' WHEN 1 THEN 'device.seen' WHEN 2 THEN 'pin.rotated'"
        " ELSE 'backup.done' END, 'device', lpad(to_hex(i * 7919 % :phones), 32, '0')::uuid,"
        " 'WF-' || lpad((i * 7919 % :phones)::text, 6, '0'), '{}', 'x', 'x'"
        " FROM generate_series(1, CAST(:entries AS bigint)) AS i"
    ),
}


def _trail(connection: Any, entries: int, phones: int) -> None:
    past = connection.execute(text("SELECT max(sequence) FROM audit_entry")).scalar() or 0
    given = {"entries": entries, "phones": phones, "past": past}
    connection.execute(text(_TRAIL[connection.dialect.name]), given)


def _analyse(engine: Engine) -> None:
    """Do what both databases do by themselves in time: PostgreSQL's autovacuum, SQLite's never."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
