"""What no person types, in every place where something is typed: refused or taken, never broken."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import pytest

from fleet.access.permissions import STATION
from fleet.contracts.clock import now
from fleet.keys.keyring import Keyring
from fleet.vault.tools import Tools
from tests.api.attacked import built
from tests.api.test_every_operation import DOCUMENT
from tests.conftest import DIALECTS
from tests.effort import TIMES
from tests.factories import FOUNDER, Make

pytestmark = [
    pytest.mark.parametrize("dialect", DIALECTS, indirect=True),
    pytest.mark.timeout(300 * TIMES),
]

NUMBERS: Final = (2**31, 2**63, 2**64, 10**30, -1, -(2**63) - 1, 1e308, True)
TEXTS: Final = (
    *("", " ", "a\0b", "\ud800", "9" * 5000, "{0}{code.__class__}%s", "../..", "\u202e\x1b[31m"),
    *("0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
)
ODD: Final = (*NUMBERS, *TEXTS, None, [], {}, [[]], ["a\0b"], ["a", "a"])
SHARE: Final = 4 if TIMES == 1 else 1  # of them a fourth is tried in each place, all with effort
IN_ADDRESSES: Final = ("%00", "%ED%A0%80", "%FF", "..%2F..", "9" * 400, str(2**63), "-1", "%7B0%7D")


@pytest.fixture
def asking(app, settings, sessions, token_of):
    """Give a function that sends something as somebody, and says where it broke."""
    house = built(sessions, Tools(Keyring.load(settings.key_path), settings))
    tokens = {STATION: house.tokens[STATION], FOUNDER: token_of(FOUNDER)}
    client = app.test_client()

    def ask(role, method, path, data=None):
        answer = client.open(
            path,
            method=method,
            data=data,
            headers={"Authorization": f"Bearer {tokens[role]}", "Content-Type": "application/json"},
        )
        broke = answer.status_code >= 500
        return [f"{method} {path[:80]} {answer.status_code} {(data or '')[-200:]}"] if broke else []

    ask.house = house
    return ask


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    document = json.loads(DOCUMENT.read_text("utf-8"))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if not path.endswith(("/logout", "/revoke", "/sync")):  # the last has a test of its own
                yield method.upper(), path, operation


def test_in_every_address(asking):
    broken = []
    for method, path, operation in operations():
        places = [item["name"] for item in operation.get("parameters", []) if item["in"] == "path"]
        for place in places:
            for value in IN_ADDRESSES:
                broken += asking(FOUNDER, method, path.replace(f"{{{place}}}", value), "{}")

    assert broken == []


def test_in_every_question(asking):
    broken = []
    for method, path, operation in operations():
        places = [item["name"] for item in operation.get("parameters", []) if item["in"] == "query"]
        for place in places:
            for value in IN_ADDRESSES:
                broken += asking(FOUNDER, method, f"{path}?{place}={value}")

    assert broken == []


def test_in_every_field_of_every_message(asking):
    document = json.loads(DOCUMENT.read_text("utf-8"))
    schemas = document["components"]["schemas"]
    broken = []
    for method, path, operation in operations():
        schema = schema_of(operation, schemas)
        there = address_in(path, asking.house)
        needed = schema.get("required", [])
        usual = {name: usual_value(name, schema, asking.house) for name in needed}
        for place, field in enumerate(schema.get("properties", {})):
            for value in ODD[place % SHARE :: SHARE]:
                body = json.dumps({**usual, field: value})
                broken += asking(FOUNDER, method, there, body)

    assert broken == []


def schema_of(operation, schemas):
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return schemas.get(name, {})


def address_in(path, house):
    """Return the address of something that is there."""
    parts = path.split("/")
    return "/".join(
        house.known[before][0] if part.startswith("{") and before in house.known else part
        for before, part in zip(["", *parts], parts, strict=False)
    )


def usual_value(name, schema, house):
    if name in house.known:
        return house.known[name][0]
    kind = schema["properties"][name]
    if kind.get("format") == "date":
        return "2099-01-01"
    if kind.get("format") == "date-time":
        return "2020-01-01T00:00:00Z"
    named = kind.get("$ref", "").rpartition("/")[2]
    known = {"CredentialKind": "device_pin", "CheckName": "pin", "Role": "employee"}
    return known.get(named, "some words 12345")


def test_in_every_place_of_a_stations_report(asking, session):
    make = Make(session)
    serial = asking.house.known["present"][0]
    seen = {"kind": "phone_seen", "transport": "usb:1", "digest": "0" * 64}
    facts = make.facts().model_dump(mode="json")
    job = asking.house.known["job"][0]
    bodies = [
        {**seen, "facts": facts},
        {"kind": "phone_left", "serial": serial},
        {"kind": "phone_unreadable", "transport": "usb:1", "state": "offline", "reason": "x"},
        {"kind": "job_progress", "job": job, "step": "x", "done": 1, "total": 2},
        {"kind": "job_done", "job": job, "failure": "x", "again": True},
    ]
    broken, sequence = [], 1
    for body in bodies:
        for value in ODD:
            for spoilt in islice(with_one_place(body, value), sequence % SHARE, None, SHARE):
                sequence += 1
                report = {"sequence": sequence, "at": now().isoformat(), "body": spoilt}
                message = {"reports": [report], "present": [serial], "free": 0, "oldest": sequence}
                broken += asking(STATION, "POST", "/api/v1/station/sync", json.dumps(message))

    assert broken == []


def with_one_place(body: Any, value: Any) -> Iterator[Any]:
    """Give the body once for each place in it, with `value` there."""
    if isinstance(body, dict):
        for name, inside in body.items():
            for spoilt in with_one_place(inside, value):
                yield {**body, name: spoilt}
    elif isinstance(body, list):
        for place, inside in enumerate(body):
            for spoilt in with_one_place(inside, value):
                yield [*body[:place], spoilt, *body[place + 1 :]]
    if not (isinstance(body, dict) and "kind" in body):
        yield value
