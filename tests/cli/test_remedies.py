"""`workfleet remedy` and `apk`: what a person reads before a station acts, and after."""

from hashlib import sha256

import pytest

from agents.handset.apk import app_file, certificate
from cli.exits import CONFLICT, INVALID, NOT_FOUND, NOT_SO, USAGE
from fleet.access.actor import SYSTEM
from fleet.compliance.judging import note_visits
from fleet.compliance.models import UsualSigner
from fleet.contracts.clock import now
from fleet.contracts.facts import App
from fleet.contracts.work_apps import WECHAT
from fleet.custody.issuing import issue
from fleet.devices.noting import Visited
from fleet.remedies.models import Remedy
from fleet.remedies.outcomes import settle
from fleet.stations.jobs import end_job
from fleet.stations.lifecycle import Move
from tests.cli.conftest import Workfleet
from tests.factories import Make
from tests.fleet.compliance.seen import WELL, facts
from tests.fleet.remedies.shown import GAME, closed, done

WIRELESS = WELL["debugging"].model_copy(update={"wireless": True})
SIGNER = sha256(certificate("5f3c9a1e")).hexdigest()
WECHAT_OF_OLD = App(
    package=WECHAT, version_code=2000, version_name="8.0.30", certificate=SIGNER, users=(0,)
)


@pytest.fixture
def desk(workfleet: Workfleet) -> Workfleet:
    """Give a desk with two phones, which a visit saw with wireless debugging on."""
    house = workfleet.app.extensions["workfleet"]
    with house.sessions.begin() as session:
        make = Make(session)
        session.add(UsualSigner(package=WECHAT, signer=SIGNER, phones=5))
        for tag in ("WF-0001", "WF-0002"):
            phone = make.device(tag=tag)
            issue(session, to=make.employee(), devices=[phone], actor=make.actor())
            game = App(package=GAME, system=False, users=(0,), enabled=True)
            seen = facts(sims=(), debugging=WIRELESS, apps=(WECHAT_OF_OLD, game))
            phone.facts, phone.facts_digest = seen.model_dump(mode="json"), "0" * 64
            phone.last_seen_at, phone.present = now(), True
            note_visits(session, house.tools, [Visited(phone, seen, now())])
    return workfleet


@pytest.fixture
def number(desk: Workfleet) -> str:
    asked = ("finding", "list", "--rule", "wireless_debugging", "--device", "WF-0001")
    [found] = desk.json(*asked)["items"]
    return found["number"]


def carried_out(desk: Workfleet, number: str) -> None:
    """Have the phone show that its doors are closed."""
    house = desk.app.extensions["workfleet"]
    with house.sessions.begin() as session:
        remedy = session.query(Remedy).filter_by(number=number).one()
        end_job(session, remedy.job, Move.FINISH, actor=SYSTEM)
        told = done(remedy.job_id, closed())
        settle(session, house.tools, remedy.job, told, late=False, actor=SYSTEM)


def planned(desk: Workfleet, number: str) -> str:
    [line] = desk.json("remedy", "plan", "--finding", number, "--yes")["lines"]
    return line["remedy"]


def test_a_finding_and_its_rule_say_what_a_station_can_do(desk: Workfleet, number: str) -> None:
    command = f"workfleet remedy plan --finding {number}"

    assert command in desk.say("finding", "show", number)
    explained = desk.say("compliance", "explain", "wireless_debugging", "--device", "WF-0001")
    assert command in explained
    assert "close wireless debugging" in explained


def test_a_dry_run_shows_each_phone_and_stores_nothing(desk: Workfleet) -> None:
    said = desk.say("remedy", "plan", "--rule", "wireless_debugging", "--dry-run")

    assert "WF-0001" in said
    assert "WF-0002" in said
    assert "open wireless debugging" in said
    assert "Nothing was changed" in said
    assert desk.json("remedy", "list")["items"] == []


def test_nothing_is_planned_unless_somebody_says_yes(desk: Workfleet, number: str) -> None:
    asked = ("remedy", "plan", "--finding", number)

    assert "of which 0 cannot be taken back" in desk.say(*asked, expect=USAGE)
    assert desk.json("remedy", "list")["items"] == []
    assert "Planned: 1" in desk.say(*asked, "--yes")


def test_a_rule_is_carried_out_on_every_phone(desk: Workfleet) -> None:
    assert "Planned: 2" in desk.say("remedy", "plan", "--rule", "wireless_debugging", "--yes")
    again = desk.say("remedy", "plan", "--rule", "wireless_debugging", "--yes", expect=NOT_SO)
    assert "is to do that on WF-0002 already" in again


def test_what_has_no_way_back_is_said_before(desk: Workfleet) -> None:
    words = ("--device", "WF-0001", "--action", "remove_app", "--package", GAME, "--dry-run")

    assert "it has to be installed anew" in desk.say("remedy", "plan", *words)


def test_what_was_done_is_shown_with_its_proof(desk: Workfleet, number: str) -> None:
    remedy = planned(desk, number)
    carried_out(desk, remedy)

    said = desk.say("remedy", "show", remedy)
    assert "verified" in said
    assert "c" * 64 in said
    assert "switch no" in said
    explained = desk.say("compliance", "explain", "wireless_debugging", "--device", "WF-0001")
    assert f"{remedy} close wireless debugging: done, verified" in explained
    assert remedy in desk.say("remedy", "list", "--state", "done")


def test_a_remedy_is_taken_back_or_called_off(desk: Workfleet, number: str) -> None:
    remedy = planned(desk, number)
    desk.refusal("remedy", "undo", remedy, "--yes", expect=CONFLICT)
    carried_out(desk, remedy)

    assert "open wireless debugging" in desk.say("remedy", "undo", remedy, expect=USAGE)
    assert f"will take {remedy} back" in desk.say("remedy", "undo", remedy, "--yes")
    back = desk.json("remedy", "list", "--state", "planned")["items"][0]["number"]
    assert "cancelled" in desk.say("remedy", "cancel", back)
    desk.refusal("remedy", "cancel", back, expect=CONFLICT)


def test_half_a_question_is_refused(desk: Workfleet, number: str) -> None:
    desk.run("remedy", "plan", expect=USAGE)
    desk.run("remedy", "plan", "--finding", number, "--rule", "rooted", expect=USAGE)
    desk.refusal("remedy", "plan", "--device", "WF-0001", expect=INVALID)
    desk.refusal("remedy", "plan", "--rule", "rooted", expect=INVALID)
    desk.refusal("remedy", "plan", "--finding", "FD-9", expect=NOT_FOUND)
    desk.refusal("remedy", "show", "RM-9", expect=NOT_FOUND)
    package = ("--device", "WF-0001", "--action", "disable_app", "--package", "a b;reboot")
    desk.refusal("remedy", "plan", *package, expect=INVALID)


def test_a_file_is_added_shown_used_and_removed(desk: Workfleet, tmp_path) -> None:
    file = tmp_path / "weixin.apk"
    file.write_bytes(app_file(WECHAT, version_code=3000, version_name="8.0.60"))
    digest = sha256(file.read_bytes()).hexdigest()

    assert "com.tencent.mm 8.0.60" in desk.say("apk", "add", str(file))
    assert digest[:12] in desk.say("apk", "list")
    assert SIGNER in desk.say("apk", "show", digest[:12])
    words = ("--device", "WF-0001", "--action", "update_app", "--package", WECHAT)
    said = desk.say("remedy", "plan", *words, "--dry-run")
    assert "8.0.60" in said
    assert "Phones take no older version" in said
    desk.say("remedy", "plan", *words, "--yes")
    desk.refusal("apk", "remove", digest[:12], expect=CONFLICT)
    [waiting] = desk.json("remedy", "list")["items"]
    desk.say("remedy", "cancel", waiting["number"])
    assert "Removed" in desk.say("apk", "remove", digest[:12])
    desk.refusal("apk", "show", "0" * 12, expect=NOT_FOUND)


def test_a_file_that_is_no_app_or_of_nobody_is_refused(desk: Workfleet, tmp_path) -> None:
    file = tmp_path / "some.apk"
    file.write_bytes(b"no app")
    assert "no_app" in desk.refusal("apk", "add", str(file), expect=INVALID)
    file.write_bytes(app_file("com.example.unknown", version_code=1))
    assert "--trust" in desk.refusal("apk", "add", str(file), expect=CONFLICT)
    assert "--reason" in desk.refusal("apk", "add", str(file), "--trust", expect=INVALID)
    why = ("--trust", "--reason", "built by ourselves")
    assert "com.example.unknown" in desk.say("apk", "add", str(file), *why)
    assert "built by ourselves" in desk.say("apk", "show", sha256(file.read_bytes()).hexdigest())
