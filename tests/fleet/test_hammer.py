"""I1, I7 and I8 under fire: processes of people and stations that all want the same few things.

Afterwards the tables are asked, in SQL, whether what they say together can be true.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from fleet.audit.models import AuditEntry
from fleet.audit.queries import verify_trail
from fleet.database import make_sessions
from fleet.stations.models import Station, StationReport
from tests.factories import Make
from tests.fleet.hammer_process import Tally, Task, ids
from tests.fleet.stations.desk import Desk

PROCESSES, PEOPLE, ROUNDS = 3, 3, 24
THINGS = 3

# Each of these finds rows that cannot be true; the words are the tables' own.
IMPOSSIBLE = {
    "a phone with two holders": """
        SELECT device_id FROM holding WHERE returned_at IS NULL AND device_id IS NOT NULL
        GROUP BY device_id HAVING count(*) > 1""",
    "a SIM with two holders": """
        SELECT sim_id FROM holding WHERE returned_at IS NULL AND sim_id IS NOT NULL
        GROUP BY sim_id HAVING count(*) > 1""",
    "an account with two holders": """
        SELECT account_id FROM holding WHERE returned_at IS NULL AND account_id IS NOT NULL
        GROUP BY account_id HAVING count(*) > 1""",
    "a phone whose state and holding disagree": """
        SELECT device.id FROM device LEFT JOIN holding
        ON holding.device_id = device.id AND holding.returned_at IS NULL
        WHERE (device.state IN ('issued', 'returning')) <> (holding.id IS NOT NULL)""",
    "a SIM whose state and holding disagree": """
        SELECT sim.id FROM sim LEFT JOIN holding
        ON holding.sim_id = sim.id AND holding.returned_at IS NULL
        WHERE (sim.state = 'issued') <> (holding.id IS NOT NULL)""",
    "an account whose state and holding disagree": """
        SELECT account.id FROM account LEFT JOIN holding
        ON holding.account_id = account.id AND holding.returned_at IS NULL
        WHERE (account.state IN ('issued', 'returning')) <> (holding.id IS NOT NULL)""",
    "a phone that two stations work on": """
        SELECT device_id FROM job WHERE state = 'leased' GROUP BY device_id HAVING count(*) > 1""",
    "a job that ended more or less often than once": """
        SELECT job.id FROM job LEFT JOIN audit_entry
        ON audit_entry.subject_id = job.id AND audit_entry.event = 'job.ended'
        GROUP BY job.id, job.ended_at
        HAVING count(audit_entry.id) <> (CASE WHEN job.ended_at IS NULL THEN 0 ELSE 1 END)""",
    "two live changes of one credential": """
        SELECT credential_id FROM rotation WHERE ended_at IS NULL
        GROUP BY credential_id HAVING count(*) > 1""",
    "two active values of one credential": """
        SELECT credential_id FROM credential_version WHERE state = 'active'
        GROUP BY credential_id HAVING count(*) > 1""",
}


@pytest.fixture
def tasks(engine: Engine, tools, tmp_path: Path) -> list[Task]:
    """Give what each process is to do, on the rows that all of them share."""
    url = engine.url.render_as_string(hide_password=False)
    with make_sessions(engine)() as session:
        make = Make(session)
        desk = Desk(session, tools, make)
        stations = [desk.post(f"bench-{n}").actor.id for n in range(PROCESSES)]
        devices = [make.device() for _ in range(THINGS)]
        for _ in range(THINGS):
            make.sim(), make.account(), make.employee()
        facts = [make.facts(device).model_dump_json() for device in devices]
        session.commit()
        shared = ids(session)
    return [
        Task(url, str(tmp_path), seed, ROUNDS, PEOPLE, str(station), shared, facts)
        for seed, station in enumerate(stations, start=1)
    ]


def all_of_them(tasks: list[Task]) -> list[Tally]:
    command = [sys.executable, "-m", "tests.fleet.hammer_process"]
    root = Path(__file__).parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": root, "text": True}
    running = [subprocess.Popen(command, **pipes) for _ in tasks]
    for process, task in zip(running, tasks, strict=True):
        process.stdin.write(json.dumps(asdict(task)))
        process.stdin.close()
        process.stdin = None
    said = [process.communicate(timeout=240)[0] for process in running]
    return [_tally(text) for text in said]


def _tally(text: str) -> Tally:
    given = json.loads(text)
    return Tally(**{**given, "events": Counter(given["events"])})


def recorded_before(session: Session) -> Counter[str]:
    counted = select(AuditEntry.event, func.count()).group_by(AuditEntry.event)
    return Counter(dict(session.execute(counted).all()))


def test_whatever_is_done_at_once_the_tables_agree_and_the_trail_tells_all_of_it(
    engine: Engine, tasks: list[Task], subtests
):
    sessions = make_sessions(engine)
    with sessions() as session:
        before = recorded_before(session)

    tallies = all_of_them(tasks)

    assert [tally.raw for tally in tallies] == [[]] * PROCESSES
    with sessions() as session:
        told = recorded_before(session) - before
        assert told == sum((tally.events for tally in tallies), Counter())
        assert verify_trail(session).whole
        for what, statement in IMPOSSIBLE.items():
            with subtests.test(what):
                assert session.execute(text(statement)).all() == []
        each = select(Station.taken, func.count(StationReport.id)).join(StationReport)
        counts = sorted(map(tuple, session.execute(each.group_by(Station.id, Station.taken))))
        assert counts == sorted((tally.reports, tally.reports) for tally in tallies)
