"""A waiver is asked for by one, granted by another, ends on a day, and never says which phone."""

from datetime import timedelta

import pytest

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName
from fleet.contracts.waivers import LONGEST_DAYS, WaiverIn, WaiverQuery, WaiverState
from fleet.custody.acceptance import accept
from fleet.custody.errors import (
    CannotBeWaived,
    GateOpen,
    NotOnItsWayBack,
    OwnWaiver,
    WaiverAskedAlready,
    WaiverDecided,
    WaiverTermWrong,
)
from fleet.custody.gate import gate
from fleet.custody.issuing import issue
from fleet.custody.services import start_return
from fleet.custody.waivers import ask_waiver, decide_waiver, waivers, withdraw_waiver
from tests.fleet.custody.proofs import look, return_with_proof, waive

PIN = WaiverIn(check=CheckName.PIN, reason="the screen is broken")


@pytest.fixture
def phone(session, make):
    device = make.device()
    issue(session, to=make.employee(), devices=[device], actor=make.actor())
    start_return(session, device, actor=make.actor())
    return device


@pytest.fixture
def operator(make):
    return make.actor(Role.OPERATOR, "Liu Yang")


@pytest.fixture
def boss(make):
    return make.actor(Role.ADMINISTRATOR, "Chen Hao")


def pin_of_gate(session, device):
    return next(one for one in gate(session, device).checks if one.check is CheckName.PIN)


def test_what_is_asked_for_passes_nothing_until_another_grants_it(session, phone, operator, boss):
    asked = ask_waiver(session, phone, PIN, actor=operator)
    check = pin_of_gate(session, phone)
    assert (check.ok, check.asked_waiver) == (False, asked.number)

    decide_waiver(session, asked.number, grant=True, note="I have seen it", actor=boss)

    check = pin_of_gate(session, phone)
    assert (check.ok, check.waiver, check.waived_by) == (True, asked.number, "Chen Hao")
    assert [one.name for one in recorded(session)][-2:] == ["waiver.asked", "waiver.granted"]


def test_what_is_refused_passes_nothing_and_is_decided(session, phone, operator, boss):
    asked = ask_waiver(session, phone, PIN, actor=operator)
    decide_waiver(session, asked.number, grant=False, note="mend it", actor=boss)

    assert not pin_of_gate(session, phone).ok
    with pytest.raises(WaiverDecided):
        decide_waiver(session, asked.number, grant=True, note="well", actor=boss)


def test_nobody_grants_what_he_asked_for(session, phone, boss):
    asked = ask_waiver(session, phone, PIN, actor=boss)

    with pytest.raises(OwnWaiver):
        decide_waiver(session, asked.number, grant=True, note="me", actor=boss)


def test_an_operator_grants_nothing(session, phone, operator, boss):
    asked = ask_waiver(session, phone, PIN, actor=boss)

    with pytest.raises(NotAllowed):
        decide_waiver(session, asked.number, grant=True, note="me", actor=operator)


def test_a_waiver_that_has_ended_does_not_count(session, make, phone):
    waived = waive(session, phone, check=CheckName.PIN, reason="broken", actor=make.actor())
    assert pin_of_gate(session, phone).ok

    waived.until = now() - timedelta(seconds=1)

    assert not pin_of_gate(session, phone).ok
    assert waivers(session, WaiverQuery(counting=True), actor=make.actor())[0] == []


@pytest.mark.parametrize("days", [-1, LONGEST_DAYS + 1])
def test_it_ends_in_the_future_and_not_too_far_away(session, phone, operator, days):
    given = PIN.model_copy(update={"until": now() + timedelta(days=days)})

    with pytest.raises(WaiverTermWrong):
        ask_waiver(session, phone, given, actor=operator)


def test_which_phone_it_is_cannot_be_waived(session, phone, operator):
    given = PIN.model_copy(update={"check": CheckName.IDENTITY})

    with pytest.raises(CannotBeWaived):
        ask_waiver(session, phone, given, actor=operator)


def test_for_a_phone_in_stock_nothing_is_asked(session, make, operator):
    with pytest.raises(NotOnItsWayBack):
        ask_waiver(session, make.device(), PIN, actor=operator)


def test_a_check_is_asked_for_once_at_a_time(session, phone, operator):
    ask_waiver(session, phone, PIN, actor=operator)

    with pytest.raises(WaiverAskedAlready):
        ask_waiver(session, phone, PIN, actor=operator)


def test_one_in_force_is_taken_back_by_who_may_grant(session, make, phone, operator, boss):
    asked = ask_waiver(session, phone, PIN, actor=operator)
    decide_waiver(session, asked.number, grant=True, note="seen", actor=boss)
    other = make.actor(Role.OPERATOR, "Qian Wei")
    with pytest.raises(NotAllowed):
        withdraw_waiver(session, asked.number, note="no", actor=other)

    withdraw_waiver(session, asked.number, note="it was mended", actor=boss)

    assert asked.state is WaiverState.WITHDRAWN
    assert not pin_of_gate(session, phone).ok


def test_the_certificate_prints_who_why_and_until(session, tools, make, phone):
    return_with_proof(session, tools, make, phone, None)
    look(session, tools, make, phone, signed_in=("com.xiaomi",))
    with pytest.raises(GateOpen):
        accept(session, phone, actor=make.actor())
    given = {"check": CheckName.VENDOR_ACCOUNT, "reason": "board is scrapped"}
    waived = waive(session, phone, **given, actor=make.actor(name="Chen Hao"))

    paper = accept(session, phone, actor=make.actor()).certificate

    stood = next(one for one in paper.checks if one["check"] == "vendor_account")
    assert (stood["waived_by"], stood["waiver"]) == ("Chen Hao", waived.number)
    assert stood["waived_because"] == "board is scrapped"
    assert stood["waived_until"] is not None
