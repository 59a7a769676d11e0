"""Who works with the software, and what the trail says of them."""

from dataclasses import replace

from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND, NOT_SO, USAGE
from cli.profiles import Profile, chosen
from tests.cli.conftest import Workfleet

ADD = ("user", "add", "chenhao", "--name", "陈浩", "--role", "operator", "--password-stdin")
PASSWORD = "correct horse battery"


def test_an_operator_logs_in_and_may_not_do_what_is_not_his(workfleet: Workfleet) -> None:
    workfleet.say(*ADD, typed=f"{PASSWORD}\n")
    assert "陈浩" in workfleet.say("user", "list")

    said = workfleet.say("login", "--username", "chenhao", "--password-stdin", typed=PASSWORD)

    assert "operator" in said
    assert PASSWORD not in said
    assert "陈浩" in workfleet.say("whoami")
    workfleet.refusal("user", "list", expect=NOT_ALLOWED)


def test_a_second_profile_stands_beside_the_first(workfleet: Workfleet) -> None:
    workfleet.say(*ADD, typed=PASSWORD)
    log_in = ("login", "--username", "chenhao", "--password-stdin")
    workfleet.say(
        "--profile", "bench", *log_in, "--server", "http://127.0.0.1:8640", typed=PASSWORD
    )

    assert "陈浩" in workfleet.say("whoami")
    assert "liuyang" in workfleet.say("--profile", "local", "whoami")


def test_a_wrong_password_is_refused(workfleet: Workfleet) -> None:
    before = chosen(None, None)
    wrong = ("login", "--username", "liuyang", "--password-stdin")

    workfleet.run(*wrong, typed="not this one", expect=NOT_ALLOWED)

    assert chosen(None, None) == before


def test_a_name_is_asked_for_only_at_a_terminal(workfleet: Workfleet) -> None:
    workfleet.run("login", "--password-stdin", typed=PASSWORD, expect=USAGE)


def test_after_a_logout_nobody_is_known(workfleet: Workfleet) -> None:
    workfleet.say("logout")

    assert "log in" in workfleet.refusal("whoami", expect=NOT_ALLOWED).lower()


def test_a_user_name_is_taken_once(workfleet: Workfleet) -> None:
    workfleet.say(*ADD, typed=PASSWORD)

    workfleet.run(*ADD, typed=PASSWORD, expect=CONFLICT)
    workfleet.run(
        "user", "add", "x", "--name", "X", "--password-stdin", typed="short", expect=INVALID
    )


def test_the_trail_is_shown_and_verified(workfleet: Workfleet) -> None:
    workfleet.say("department", "add", "IT", "--name", "IT")

    assert "department" in workfleet.say("audit", "tail", "-n", "1")
    assert workfleet.json("audit", "tail")["items"]
    assert "whole" in workfleet.say("audit", "verify")


def test_a_hand_on_the_trail_is_found(workfleet: Workfleet) -> None:
    import sqlite3
    from contextlib import closing

    workfleet.say("department", "add", "IT", "--name", "IT")
    with closing(sqlite3.connect(workfleet.home / "data/workfleet.db")) as database:
        triggers = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for (name,) in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE audit_entry SET actor_name = 'nobody' WHERE sequence = 1")
        database.commit()

    assert "BROKEN at entry 1" in workfleet.say("audit", "verify", expect=NOT_SO)
    assert workfleet.json("audit", "verify", expect=NOT_SO)["whole"] is False


def test_a_station_is_invited_listed_and_revoked(workfleet: Workfleet) -> None:
    from agents.station.keys import StationKey
    from fleet.contracts.stations import EnrolIn

    code = workfleet.json("station", "invite", "bench-1")["code"]
    assert "station enroll" in workfleet.say("station", "invite", "bench-2")
    with workfleet.client as client:
        key = StationKey.generate().public
        client.enrol(EnrolIn(code=code, public_key=key, software="test"))

    assert "bench-1" in workfleet.say("station", "list")
    assert "dry run" in workfleet.say("station", "revoke", "bench-1", "--dry-run")
    assert "gets no job" in workfleet.run("station", "revoke", "bench-1", expect=USAGE).stdout
    assert "revoked" in workfleet.say("station", "revoke", "bench-1", "--yes")
    workfleet.run("station", "revoke", "nowhere", "--yes", expect=NOT_FOUND)


def test_the_map_of_a_station_names_its_trays_and_what_to_do(workfleet: Workfleet) -> None:
    from agents.station.keys import StationKey
    from fleet.contracts.clock import now
    from fleet.contracts.ports import PortNow, PortState
    from fleet.contracts.stations import EnrolIn, SyncIn

    assert "Nothing is plugged in" in workfleet.say("station", "map")
    code = workfleet.json("station", "invite", "bench-1")["code"]
    with workfleet.client as client:
        made = client.enrol(
            EnrolIn(code=code, public_key=StationKey.generate().public, software="t")
        )
    hung = PortNow(port="usb:1-4.2", transport="A1", state=PortState.HUNG, serial="S1", since=now())
    at = replace(chosen(None, None), token=made.token)
    with workfleet.connect(at) as station:
        station.sync(SyncIn(ports=[hung]))

    named = workfleet.say("station", "tray", "bench-1", "usb:1-4.2", "A-01")
    assert named.strip() == "The tray at usb:1-4.2 of bench-1 is A-01."
    shown = workfleet.say("station", "map", "bench-1")
    assert "A-01" in shown
    assert "HUNG" in shown
    assert "restart it" in shown
    assert workfleet.json("station", "map", "--state", "ready")["items"] == []
    assert workfleet.json("station", "map", "--find", "a-01")["items"][0]["serial"] == "S1"
    workfleet.run("station", "map", "nowhere", expect=NOT_FOUND)
    workfleet.run("station", "tray", "bench-1", "usb:1-4.2", expect=USAGE)
    workfleet.run("station", "tray", "bench-1", "usb:1-5", "--remove", expect=NOT_FOUND)
    assert "no name" in workfleet.say("station", "tray", "bench-1", "usb:1-4.2", "--remove")


def test_a_program_has_no_password_and_works_by_a_token(workfleet: Workfleet) -> None:
    words = ("user", "add", "hr", "--name", "HR", "--role", "auditor", "--no-password")
    assert "token make … --user hr" in workfleet.say(*words)

    made = workfleet.json("token", "make", "nightly", "--user", "hr", "--only", "people:read")

    known = workfleet.connect(Profile("x", "http://127.0.0.1:8640", made["token"]))
    assert known.employees().items == []


def test_nobody_makes_a_token_in_a_persons_name(workfleet: Workfleet) -> None:
    workfleet.say(*ADD, typed=PASSWORD)

    words = ("token", "make", "nightly", "--user", "chenhao")
    assert "logs in with a password" in workfleet.refusal(*words, expect=NOT_ALLOWED)
