"""What is set aside and why, what is prepared, signed for and handed out, and what it refuses."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.exc import IntegrityError

from fleet.access.errors import NotAllowed
from fleet.applications import errors
from fleet.applications.handing import agreement_of
from fleet.applications.models import Reservation
from fleet.applications.preparing import preparation, prepare, waive
from fleet.applications.queries import shown
from fleet.applications.releasing import let_lapse
from fleet.applications.reserving import reserve
from fleet.applications.services import withdraw
from fleet.audit.services import recorded
from fleet.compliance.findings import open_finding
from fleet.contracts.access import Role
from fleet.contracts.accessories import Condition
from fleet.contracts.applications import (
    ApplicationState,
    Preparing,
    ReserveIn,
    Signed,
    Wants,
)
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.facts import AccountCount
from fleet.contracts.findings import Rule
from fleet.contracts.loans import LoanQuery
from fleet.contracts.proof import Level
from fleet.contracts.words import speaking
from fleet.custody import errors as custody
from fleet.custody.issuing import issue
from fleet.custody.lending import extend, loans, shown_loan
from fleet.custody.queries import held_by
from fleet.custody.services import reassign
from fleet.devices.lifecycle import Move
from fleet.devices.services import move_device
from fleet.rotation.models import Rotation
from tests.fleet.applications.firm import A_PHONE, A_SIM, ALL, names

ANYTHING = ReserveIn()


def later(**given):
    return time_machine.travel(now() + timedelta(**given), tick=True)


def why(one):
    return {each.thing: each.why for each in shown(one).reserved}


def test_the_newest_patch_and_then_the_healthiest_battery_is_chosen(firm):
    firm.phone(tag="OLD", patch="2026-08-01", percent=99)
    firm.phone(tag="WORN", percent=80)
    firm.phone(tag="BEST", percent=96)

    one = firm.reserved()

    assert names(one) == ["BEST"]
    assert "healthiest of 3 in stock" in why(one)[Thing.DEVICE]
    assert "patch 2026-10-01, battery 96 %" in why(one)[Thing.DEVICE]


def test_phones_that_nobody_should_be_given_are_not_chosen_and_it_is_said_why(firm):
    firm.phone(seen=now() - timedelta(days=8))
    firm.phone(seen=None)
    firm.phone(accounts=(AccountCount(type="com.xiaomi", count=1),))
    firm.phone(brand="HUAWEI")

    with pytest.raises(errors.NoneFits) as refusal:
        firm.reserved(Wants.model_validate({"phone": {"brands": ["xiaomi"]}}))

    assert "4 are of another kind" in str(refusal.value)
    firm.session.rollback()
    with pytest.raises(errors.NoneFits):
        firm.reserved()


def test_a_phone_whose_accounts_were_not_asked_for_is_not_seen_empty(firm):
    phone = firm.phone()
    told = dict(phone.facts)
    phone.facts = {**told, "gaps": [{"part": "accounts", "reason": "refused"}]}
    firm.session.flush()

    with pytest.raises(errors.NoneFits, match="not seen empty"):
        firm.reserved()


def test_the_account_of_least_risk_with_its_number_is_chosen(firm, make):
    make.sim()
    other = make.sim()
    firm.account(handle="a-of-before", rotated=False)
    firm.account(handle="b-elsewhere", department=firm.hr)
    firm.account(handle="c-unknown", registrant="Gone")
    firm.account(handle="d-colleague", registrant="Hua")
    firm.account(handle="e-nobody", number=other.number)
    firm.phone()

    one = firm.reserved(ALL)

    assert {"e-nobody", other.number} < set(names(one))
    assert "its number is the account's" in why(one)[Thing.SIM]
    assert "least risky of 3 in stock" in why(one)[Thing.ACCOUNT]


def test_a_number_that_an_account_is_bound_to_is_not_given_to_another(firm, make):
    sim = make.sim()
    make.account(number=sim.number)

    with pytest.raises(errors.NoneFits, match="bound to an account"):
        firm.reserved(A_SIM)


def test_a_number_that_rests_is_not_chosen(firm, make):
    make.sim(quarantined_until=now() + timedelta(days=1))

    with pytest.raises(errors.NoneFits, match="rest after their last holder"):
        firm.reserved(A_SIM)


def test_nobody_else_is_given_what_is_set_aside(firm, make):
    phone = firm.phone(tag="WF-1")
    one = firm.reserved()

    with pytest.raises(errors.ThingReserved, match=one.number):
        issue(firm.session, to=make.employee(), devices=[phone], actor=firm.liu)
    other = firm.applied(holder=firm.hua.number)
    firm.approve(other, firm.han)
    with pytest.raises(errors.ThingReserved):
        reserve(firm.session, other, ReserveIn(device="WF-1"), actor=firm.liu)


def test_an_account_that_is_set_aside_is_not_passed_on(firm, make):
    account = firm.account()
    firm.phone(), make.sim()
    firm.reserved(ALL)

    with pytest.raises(errors.ThingReserved):
        reassign(firm.session, account, to=firm.hua, actor=firm.liu)


def test_the_database_itself_keeps_one_reservation_of_a_thing(firm):
    firm.phone()
    [first] = firm.reserved().set_aside
    columns = ("application_id", "thing", "device_id", "made_at", "made_by", "until", "why")

    firm.session.add(Reservation(**{name: getattr(first, name) for name in columns}))

    with pytest.raises(IntegrityError):
        firm.session.flush()


def test_things_are_chosen_by_hand_where_they_are_asked_for(firm, make):
    firm.phone(tag="BEST"), firm.phone(tag="HERS", patch="2025-01-01")
    sim, out = make.sim(), make.device(tag="OUT")
    issue(firm.session, to=firm.hua, devices=[out], actor=firm.liu)
    one = firm.approved()

    def by_hand(**named):
        return reserve(firm.session, one, ReserveIn(**named), actor=firm.liu)

    with pytest.raises(errors.NotWanted):
        by_hand(sim=sim.number)
    firm.session.rollback()


def test_a_phone_chosen_by_hand_is_said_to_be(firm, make):
    firm.phone(tag="BEST"), firm.phone(tag="HERS", patch="2025-01-01")
    make.device(tag="OUT")
    one = firm.approved()

    reserve(firm.session, one, ReserveIn(device="HERS"), actor=firm.liu)

    assert why(one) == {Thing.DEVICE: "chosen by hand"}
    move_device(
        firm.session, one.set_aside[0].device, move=Move.LOSE, reason="gone", actor=firm.liu
    )
    with pytest.raises(errors.NotInStock):
        reserve(firm.session, one, ReserveIn(device="HERS"), actor=firm.liu)


def test_reserving_again_lets_go_of_what_was_set_aside(firm):
    firm.phone(tag="BEST")
    one = firm.reserved()
    firm.phone(tag="BETTER", patch="2026-11-01")

    reserve(firm.session, one, ANYTHING, actor=firm.liu)

    assert names(one) == ["BETTER"]
    assert len(one.reservations) == 2


def test_nothing_of_it_is_set_aside_where_one_thing_is_not_there(firm):
    firm.phone()
    firm.session.commit()

    with pytest.raises(errors.NoneFits):
        firm.reserved(ALL)
    firm.session.rollback()

    assert firm.session.query(Reservation).count() == 0


def test_a_reservation_ends_by_itself(firm):
    firm.phone()
    one = firm.reserved()
    with later(days=6, hours=23):
        assert let_lapse(firm.session) == 0
    with later(days=7, minutes=1):
        assert let_lapse(firm.session) == 1
        assert let_lapse(firm.session) == 0
    assert (one.state, one.set_aside) == (ApplicationState.APPROVED, [])
    assert recorded(firm.session)[-1].because == "out_of_time"


def test_withdrawn_or_lost_things_are_free_again(firm):
    phone = firm.phone()
    one = firm.reserved()
    withdraw(firm.session, one, note="no", actor=firm.liu)
    issue(firm.session, to=firm.hua, devices=[phone], actor=firm.liu)

    other = firm.phone()
    again = firm.reserved()
    move_device(firm.session, other, move=Move.LOSE, reason="gone", actor=firm.liu)
    assert (again.state, again.set_aside) == (ApplicationState.APPROVED, [])


def steps(firm, one):
    return {step.step: step for step in preparation(firm.session, one, actor=firm.liu).steps}


def test_what_is_well_is_prepared_and_each_step_says_how_well_it_is_known(firm, make):
    firm.phone(), firm.account(), make.sim()
    one = firm.reserved(ALL)

    ready = preparation(firm.session, one, actor=firm.as_(firm.ann))

    assert ready.ready
    assert {step.step: step.level for step in ready.steps} == {
        Preparing.SEEN: Level.OBSERVED,
        Preparing.FINDINGS: Level.OBSERVED,
        Preparing.PIN: Level.PROVEN,
        Preparing.APPS: Level.OBSERVED,
        Preparing.PLAN: Level.DECLARED,
        Preparing.ACCOUNT: Level.OBSERVED,
    }


def test_a_station_is_asked_for_what_it_can_do_and_once(firm):
    phone = firm.phone(pin=None)
    one = firm.reserved()

    first = prepare(firm.session, firm.tools, one, actor=firm.liu)
    second = prepare(firm.session, firm.tools, one, actor=firm.liu)

    assert len(first.planned) == 1
    assert second.planned == []
    assert steps(firm, one)[Preparing.PIN].under_way
    assert firm.session.query(Rotation).count() == 1
    assert phone.tag in first.planned[0]


def test_nothing_is_prepared_that_is_not_reserved(firm):
    one = firm.approved()

    with pytest.raises(errors.NothingReserved):
        prepare(firm.session, firm.tools, one, actor=firm.liu)


def test_an_app_that_is_missing_and_a_grave_finding_keep_it_back(firm, tools):
    phone = firm.phone(version=None)
    one = firm.reserved()
    open_finding(
        firm.session, tools, phone, Rule.PIN_REFUSED, since=None, digest=None, actor=firm.liu
    )

    found = steps(firm, one)

    assert not found[Preparing.APPS].ok
    assert "FD-" in found[Preparing.FINDINGS].sentence
    with pytest.raises(errors.NotPrepared):
        firm.sign(one)


def test_who_is_entitled_lets_it_pass_for_a_reason_on_record(firm):
    firm.phone(pin=None)
    one = firm.reserved()

    with pytest.raises(NotAllowed):
        waive(firm.session, one, reason="no station here", actor=firm.liu)
    waive(firm.session, one, reason="no station here", actor=firm.of(Role.ADMINISTRATOR))

    assert preparation(firm.session, one, actor=firm.liu).ready
    firm.sign(one)
    reserve(firm.session, one, ANYTHING, actor=firm.liu)
    assert one.unprepared is None


def test_the_holder_agrees_to_these_things_by_the_text_he_read(firm):
    firm.phone()
    one = firm.reserved()
    with speaking("zh_CN"):
        chinese = agreement_of(firm.session, one)
    digest = agreement_of(firm.session, one).digest
    assert chinese.digest != digest

    firm.sign(one)

    assert (one.state, one.signed_how, one.agreement) == (
        ApplicationState.SIGNED,
        Signed.BY_HOLDER,
        digest,
    )
    assert "lost, stolen" in one.agreed


def test_another_text_or_other_things_are_agreed_to_anew(firm):
    firm.phone()
    one = firm.reserved()
    digest = agreement_of(firm.session, one).digest
    firm.phone(patch="2026-12-01")
    reserve(firm.session, one, ANYTHING, actor=firm.liu)

    from fleet.applications.handing import sign
    from fleet.contracts.applications import SignIn

    with pytest.raises(errors.AgreementMovedOn):
        sign(firm.session, one, SignIn(digest=digest), actor=firm.as_(firm.ann))


def test_nobody_signs_for_another_but_the_desk_says_of_paper(firm):
    firm.phone()
    one = firm.reserved()

    with pytest.raises(errors.NotYourApplication):
        firm.sign(one, firm.as_(firm.hua))
    with pytest.raises(errors.HolderSigns):
        firm.sign(one, firm.liu)
    with pytest.raises(errors.PaperByDesk):
        firm.sign(one, on_paper=True)
    firm.sign(one, firm.liu, on_paper=True)

    assert (one.signed_how, one.signed_by) == (Signed.ON_PAPER, "Liu")


def test_only_what_was_signed_for_is_handed_out_and_the_registrant_is_seen(firm, make):
    firm.phone(), firm.account(registrant="Gone"), make.sim()
    one = firm.reserved(ALL, until=firm.in_days(30))
    with pytest.raises(errors.ApplicationMoveNotAllowed):
        firm.issue(one)
    firm.sign(one)
    with pytest.raises(custody.RegistrantNotSeen):
        firm.issue(one, registrant_seen=False)


def test_handed_out_it_is_a_loan_with_its_day_and_the_application_is_done(firm, make):
    phone, account, sim = firm.phone(), firm.account(registrant="Gone"), make.sim()
    one = firm.reserved(ALL, until=firm.in_days(30))
    firm.sign(one)

    handing = firm.issue(one, condition="new")

    assert {each.name for each in held_by(firm.session, firm.ann)} == {
        phone.tag,
        account.handle,
        sim.number,
    }
    assert {each.due_on for each in handing.holdings} == {one.until}
    assert (one.state, one.condition) == (ApplicationState.ISSUED, Condition.NEW)
    assert [each.ended_because for each in one.reservations] == ["issued"] * 3
    assert len(shown(one).reserved) == 3
    assert sim.number not in str(recorded(firm.session))


def lent(firm, days):
    firm.phone()
    one = firm.reserved(until=firm.in_days(days))
    firm.sign(one)
    firm.issue(one)
    return one


def found(firm, **asked):
    rows, _mark = loans(firm.session, LoanQuery(**asked), actor=firm.liu)
    return [shown_loan(row) for row in rows]


def test_a_loan_is_reminded_of_before_its_day_and_is_overdue_after_it(firm):
    lent(firm, 10)
    assert found(firm, soon=True) == []
    with later(days=7):
        [soon] = found(firm, soon=True)
        assert (soon.days_left, soon.overdue) == (3, False)
        assert found(firm, overdue=True) == []
    with later(days=11):
        [late] = found(firm, overdue=True, holder="E1")
        assert (late.days_left, late.overdue) == (-1, True)


def test_a_loan_is_made_longer_for_a_reason_and_never_shorter(firm):
    lent(firm, 10)
    [one] = found(firm)

    def longer(days, loan=one.id):
        until = firm.in_days(days)
        return extend(firm.session, loan, until=until, reason="fair", actor=firm.liu)

    with pytest.raises(custody.LoanNotLonger):
        longer(5)
    with pytest.raises(custody.LentUntilThePast):
        longer(-1)
    with pytest.raises(custody.LoanNotFound):
        longer(20, "none")
    longer(20)
    assert found(firm)[0].due_on == firm.in_days(20)
    assert recorded(firm.session)[-1].reason == "fair"


def test_what_is_no_loan_has_no_day(firm, make):
    issue(firm.session, to=firm.ann, devices=[make.device()], actor=firm.liu)

    assert found(firm) == []


def test_a_phone_is_picked_without_reading_whole_phones(firm, count_queries):
    for number in range(20):
        firm.phone(percent=50 + number)
    one = firm.approved()
    firm.session.commit()

    with count_queries() as sent:
        reserve(firm.session, one, ANYTHING, actor=firm.liu)

    assert len(sent) < 30
    assert names(one)
    assert one.wanted == A_PHONE
