"""`workfleet agent backup|kits`: asking at the station, while the server is away."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result

from agents.station.home import Home, held, key_in_making, make_home
from agents.station.kits import Kits
from agents.station.store import Store
from cli.exits import CONFLICT, NOT_FOUND, OK
from fleet.contracts.backups import BackupTask
from fleet.contracts.clock import now
from fleet.contracts.offline import Kit
from tests.ports import free_port

Anywhere = Callable[..., Result]


@pytest.fixture
def home(folders: Path) -> Home:
    """Give a station whose server is away."""
    key_in_making(folders / "bench")
    at = f"http://127.0.0.1:{free_port()}"
    return make_home(folders / "bench", server=at, station="bench-1", token="t0ken", insecure=True)


def given(home: Home, **said: object) -> Kit:
    """Keep a kit at the station, as an exchange would."""
    task = BackupTask(
        backup="", roots=[], excludes=[], recipients=[], pack_bytes=1, sealed_names="sealed"
    )
    kit = Kit(
        **{
            "id": "k", "serial": "SN1", "device": "WF-0311", "issued_at": now(),
            "until": now() + timedelta(hours=1), "due_at": None, "bytes": 1000, "task": task,
            "ticket": "t", **said,
        }
    )  # fmt: skip
    with closing(Store(home.outbox)) as store:
        Kits(store).take([kit], [], now())
    return kit


def wishes(home: Home) -> list[str]:
    with closing(Store(home.outbox)) as store:
        return list(Kits(store).wishes())


def at(home: Home) -> tuple[str, ...]:
    return ("--home", str(home.path))


def test_what_is_asked_for_is_kept_for_the_agent(anywhere: Anywhere, home: Home) -> None:
    given(home)
    with held(home):
        done = anywhere("agent", "backup", "WF-0311", *at(home))

    assert done.exit_code == OK, done.output
    assert wishes(home) == ["SN1"]


def test_a_dry_run_asks_for_nothing(anywhere: Anywhere, home: Home) -> None:
    given(home)
    with held(home):
        done = anywhere("agent", "backup", "SN1", "--dry-run", *at(home))

    assert (done.exit_code, wishes(home)) == (OK, [])
    assert "WF-0311" in done.output


def test_nobody_would_begin_it_where_no_agent_runs(anywhere: Anywhere, home: Home) -> None:
    given(home)
    done = anywhere("agent", "backup", "WF-0311", *at(home))

    assert (done.exit_code, wishes(home)) == (CONFLICT, [])
    assert "No agent runs" in done.stderr


REFUSED = [
    ({"serial": "SN2", "device": "WF-2"}, NOT_FOUND, "was given nothing"),
    ({"until": now() - timedelta(hours=1)}, CONFLICT, "without the server until"),
    ({"bytes": None}, CONFLICT, "was never read"),
    ({"bytes": 2**60}, CONFLICT, "left for its backup"),
]


@pytest.mark.parametrize(("said", "code", "named"), REFUSED)
def test_what_the_station_cannot_do_is_refused(
    anywhere: Anywhere, home: Home, said: dict[str, object], code: int, named: str
) -> None:
    given(home, **said)
    with held(home):
        done = anywhere("agent", "backup", "WF-0311", *at(home))

    assert (done.exit_code, wishes(home)) == (code, [])
    assert named in done.stderr


def test_the_list_says_how_long_and_whether_there_is_room(anywhere: Anywhere, home: Home) -> None:
    given(home)
    given(home, serial="SN2", device="WF-0312", bytes=2**60)
    given(home, serial="SN3", device="WF-0313", until=now() - timedelta(hours=1))

    shown = json.loads(anywhere("-o", "json", "agent", "kits", *at(home)).stdout)

    assert [one["device"] for one in shown["items"]] == ["WF-0311", "WF-0312", "WF-0313"]
    assert len({one["state"] for one in shown["items"]}) == 3
    assert "WF-0311" in anywhere("agent", "kits", *at(home)).output


def test_a_station_without_kits_says_how_to_have_some(anywhere: Anywhere, home: Home) -> None:
    done = anywhere("agent", "kits", *at(home))

    assert done.exit_code == OK
    assert done.output.strip()
