"""The audit trail on pages, and on its way out."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from fleet.contracts.access import Role
from fleet.contracts.clock import now
from tests.api.console.visitor import Visitor, code_of


@pytest.fixture
def auditor(someone, founder) -> Visitor:
    return someone(Role.AUDITOR)


def numbers_in(answer) -> list[int]:
    return [int(number) for number in re.findall(r'href="/audit/(\d+)"', answer.text)]


def test_entries_are_found_by_who_what_when_and_subject(auditor):
    tomorrow = (now() + timedelta(days=1)).date()
    for query, some in [
        ("event=user.*&subject=founder", True),
        ("actor=Person founder", True),
        ("actor=Nobody", False),
        ("event=device.*", False),
        (f"until={tomorrow + timedelta(days=1)}", True),
        (f"since={tomorrow + timedelta(days=1)}", False),
    ]:
        assert bool(numbers_in(auditor.get(f"/audit?{query}"))) is some, query


def test_a_day_that_is_none_is_refused(auditor):
    answer = auditor.get("/audit?since=yesterday")

    assert (answer.status_code, code_of(answer)) == (422, "request_invalid")


def test_pages_go_on_after_the_last_entry_shown(auditor):
    first = auditor.get("/audit?limit=3&event=user.*")
    onward = first.text.split('id="next-page" href="')[1].split('"')[0].replace("&amp;", "&")
    second = auditor.get(onward)

    assert len(numbers_in(first)) == 3
    assert max(numbers_in(second)) < min(numbers_in(first))
    assert "event=user.%2A" in onward


def test_an_entry_shows_before_and_after(auditor, founder, person):
    person(Role.EMPLOYEE, "bob")
    founder.send("/users/bob/shut-out", reason="left the company")
    number = numbers_in(auditor.get("/audit?event=user.shut_out"))[0]
    page = auditor.get(f"/audit/{number}").text

    assert "app_user.active" in page
    assert '<td role="cell" data-label="Before" class="wrap">true</td>' in page
    assert "left the company" in page
    assert auditor.get("/audit/999999").status_code == 404


def test_the_trail_says_whether_it_is_whole(auditor, sessions):
    assert 'data-whole="yes"' in auditor.get("/audit/verify").text
    with sessions.begin() as session:
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("UPDATE audit_entry SET actor_name = 'Me' WHERE sequence = 2"))

    page = auditor.get("/audit/verify").text
    assert 'data-whole="no"' in page
    assert "BROKEN at entry 2" in page


def test_an_export_is_what_was_filtered_whole_and_an_entry_itself(auditor):
    answer = auditor.send("/audit/export.jsonl", on="/audit", event="user.logged_in")
    *rows, end = [json.loads(line) for line in answer.text.splitlines()]

    assert answer.headers["Content-Disposition"] == 'attachment; filename="workfleet-audit.jsonl"'
    assert {row["event"] for row in rows} == {"user.logged_in"}
    assert end == {"kind": "end", "entries": len(rows)}
    assert len(numbers_in(auditor.get("/audit?event=trail.exported"))) == 1


def test_an_export_for_a_spreadsheet_runs_nothing(auditor, founder, person):
    person(Role.EMPLOYEE, "bob")
    founder.send("/users/bob/shut-out", reason="because")
    answer = auditor.send("/audit/export.csv", on="/audit", subject="bob")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    assert answer.text.startswith("\ufeffsequence,at,actor_name")
    assert [row[6] for row in rows[1:]] == ["user.made", "user.role_granted", "user.shut_out"]


def test_nothing_leaves_by_a_link(auditor):
    assert auditor.get("/audit/export.csv").status_code == 405
