"""Planning remedies: against findings, a rule, on phones; what is in the way; one at a time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import event, func, select

from fleet.access.actor import SYSTEM
from fleet.access.errors import NotAllowed
from fleet.compliance.errors import FindingNotFound
from fleet.compliance.findings import open_finding
from fleet.compliance.waiving import waive
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.facts import App, AppState
from fleet.contracts.findings import Rule, WaiverIn
from fleet.contracts.keeping import PreservationIn
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyPlanIn, RemedyState
from fleet.contracts.stations import JobKind
from fleet.contracts.work_apps import WECHAT
from fleet.devices.errors import DeviceNotFound
from fleet.devices.lifecycle import State
from fleet.keeping.preserving import place
from fleet.remedies.errors import (
    ActionNotOfRule,
    AppInCharge,
    AppIsRequired,
    AppNotThere,
    AppOffAlready,
    AppOfTheMaker,
    FindingIsWaived,
    KeptAsEvidence,
    NoApkOf,
    OnlyAnUndo,
    PackageNotNamed,
    PhoneNeverSeen,
    PhoneNotOurs,
    RemedyUnderWay,
    ReturnGoesFirst,
    RuleHasNoRemedy,
)
from fleet.remedies.models import Apk, Remedy
from fleet.remedies.services import plan
from fleet.stations.models import Job
from tests.fleet.compliance.seen import APPS, SIGNER, work_app
from tests.fleet.remedies.conftest import GAME_APP
from tests.fleet.remedies.shown import GAME


@pytest.fixture
def ask(session, make):
    def asked(**given):
        return plan(session, RemedyPlanIn(**given), actor=make.actor())

    return asked


@pytest.fixture
def apk(session):
    """Add a file of WeChat, without the bytes."""

    def add(version=3000, **given):
        columns = {
            "package": WECHAT,
            "version_code": version,
            "version_name": "8.0.60",
            "certificate": SIGNER,
            "size": 100,
            "added_at": now(),
            "added_by": "Liu Yang",
            "trusted_by": "Zhao Min",
            "trusted_because": "test",
        }
        row = Apk(id=uuid4(), digest=f"{version:064x}", **{**columns, **given})
        session.add(row)
        session.flush()
        return row

    return add


def test_a_forbidden_app_is_switched_off_for_whom_it_is_installed(session, phone, planned):
    out = planned(reason="told to")

    [line], remedy = out.lines, session.scalars(select(Remedy)).one()
    assert (line.action, line.package, line.user) == (RemedyAction.DISABLE_APP, GAME, 0)
    assert (line.undo, line.in_the_way) == (RemedyAction.RESTORE_APP, None)
    assert (remedy.state, remedy.asked_by) == (RemedyState.PLANNED, "Liu Yang")
    assert remedy.job.kind is JobKind.REMEDY
    assert remedy.job.task == {"remedy": str(remedy.id)}


def test_a_dry_run_says_the_same_and_stores_nothing(session, phone, planned):
    out = planned(dry_run=True)

    assert (out.planned, out.dry_run, out.lines[0].remedy) == (1, True, None)
    assert session.scalar(select(func.count(Remedy.id))) == 0
    assert session.scalar(select(func.count(Job.id))) == 0


def test_each_user_that_has_the_app_is_a_remedy_of_its_own(phone, seen, planned):
    seen(phone, apps=(*APPS, GAME_APP.model_copy(update={"users": (0, 999)})))

    assert [line.user for line in planned().lines] == [0, 999]


def test_what_is_removed_with_its_file_is_said_to_have_no_way_back(phone, seen, planned):
    gone = planned(action=RemedyAction.REMOVE_APP, dry_run=True).lines[0]
    seen(phone, apps=(*APPS, GAME_APP.model_copy(update={"users": (0, 10)})))
    kept = planned(action=RemedyAction.REMOVE_APP, dry_run=True).lines[0]

    assert gone.undo is None
    assert "installed anew" in gone.no_way_back
    assert kept.undo is RemedyAction.RESTORE_APP


def test_an_update_says_before_that_there_is_no_way_back(phone, ask, apk):
    apk()
    [line] = ask(
        devices=[phone.tag], action=RemedyAction.UPDATE_APP, package=WECHAT, dry_run=True
    ).lines

    assert (line.version, line.undo) == ("8.0.60", None)
    assert "no older version" in line.no_way_back


def test_a_rule_is_enough_and_what_is_waived_is_let_be(
    session, make, terms, seen, phone, ask, finding
):
    other = make.device()
    seen(other)
    until = WaiverIn(until=now() + timedelta(days=3), reason="test")
    waive(session, finding(device=other).number, until, actor=make.actor())

    out = ask(rule=Rule.APP_FORBIDDEN)

    assert [line.device for line in out.lines] == [phone.tag]
    assert ask(rule=Rule.WIRELESS_DEBUGGING).planned == 2


def test_a_department_narrows_a_rule(make, seen, phone, ask):
    seen(make.device())

    assert [line.device for line in ask(rule=Rule.APP_FORBIDDEN, department="SALES").lines] == [
        phone.tag
    ]


def test_a_rule_is_gone_through_part_by_part(make, seen, phone, ask):
    for _ in range(4):
        seen(make.device())

    first = ask(rule=Rule.WIRELESS_DEBUGGING, most=3)
    second = ask(rule=Rule.WIRELESS_DEBUGGING, most=3, after=first.next)

    assert (first.planned, second.planned, second.next) == (3, 2, None)


def test_what_is_asked_for_by_hand_finds_its_finding(phone, ask, finding):
    by_app = ask(devices=[phone.tag], action=RemedyAction.DISABLE_APP, package=GAME)
    door = ask(devices=[phone.tag], action=RemedyAction.CLOSE_WIRELESS)

    assert by_app.lines[0].finding == finding().number
    assert door.lines[0].finding == finding(Rule.WIRELESS_DEBUGGING).number


def test_the_same_is_not_planned_twice(phone, planned):
    [line] = planned().lines

    with pytest.raises(RemedyUnderWay, match=line.remedy):
        planned()
    with pytest.raises(RemedyUnderWay):
        planned(action=RemedyAction.REMOVE_APP)


def test_a_waived_finding_is_not_acted_on(session, make, phone, planned, finding):
    until = WaiverIn(until=now() + timedelta(days=3), reason="test")
    waive(session, finding().number, until, actor=make.actor())

    with pytest.raises(FindingIsWaived):
        planned()


@pytest.mark.parametrize("state", [State.ACCEPTED, State.LOST, State.RETIRED, State.IN_REPAIR])
def test_nothing_is_done_on_a_phone_that_is_to_be_erased_or_gone(phone, planned, state):
    phone.state = state

    with pytest.raises(PhoneNotOurs):
        planned()


def test_what_is_kept_for_a_case_may_be_switched_off_but_not_changed(session, make, phone, planned):
    place(session, PreservationIn(device=phone.tag, reason="test"), actor=make.actor())

    with pytest.raises(KeptAsEvidence, match="PR-"):
        planned(action=RemedyAction.REMOVE_APP)
    assert planned().planned == 1


def test_a_preservation_of_its_holder_counts_as_well(session, make, phone, ask, planned):
    from fleet.compliance.ledger import holders_of

    person = holders_of(session, [phone.id])[phone.id].number
    place(session, PreservationIn(employee=person, reason="test"), actor=make.actor())

    with pytest.raises(KeptAsEvidence):
        planned(action=RemedyAction.REMOVE_APP)


def test_an_app_is_not_removed_before_a_return_has_its_backup(phone, planned):
    phone.state = State.RETURNING

    with pytest.raises(ReturnGoesFirst):
        planned(action=RemedyAction.REMOVE_APP)
    assert planned().planned == 1


def test_what_the_terms_require_is_not_taken_away(phone, ask):
    with pytest.raises(AppIsRequired):
        ask(devices=[phone.tag], action=RemedyAction.DISABLE_APP, package=WECHAT)


def test_an_app_of_the_maker_is_taken_away_only_where_it_is_forbidden(terms, seen, phone, ask):
    browser = App(package="com.maker.browser", system=True, users=(0,))
    seen(phone, apps=(*APPS, browser))
    given = {"devices": [phone.tag], "action": RemedyAction.DISABLE_APP}
    with pytest.raises(AppOfTheMaker):
        ask(**given, package=browser.package)

    terms(forbidden=[browser.package])

    assert ask(**given, package=browser.package).planned == 1


def test_what_is_in_charge_of_a_phone_is_not_taken_away_by_a_station(terms, seen, phone, ask):
    from fleet.contracts.facts import Settings

    settings = Settings(input_method=f"{GAME}/.Keys")
    seen(phone, settings=settings)
    with pytest.raises(AppInCharge):
        ask(devices=[phone.tag], action=RemedyAction.DISABLE_APP, package=GAME)

    seen(phone, device_admins=(f"ComponentInfo{{{GAME}/.Admin}}",))
    with pytest.raises(AppInCharge):
        ask(devices=[phone.tag], action=RemedyAction.DISABLE_APP, package=GAME)


def test_what_two_rules_have_found_is_done_once(terms, seen, phone, ask, finding):
    terms(forbidden=[GAME], catalogue=[])
    seen(phone)
    numbers = [finding(rule).number for rule in (Rule.APP_FORBIDDEN, Rule.APP_NOT_IN_CATALOGUE)]

    out = ask(findings=numbers)

    assert [line.package for line in out.lines].count(GAME) == 1


def test_a_finding_that_a_station_can_do_nothing_about_is_said_so(session, tools, phone, ask):
    told = {"since": None, "digest": None, "actor": SYSTEM}
    of_the_pin = open_finding(session, tools, phone, Rule.PIN_REFUSED, **told)

    with pytest.raises(RuleHasNoRemedy):
        ask(findings=[of_the_pin.number])


def test_what_is_not_there_or_off_already_is_said(phone, seen, ask):
    given = {"devices": [phone.tag], "action": RemedyAction.DISABLE_APP}
    with pytest.raises(AppNotThere):
        ask(**given, package="com.example.none")
    with pytest.raises(AppNotThere):
        ask(**given, package=GAME, user=10)
    seen(phone, apps=(*APPS, GAME_APP.model_copy(update={"enabled": False})))
    with pytest.raises(AppOffAlready):
        ask(**given, package=GAME)


def test_nothing_is_known_of_a_phone_that_was_never_seen(make, ask):
    with pytest.raises(PhoneNeverSeen):
        ask(devices=[make.device().tag], action=RemedyAction.CLOSE_WIRELESS)


def test_an_update_needs_a_file(phone, ask):
    with pytest.raises(NoApkOf):
        ask(devices=[phone.tag], action=RemedyAction.UPDATE_APP, package=WECHAT)


@pytest.mark.parametrize(
    ("installed", "file", "code"),
    [
        ({"version_code": 3000}, {}, "apk_no_newer"),
        ({"certificate": "f" * 64, "version_code": 1}, {}, "apk_signed_otherwise"),
        ({}, {"trusted_by": None, "certificate": "d" * 64}, "apk_signed_otherwise"),
        (
            {"certificate": None},
            {"trusted_by": None, "certificate": "d" * 64},
            "apk_signer_unknown",
        ),
        ({}, {"version_name": "8.0.1"}, "apk_still_too_old"),
    ],
)
def test_a_file_has_to_fit_the_phone_and_the_terms(
    terms, seen, phone, ask, apk, installed, file, code
):
    terms(least_versions={WECHAT: "8.0.50"})
    seen(phone, apps=(work_app(**installed),))
    apk(**file)

    other = {"devices": [phone.tag], "action": RemedyAction.UPDATE_APP, "package": WECHAT}
    assert ask(**other, dry_run=True).lines[0].code == code


def test_a_rule_and_an_action_have_to_fit(phone, ask, finding):
    with pytest.raises(RuleHasNoRemedy):
        ask(rule=Rule.ROOTED)
    with pytest.raises(ActionNotOfRule, match="disable_app, remove_app"):
        ask(findings=[finding().number], action=RemedyAction.CLOSE_WIRELESS)
    with pytest.raises(OnlyAnUndo):
        ask(devices=[phone.tag], action=RemedyAction.OPEN_WIRELESS)
    with pytest.raises(PackageNotNamed):
        ask(devices=[phone.tag], action=RemedyAction.DISABLE_APP)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"findings": ["FD-1"], "rule": Rule.ROOTED},
        {"devices": ["T-1"]},
        {"findings": ["FD-1"], "department": "SALES"},
        {"findings": ["FD-1"], "package": "a b"},
    ],
)
def test_half_a_question_is_refused(given):
    with pytest.raises(ValidationError):
        RemedyPlanIn(**given)


def test_what_nobody_has_is_not_found(ask):
    with pytest.raises(FindingNotFound):
        ask(findings=["FD-1"])
    with pytest.raises(DeviceNotFound):
        ask(devices=["T-0"], action=RemedyAction.CLOSE_WIRELESS)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SECURITY, Role.MANAGER, Role.EMPLOYEE])
def test_who_does_not_work_with_phones_plans_nothing(session, make, phone, role):
    given = RemedyPlanIn(devices=[phone.tag], action=RemedyAction.CLOSE_WIRELESS)

    with pytest.raises(NotAllowed):
        plan(session, given, actor=make.actor(role))


def test_many_are_planned_in_as_many_questions_as_few(session, make, seen, phone, ask):
    def asked_for(phones):
        for _ in range(phones):
            seen(make.device())
        session.commit()
        session.expire_all()
        sent = []
        note = lambda *args: sent.append(args[2])  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", note)
        out = ask(rule=Rule.APP_FORBIDDEN)
        event.remove(session.get_bind(), "before_cursor_execute", note)
        return out.planned, len([one for one in sent if one.startswith("SELECT")])

    few, queries = asked_for(2)
    many, as_many = asked_for(12)

    assert (few, many) == (3, 12)
    assert as_many == queries


def test_an_app_that_is_off_for_all_its_users_breaks_no_rule(phone, seen, finding):
    off = AppState(user=0, enabled=False)
    seen(phone, apps=(*APPS, GAME_APP.model_copy(update={"enabled": False, "states": (off,)})))
    assert finding().closed_because == "seen_well"

    seen(phone, apps=(*APPS, GAME_APP.model_copy(update={"enabled": False, "users": (0, 10)})))
    assert finding().closed_at is None


def test_a_clone_is_removed_for_its_user_alone(phone, seen, ask):
    from fleet.contracts.facts import User

    clone = App(**{**work_app().model_dump(), "users": (0, 999)})
    seen(phone, apps=(clone,), users=(User(id=0, kind="owner"), User(id=999, kind="clone")))

    [line] = ask(rule=Rule.WECHAT_CLONED).lines
    assert (line.action, line.user) == (RemedyAction.REMOVE_APP, 999)
