"""Who applies for what and for whom, who is asked one after the other, and what ends it."""

from datetime import timedelta

import pytest
import time_machine

from fleet.access.errors import NotAllowed
from fleet.applications import errors
from fleet.applications.kits import kits, remove_kit, set_kit
from fleet.applications.policies import in_force, policies, set_policy
from fleet.applications.queries import application_within, applications, shown, today
from fleet.applications.releasing import let_lapse
from fleet.applications.services import decide, escalate, make, withdraw
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.applications import (
    ApplicationIn,
    ApplicationPolicyIn,
    ApplicationQuery,
    ApplicationState,
    ApplicationTermsQuery,
    KitIn,
    KitQuery,
    Lapse,
    Term,
    Wants,
)
from fleet.contracts.clock import now
from fleet.contracts.requests import Desk
from fleet.custody.errors import LentUntilThePast, OneAccountOfAKind
from fleet.custody.issuing import issue
from fleet.people.errors import EmployeeNotActive
from fleet.people.models import Status
from fleet.requests.delegating import delegate
from tests.fleet.applications.firm import A_PHONE, A_SIM, ALL


def later(**given):
    return time_machine.travel(now() + timedelta(**given), tick=True)


def told(firm):
    return [one.name for one in recorded(firm.session) if one.name.startswith("application.")]


def test_an_employee_applies_for_himself_and_his_head_approves(firm):
    one = firm.applied(by=firm.as_(firm.ann))
    assert (one.state, one.desk, one.department) == (
        ApplicationState.REQUESTED,
        Desk.HEAD,
        firm.sales,
    )

    firm.approve(one, firm.wei)

    assert one.state is ApplicationState.APPROVED
    assert one.number.startswith(f"AP-{now().year}-")
    assert told(firm) == ["application.made", "application.decided"]


def test_nobody_applies_for_another_but_the_desk(firm):
    with pytest.raises(errors.NotForOthers):
        firm.applied(by=firm.as_(firm.wei))
    with pytest.raises(NotAllowed):
        firm.applied(by=firm.of(Role.AUDITOR))
    assert firm.applied(by=firm.liu).asked_by == "Liu"


def test_the_desk_names_whom_it_is_for(firm):
    given = ApplicationIn(reason="for somebody", wants=A_PHONE)

    with pytest.raises(errors.NobodyToApplyFor):
        make(firm.session, given, actor=firm.liu)


def test_approvers_are_asked_one_after_the_other(firm):
    firm.asks("head", "head:HR", "head:COMPANY")
    one = firm.applied()

    firm.approve(one, firm.wei)
    assert (one.state, one.department) == (ApplicationState.REQUESTED, firm.hr)
    with pytest.raises(errors.NotItsApprover, match="Hua"):
        firm.approve(one, firm.wei)
    firm.approve(one, firm.hua)
    firm.approve(one, firm.han)

    assert one.state is ApplicationState.APPROVED
    assert [each.decided_by for each in one.approvals] == ["Wei", "Hua", "Han"]


def test_one_refusal_ends_it_with_the_reason(firm):
    firm.asks("head", "head:HR")
    one = firm.applied()
    firm.approve(one, firm.wei)

    decide(firm.session, one, approve=False, note="no post", actor=firm.as_(firm.hua))

    assert (one.state, one.note, one.ended_by) == (ApplicationState.REFUSED, "no post", "Hua")
    assert firm.applied().number != one.number


def test_where_nobody_is_asked_it_is_approved_at_once(firm):
    firm.asks(term=Term.LOAN)

    assert firm.applied(until=firm.in_days(5)).state is ApplicationState.APPROVED
    assert firm.applied(A_SIM).state is ApplicationState.REQUESTED


def test_a_delegate_decides_and_it_is_said_by_which_delegation(firm, make):
    ben = make.employee(name="Ben")
    terms = {"begins_at": None, "ends_at": now() + timedelta(days=3)}
    ben_as, wei_as = firm.as_(ben), firm.as_(firm.wei)
    delegate(firm.session, ben.number, **terms, reason="on holiday", actor=wei_as)

    one = application_within(firm.session, firm.applied().number, actor=ben_as)
    decide(firm.session, one, approve=True, note="go ahead", actor=ben_as)

    assert one.approvals[0].decided_as == "delegate"


def test_nobody_decides_about_his_own_nor_what_he_asked_for(firm):
    own = make(
        firm.session, ApplicationIn(reason="for me", wants=A_PHONE), actor=firm.as_(firm.wei)
    )
    assert own.department is firm.top

    with pytest.raises(errors.ApplicantDecides):
        firm.approve(own, firm.wei)
    firm.approve(own, firm.han)


def test_a_head_who_is_not_there_is_passed_over_saying_why(firm):
    firm.sales.head = None
    firm.session.flush()

    one = firm.applied()

    assert one.department is firm.top
    assert [hop.why for hop in shown(one).way] == [None, "no_head"]


def test_what_is_not_decided_in_time_goes_up(firm):
    one = firm.applied()
    with later(days=1):
        assert escalate(firm.session) == 0
    with later(days=2, minutes=1):
        assert escalate(firm.session) == 1
        assert escalate(firm.session) == 0
    assert one.department is firm.top
    assert told(firm)[-1] == "application.passed_on"


def test_what_was_decided_is_not_decided_again(firm):
    one = firm.approved()

    with pytest.raises(errors.ApplicationMoveNotAllowed, match="approved"):
        firm.approve(one, firm.wei)


def test_one_person_has_one_open_application_for_a_thing(firm):
    first = firm.applied(ALL)

    with pytest.raises(errors.ApplicationOpen, match=first.number):
        firm.applied(A_SIM)


def test_a_second_account_of_a_kind_needs_a_reason_that_stays(firm, make):
    issue(firm.session, to=firm.ann, accounts=[make.account()], actor=firm.liu)

    with pytest.raises(OneAccountOfAKind):
        firm.applied(ALL)
    assert firm.applied(ALL, exception="a second market").exception == "a second market"


def test_the_real_name_is_written_in_the_set_format(firm):
    firm.asks("head", name_format="{department}-{name}")

    with pytest.raises(errors.RealNameWrong, match="Sales-Ann"):
        firm.applied(real_name="Ann")
    assert firm.applied(real_name="Sales-Ann").real_name == "Sales-Ann"


def test_nothing_is_lent_until_the_past(firm):
    with pytest.raises(LentUntilThePast):
        firm.applied(until=firm.in_days(0))


def test_who_leaves_is_given_nothing_and_what_he_applied_for_ends(firm):
    one = firm.applied()
    firm.ann.status = Status.LEAVING
    firm.session.flush()

    with pytest.raises(EmployeeNotActive):
        firm.applied(A_SIM)
    assert let_lapse(firm.session) == 1
    assert (one.state, one.lapse) == (ApplicationState.EXPIRED, Lapse.HOLDER_GONE)


def test_what_is_approved_and_never_handed_out_expires(firm):
    one = firm.approved()
    with later(days=29):
        assert let_lapse(firm.session) == 0
    with later(days=30, minutes=1):
        assert let_lapse(firm.session) == 1
        assert let_lapse(firm.session) == 0
    assert (one.state, one.lapse) == (ApplicationState.EXPIRED, Lapse.NOT_ISSUED)
    assert told(firm)[-1] == "application.expired"


def test_a_loan_whose_day_came_before_it_was_handed_out_expires(firm):
    one = firm.applied(until=firm.in_days(3))
    with later(days=3):
        assert let_lapse(firm.session) == 1
    assert one.lapse is Lapse.DAY_PASSED


def test_an_applicant_takes_his_own_back_and_nobody_elses(firm, make):
    one = firm.applied()

    with pytest.raises(errors.NotYourApplication):
        withdraw(firm.session, one, note="no", actor=firm.as_(make.employee()))
    withdraw(firm.session, one, note="found another", actor=firm.as_(firm.ann))

    assert one.state is ApplicationState.WITHDRAWN
    with pytest.raises(errors.ApplicationMoveNotAllowed):
        firm.approve(one, firm.wei)


def test_others_applications_do_not_exist(firm, make):
    one, stranger = firm.applied(), firm.as_(make.employee())

    with pytest.raises(errors.ApplicationNotFound):
        application_within(firm.session, one.number, actor=stranger)
    assert applications(firm.session, ApplicationQuery(), actor=stranger) == ([], None)


def test_whoever_has_decided_still_sees_it(firm):
    firm.asks("head", "head:HR")
    one = firm.applied()
    with pytest.raises(errors.ApplicationNotFound):
        application_within(firm.session, one.number, actor=firm.as_(firm.hua))

    firm.approve(one, firm.wei)
    firm.approve(one, firm.hua)

    assert application_within(firm.session, one.number, actor=firm.as_(firm.hua)) is one


def test_a_list_is_narrowed_and_counted(firm):
    firm.asks("head", term=Term.LOAN)
    first, loan = firm.applied(), firm.applied(A_SIM, until=firm.in_days(9))
    firm.approve(first, firm.wei)

    def found(actor=firm.liu, **asked):
        rows, _mark = applications(firm.session, ApplicationQuery(**asked), actor=actor)
        return {one.number for one in rows}

    assert found(term=Term.LOAN) == found(state=ApplicationState.REQUESTED) == {loan.number}
    assert found(term=Term.PERMANENT) == {first.number}
    assert found(department="COMPANY", open=True) == {first.number, loan.number}
    assert found(department="NONE") == found(holder="E0") == found(overdue=True) == set()
    assert found(actor=firm.as_(firm.wei), mine=True) == {loan.number}
    assert today(firm.session, actor=firm.as_(firm.wei)).to_decide == 1
    assert today(firm.session, actor=firm.liu).to_issue == 1


def test_a_kit_is_what_it_was_when_it_was_applied_for(firm):
    set_kit(firm.session, "sales", KitIn(title="Sales", wants=ALL), actor=firm.liu)
    one = make(
        firm.session, ApplicationIn(holder="E1", kit="sales", reason="starts"), actor=firm.liu
    )

    set_kit(firm.session, "sales", KitIn(title="Sales", wants=A_SIM), actor=firm.liu)

    assert one.wanted == ALL
    [kit], _mark = kits(firm.session, KitQuery(), actor=firm.as_(firm.ann))
    assert Wants.model_validate(kit.wants) == A_SIM
    remove_kit(firm.session, "sales", actor=firm.liu)
    with pytest.raises(errors.KitNotFound):
        make(firm.session, ApplicationIn(kit="sales", reason="for me"), actor=firm.as_(firm.ann))


def test_a_kit_has_a_name_that_stands_in_an_address(firm):
    with pytest.raises(errors.KitNameWrong):
        set_kit(firm.session, "Sales/East", KitIn(title="Sales", wants=ALL), actor=firm.liu)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"approvers": ["head:NONE"]}, errors.ApproverUnknown),
        ({"name_format": "{number}"}, errors.NameFormatWrong),
        ({"name_format": "{name.__class__}"}, errors.NameFormatWrong),
        ({"name_format": "{name!r}"}, errors.NameFormatWrong),
        ({"name_format": "{name"}, errors.NameFormatWrong),
        ({"inherits": True}, errors.CompanyHasItsOwnPolicy),
        ({"effective_from": "2020-01-01T00:00:00Z"}, errors.ApplicationPolicyInThePast),
    ],
)
def test_a_policy_that_cannot_be_is_refused(firm, given, refusal):
    wanted = ApplicationPolicyIn(term=Term.LOAN, reason="test", **given)

    with pytest.raises(refusal):
        set_policy(firm.session, wanted, actor=firm.of(Role.SECURITY))


def test_a_policy_holds_in_its_department_from_its_day_and_keeps_what_is_left_out(firm):
    firm.asks("head", "head:HR", hold_days=3)
    soon = now() + timedelta(days=2)
    firm.asks(department="SALES", effective_from=soon)

    assert list(policies(firm.session).terms(Term.PERMANENT, firm.ann).approvers) == [
        "head",
        "head:HR",
    ]
    with later(days=3):
        mine = policies(firm.session).terms(Term.PERMANENT, firm.ann)
        assert (list(mine.approvers), mine.hold_days) == ([], 3)
        theirs = policies(firm.session).terms(Term.PERMANENT, firm.hua)
        assert list(theirs.approvers) == ["head", "head:HR"]
    query = ApplicationTermsQuery(department="SALES")
    permanent, loan = in_force(firm.session, query, actor=firm.liu)
    assert (permanent.approvers, loan.approvers) == (["head", "head:HR"], ["head"])
