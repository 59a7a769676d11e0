"""The return gate asks whether the exit sheet of a return is signed, and by whom."""

from datetime import date, timedelta

import pytest
import time_machine

import fleet.wiring  # noqa: F401 — who is asked
from fleet.cases.opening import open_leaving
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName
from fleet.contracts.papers import PaperIn, PaperKind, PaperRole
from fleet.contracts.proof import Level
from fleet.custody.gate import gate
from fleet.custody.issuing import issue
from fleet.custody.services import start_return
from fleet.papers import signing
from fleet.papers.services import make_paper, void_paper
from tests.fleet.papers.hands import attested, in_person, signed


@pytest.fixture
def ann(make):
    return make.employee(name="王芳")


@pytest.fixture
def desk(make):
    return in_person(make.actor(Role.OPERATOR, "Liu Yang"))


@pytest.fixture
def phone(session, make, ann, desk):
    device = make.device()
    issue(session, to=ann, devices=[device], actor=desk)
    return device


def exit_sheet(session, ann, desk):
    given = PaperIn(kind=PaperKind.EXIT_SHEET, subject=ann.number)
    return make_paper(session, given, actor=desk)


def check(session, device):
    return next(one for one in gate(session, device).checks if one.check is CheckName.SIGNATURES)


def test_a_sheet_that_was_made_is_signed_by_holder_and_receiver(session, make, ann, desk, phone):
    start_return(session, phone, actor=desk)
    assert check(session, phone).ok
    sheet = exit_sheet(session, ann, desk)
    assert sheet.number in check(session, phone).sentence
    assert not check(session, phone).ok

    signing.attest(session, sheet, attested(sheet, PaperRole.HOLDER, ann.name), actor=desk)
    assert not check(session, phone).ok
    signing.sign(session, sheet, signed(sheet, PaperRole.IT), actor=desk)

    found = check(session, phone)
    assert (found.ok, found.level) == (True, Level.DECLARED)
    assert {one.digest for one in found.proofs} == {sheet.digest}


def test_a_signed_sheet_of_before_is_named_and_says_that_it_does_not_count(
    session, ann, desk, phone
):
    sheet = exit_sheet(session, ann, desk)
    assert sheet.number not in check(session, phone).sentence
    signing.attest(session, sheet, attested(sheet, PaperRole.HOLDER, ann.name), actor=desk)
    signing.sign(session, sheet, signed(sheet, PaperRole.IT), actor=desk)

    with time_machine.travel(now() + timedelta(hours=1)):
        start_return(session, phone, actor=desk)
        found = check(session, phone)

    assert (found.ok, found.level, found.needed) == (True, Level.NONE, Level.NONE)
    assert f"{sheet.number} is from before this return" in found.sentence


def test_the_sheet_of_a_leaving_is_another_than_the_one_from_before(
    session, tools, ann, desk, phone
):
    ann.leaves_on = date(2099, 12, 31)
    before = exit_sheet(session, ann, desk)
    case = open_leaving(session, tools, ann, by=ann.leaves_on, actor=desk)

    after = exit_sheet(session, ann, desk)

    assert (before.replaced_by, after.number != before.number) == (after, True)
    assert case.number in str(after.content)


def test_a_sheet_of_before_and_one_that_is_void_ask_for_nothing(session, ann, desk, phone):
    exit_sheet(session, ann, desk)
    start_return(session, phone, actor=desk)
    assert check(session, phone).needed is Level.NONE
    phone.returning_since = phone.found_at
    sheet_number = check(session, phone).sentence
    assert "EX-" in sheet_number

    void_paper(session, exit_sheet(session, ann, desk), reason="a slip", actor=desk)

    assert check(session, phone).needed is Level.NONE
