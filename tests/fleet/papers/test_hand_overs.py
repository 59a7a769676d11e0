"""A hand-over by three rests on its paper: once all have signed it, and as long as it counts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from fleet.access.actor import HeldRole
from fleet.audit.services import recorded
from fleet.cases import services as cases
from fleet.cases.opening import handing_on_of, open_case
from fleet.cases.queries import shown_case
from fleet.contracts.access import Role
from fleet.contracts.cases import CaseStepKind, StepState
from fleet.contracts.clock import now
from fleet.contracts.papers import PaperIn, PaperKind, PaperRole
from fleet.contracts.proof import Level
from fleet.custody.issuing import issue
from fleet.custody.queries import open_holding
from fleet.papers import signing
from fleet.papers.services import make_paper, void_paper
from tests.fleet.papers.hands import attested, in_person, signed

BY = date(2099, 12, 31)
SIGNED = (CaseStepKind.GIVER_SIGNS, CaseStepKind.RECEIVER_SIGNS, CaseStepKind.WITNESS_SIGNS)
ROLES = (PaperRole.GIVER, PaperRole.RECEIVER, PaperRole.WITNESS)


@pytest.fixture
def desk(make):
    return in_person(make.actor(Role.OPERATOR, "Liu Yang"))


@pytest.fixture
def three(make):
    return [make.employee(name=name) for name in ("王芳", "陈浩", "周敏")]


@pytest.fixture
def account(session, make, three, desk):
    account = make.account()
    issue(session, to=three[0], accounts=[account], actor=desk)
    return account


@pytest.fixture
def case(session, tools, three, account, desk):
    _ann, ben, eve = three
    wanted = handing_on_of(session, account, ben, by=BY, witness=eve)
    return open_case(session, tools, wanted, actor=desk)


def paper_for(session, account, desk, to, witness, **given):
    told = {"subject": account.handle, "to": to.number, "witness": witness.number, **given}
    return make_paper(session, PaperIn(kind=PaperKind.ACCOUNT_HAND_OVER, **told), actor=desk)


def stood(session, case):
    shown = {one.kind: one for one in shown_case(session, case).steps}
    return [shown[kind] for kind in SIGNED]


def sign_all(session, paper, three, make, desk):
    """王芳 signs by her own sign-in, the others at the desk."""
    hers = replace(make.actor(Role.EMPLOYEE, "王芳"), roles=(HeldRole(Role.EMPLOYEE),))
    hers = in_person(hers, three[0])
    signing.sign(session, paper, signed(paper, PaperRole.GIVER), actor=hers)
    for role, person in zip(ROLES[1:], three[1:], strict=True):
        signing.attest(session, paper, attested(paper, role, person.name), actor=desk)


def test_what_all_three_have_signed_is_their_word(session, make, three, account, case, desk):
    paper = paper_for(session, account, desk, *three[1:])
    signing.attest(session, paper, attested(paper, PaperRole.WITNESS, three[2].name), actor=desk)
    assert not any(one.done for one in stood(session, case))

    signing.attest(session, paper, attested(paper, PaperRole.GIVER, three[0].name), actor=desk)
    signing.attest(session, paper, attested(paper, PaperRole.RECEIVER, three[1].name), actor=desk)

    steps = stood(session, case)
    assert {one.state for one in steps} == {StepState.DONE}
    assert [one.by for one in steps] == [one.name for one in three]
    assert {(one.paper, one.paper_digest) for one in steps} == {(paper.number, paper.digest)}
    told = [one for one in recorded(session) if one.name == "case.step_signed"]
    assert [one.digest for one in told] == [paper.digest] * 3


def test_each_word_is_known_as_well_as_its_signature(session, make, three, account, case, desk):
    paper = paper_for(session, account, desk, *three[1:])

    sign_all(session, paper, three, make, desk)

    levels = [one.level for one in stood(session, case)]
    assert levels == [Level.OBSERVED, Level.DECLARED, Level.DECLARED]


def test_a_paper_takes_the_place_of_a_word(session, make, three, account, case, desk):
    step = next(one.number for one in case.steps if one.kind is SIGNED[0])
    cases.do(session, case.number, step, note="she said so", actor=desk)

    paper = paper_for(session, account, desk, *three[1:])
    sign_all(session, paper, three, make, desk)

    first = stood(session, case)[0]
    assert (first.level, first.paper, first.note) == (Level.OBSERVED, paper.number, None)


def test_the_paper_of_two_others_is_none_of_its(session, make, three, account, case, desk):
    other = make.employee(name="李雷")
    paper = paper_for(session, account, desk, other, three[2])

    sign_all(session, paper, [three[0], other, three[2]], make, desk)

    assert not any(one.done for one in stood(session, case))


def opened(session, tools, three, account, desk):
    wanted = handing_on_of(session, account, three[1], by=BY, witness=three[2])
    return open_case(session, tools, wanted, actor=desk)


def test_what_all_signed_before_the_case_was_opened_is_their_word(
    session, tools, make, three, account, desk
):
    paper = paper_for(session, account, desk, *three[1:])
    sign_all(session, paper, three, make, desk)

    case = opened(session, tools, three, account, desk)

    steps = stood(session, case)
    assert [one.by for one in steps] == [one.name for one in three]
    assert {(one.done, one.paper) for one in steps} == {(True, paper.number)}
    assert [one.level for one in steps] == [Level.OBSERVED, Level.DECLARED, Level.DECLARED]
    void_paper(session, paper, reason="the wrong account", actor=desk)
    assert not any(one.done for one in stood(session, case))


def test_what_some_signed_before_counts_once_the_last_has_signed(
    session, tools, make, three, account, desk
):
    paper = paper_for(session, account, desk, *three[1:])
    first, *rest = zip(ROLES, three, strict=True)
    signing.attest(session, paper, attested(paper, first[0], first[1].name), actor=desk)

    case = opened(session, tools, three, account, desk)
    assert not any(one.done for one in stood(session, case))
    for role, person in rest:
        signing.attest(session, paper, attested(paper, role, person.name), actor=desk)

    assert all(one.done for one in stood(session, case))


@pytest.mark.parametrize("why", ["void", "other receiver", "handed out again since", "altered"])
def test_a_paper_of_something_else_is_no_word_in_a_case_that_is_opened_later(
    session, tools, make, three, account, desk, why
):
    other = make.employee(name="李雷") if why == "other receiver" else three[1]
    paper = paper_for(session, account, desk, other, three[2])
    sign_all(session, paper, [three[0], other, three[2]], make, desk)
    if why == "void":
        void_paper(session, paper, reason="the wrong account", actor=desk)
    elif why == "handed out again since":
        open_holding(session, account).issued_at = now() + timedelta(seconds=1)
    elif why == "altered":
        paper.digest = "0" * 64
    session.flush()

    case = opened(session, tools, three, account, desk)

    assert not any(one.done for one in stood(session, case))


@pytest.mark.parametrize("lapse", ["void", "replaced"])
def test_what_rested_on_a_paper_that_counts_no_more_is_open_again(
    session, make, three, account, case, desk, lapse
):
    paper = paper_for(session, account, desk, *three[1:])
    sign_all(session, paper, three, make, desk)

    if lapse == "void":
        void_paper(session, paper, reason="the wrong account", actor=desk)
    else:
        account.nickname = "采购部-王芳"
        session.flush()
        paper_for(session, account, desk, *three[1:], replace=True)

    assert {(one.done, one.paper) for one in stood(session, case)} == {(False, None)}
    assert recorded(session)[-1].name == "case.step_unsigned"
