"""Who asks, who decides, and who comes next: nobody decides about his own."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from fleet.access.errors import NotAllowed
from fleet.access.models import RoleGrant, User
from fleet.accounts.errors import AccountNotFound
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.requests import Desk, RequestState
from fleet.custody.issuing import issue
from fleet.custody.services import start_return
from fleet.devices.errors import DeviceNotFound
from fleet.people.models import Status
from fleet.requests import errors
from fleet.requests.delegating import delegate, end_delegation
from fleet.requests.making import begun
from fleet.requests.queries import request_within, shown
from fleet.requests.services import ask, decide, escalate, withdraw


def approve(company, request, actor):
    decide(company.session, request, approve=True, note="go ahead", actor=actor)


def later(**given):
    return time_machine.travel(now() + timedelta(**given), tick=True)


def waits_at(request):
    return request.desk, request.department.code


def test_a_holder_asks_and_the_head_of_his_department_approves(company):
    request = company.asked()
    assert waits_at(request) == (Desk.HEAD, "SALES")

    approve(company, request, company.as_(company.wei))

    assert (request.state, request.decided_by) == (RequestState.APPROVED, "Wei")
    assert request.number.startswith(f"CR-{now().year}-")


def test_a_refusal_ends_it_with_the_reason(company):
    request = company.asked()

    decide(
        company.session, request, approve=False, note="not needed", actor=company.as_(company.wei)
    )

    assert (request.state, request.note) == (RequestState.REFUSED, "not needed")
    assert company.asked().number != request.number


def test_a_second_request_is_refused_and_names_the_first(company):
    first = company.asked()

    with pytest.raises(errors.RequestOpen, match=first.number):
        company.asked(by=company.liu)


def test_the_database_itself_allows_one_open_request(company):
    first = company.asked()
    second = begun(
        company.session, first.credential, company.ann, first.what, "again", actor=company.liu
    )

    company.session.add(second)

    with pytest.raises(IntegrityError):
        company.session.flush()


def test_it_asks_on_behalf_of_the_holder(company):
    request = company.asked(by=company.liu)

    assert (request.holder, request.asked_by) == (company.ann, "Liu")


def test_what_is_not_his_does_not_exist_for_him(company, make):
    other = make.device()
    issue(company.session, to=company.wei, devices=[other], actor=company.liu)

    with pytest.raises(DeviceNotFound):
        company.asked(device=other)
    with pytest.raises(AccountNotFound):
        ask(
            company.session,
            company.tools,
            CredentialKind.ACCOUNT_PASSWORD,
            make.account().handle,
            reason="mine?",
            actor=company.as_(company.ann),
        )


def test_nobody_asks_for_what_nobody_holds_or_what_is_coming_back(company, make):
    with pytest.raises(errors.NotHeldNow):
        company.asked(by=company.liu, device=make.device())

    start_return(company.session, company.phone, actor=company.liu)
    with pytest.raises(errors.BeingReturned):
        company.asked()


def test_a_puk_is_printed_on_its_card(company, make):
    sim = make.sim()
    issue(company.session, to=company.ann, sims=[sim], actor=company.liu)

    with pytest.raises(errors.NobodyCanChangeIt):
        ask(
            company.session,
            company.tools,
            CredentialKind.SIM_PUK,
            sim.number,
            reason="known",
            actor=company.as_(company.ann),
        )


def test_nobody_decides_about_his_own_nor_what_he_asked_for(company, make):
    own = make.device()
    issue(company.session, to=company.wei, devices=[own], actor=company.liu)
    request = company.asked(by=company.as_(company.wei), device=own)
    assert waits_at(request) == (Desk.HEAD, "COMPANY")

    with pytest.raises(errors.HolderDecides):
        approve(company, request, company.as_(company.wei))
    approve(company, request, company.as_(company.han))


def test_the_own_request_of_the_head_at_the_top_goes_to_security(company, make):
    own = make.device()
    issue(company.session, to=company.han, devices=[own], actor=company.liu)
    request = company.asked(by=company.as_(company.han), device=own)
    assert request.desk is Desk.SECURITY

    with pytest.raises(errors.NotTheApprover):
        approve(company, request, company.of(Role.SUPERVISOR))
    approve(company, request, company.of(Role.SECURITY))


def test_only_who_is_asked_decides(company):
    request = company.asked()

    for actor in (company.as_(company.han), company.of(Role.SECURITY), company.of(Role.SUPERVISOR)):
        with pytest.raises(errors.NotTheApprover, match="Wei"):
            approve(company, request, actor)
    for role in (Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            approve(company, request, company.of(role))


def test_what_was_decided_is_not_decided_again(company):
    request = company.approved()

    with pytest.raises(errors.RequestMoveNotAllowed, match="approved"):
        approve(company, request, company.as_(company.wei))


def gone(company):
    company.sales.head = None


def left(company):
    company.wei.status = Status.LEFT


def shut_out(company):
    company.session.get_one(User, company.as_(company.wei).id).active = False


def ungranted(company):
    theirs = select(RoleGrant).where(RoleGrant.department_id == company.sales.id)
    company.session.scalars(theirs).one().ended_at = now()


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (gone, "no_head"),
        (left, "head_left"),
        (shut_out, "head_without_user"),
        (ungranted, "head_without_role"),
    ],
)
def test_a_head_who_cannot_decide_is_passed_over_at_once_saying_why(company, happens, why):
    happens(company)
    company.session.flush()
    request = company.asked()

    assert waits_at(request) == (Desk.HEAD, "COMPANY")
    assert [hop.why for hop in shown(request).way] == [None, why]
    approve(company, request, company.as_(company.han))


@pytest.mark.parametrize("happens", [gone, left, shut_out])
def test_a_head_who_goes_later_is_passed_over_by_the_next_turn(company, happens):
    request = company.asked()
    assert escalate(company.session) == 0

    happens(company)
    company.session.flush()

    assert escalate(company.session) == 1
    assert waits_at(request) == (Desk.HEAD, "COMPANY")


def test_what_is_not_decided_in_time_goes_up_step_by_step_and_each_once(company):
    request = company.asked()
    company.of(Role.SUPERVISOR)
    with later(days=1, hours=23):
        assert escalate(company.session) == 0
    with later(days=2, minutes=1):
        assert escalate(company.session) == 1
        assert escalate(company.session) == 0
        assert waits_at(request) == (Desk.HEAD, "COMPANY")
    with later(days=4, minutes=2):
        assert escalate(company.session) == 1
        assert request.desk is Desk.SUPERVISOR
    with later(days=9):
        assert escalate(company.session) == 0
        assert shown(request).overdue

    passed = [e.why for e in recorded(company.session) if e.name == "request.passed_on"]
    assert passed == ["not_decided_in_time"] * 2


def test_where_nobody_supervises_the_security_officer_decides_in_the_end(company):
    company.top.head = company.sales.head = None
    company.session.flush()

    request = company.asked()

    assert request.desk is Desk.SECURITY


def test_a_supervisor_of_another_part_is_not_asked(company, make):
    elsewhere = make.department()
    company.top.head = company.sales.head = None
    user = make.user(Role.EMPLOYEE)
    make.grant(user, Role.SUPERVISOR, department_id=elsewhere.id)

    assert company.asked().desk is Desk.SECURITY


def test_a_delegate_decides_in_the_time_of_his_delegation(company, make):
    ben = make.employee(name="Ben")
    ben_as, wei_as = company.as_(ben), company.as_(company.wei)
    request = company.asked()
    with pytest.raises(errors.NotTheApprover):
        approve(company, request, ben_as)

    terms = {"begins_at": now() + timedelta(hours=1), "ends_at": now() + timedelta(days=3)}
    delegate(company.session, ben.number, **terms, reason="on holiday", actor=wei_as)
    with pytest.raises(errors.NotTheApprover):
        approve(company, request, ben_as)
    with later(hours=2):
        approve(company, request_within(company.session, request.number, actor=ben_as), ben_as)

    assert (request.decided_by, request.decided_as) == ("Ben", "delegate")


def test_a_delegate_does_not_decide_about_his_own(company):
    terms = {"begins_at": None, "ends_at": now() + timedelta(days=3)}
    ann_as, wei_as = company.as_(company.ann), company.as_(company.wei)
    delegate(company.session, company.ann.number, **terms, reason="on holiday", actor=wei_as)

    with pytest.raises(errors.HolderDecides):
        approve(company, company.asked(), ann_as)


def test_a_delegation_that_was_ended_gives_nothing(company, make):
    ben = make.employee()
    ben_as, wei_as = company.as_(ben), company.as_(company.wei)
    terms = {"begins_at": None, "ends_at": now() + timedelta(days=3)}
    made = delegate(company.session, ben.number, **terms, reason="on holiday", actor=wei_as)

    end_delegation(company.session, str(made.id), actor=wei_as)

    with pytest.raises(errors.NotTheApprover):
        approve(company, company.asked(), ben_as)
    with pytest.raises(errors.DelegationOver):
        end_delegation(company.session, str(made.id), actor=wei_as)
    with pytest.raises(errors.DelegationNotFound):
        end_delegation(company.session, str(made.id), actor=ben_as)


def test_a_delegation_that_cannot_be_is_refused(company, make):
    wei_as, terms = company.as_(company.wei), {"begins_at": None, "reason": "on holiday"}
    stranger, tomorrow = make.employee(), now() + timedelta(days=1)

    def name(number, actor=wei_as, ends_at=tomorrow):
        delegate(company.session, number, ends_at=ends_at, **terms, actor=actor)

    with pytest.raises(errors.DelegateUnknownHere):
        name(stranger.number)
    with pytest.raises(errors.DelegateOfOneself):
        name(company.wei.number)
    with pytest.raises(errors.DelegationNotPossible):
        name(stranger.number, ends_at=now() - timedelta(days=1))
    with pytest.raises(errors.NoDepartmentOfYours):
        name(stranger.number, actor=company.as_(company.ann))


def test_a_holder_withdraws_his_own_and_nobody_elses(company, make):
    request = company.asked()
    other = company.as_(make.employee())

    with pytest.raises(errors.NotYourRequest):
        withdraw(company.session, company.tools, request, note="no", actor=other)
    withdraw(company.session, company.tools, request, note="no", actor=company.as_(company.ann))

    assert request.state is RequestState.WITHDRAWN
    with pytest.raises(errors.RequestMoveNotAllowed):
        approve(company, request, company.as_(company.wei))


def test_every_step_is_in_the_trail(company):
    company.approved()

    told = [event.name for event in recorded(company.session)]
    assert [name for name in told if name.startswith("request.")] == [
        "request.made",
        "request.decided",
    ]


def test_others_requests_do_not_exist(company, make):
    request = company.asked()

    with pytest.raises(errors.RequestNotFound):
        request_within(company.session, request.number, actor=company.as_(make.employee()))
    assert request_within(company.session, request.number, actor=company.as_(company.wei))
