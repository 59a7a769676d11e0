"""Cases of every kind: planned as begun, done by proof or by word, waived, cancelled, reopened."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fleet.access.errors import ApprovedByOneself, NotAllowed
from fleet.audit.services import recorded
from fleet.backups.models import Backup
from fleet.cases import services
from fleet.cases.carrying import carry_all_on
from fleet.cases.errors import (
    CaseMoveNotAllowed,
    CaseOpen,
    HasLeft,
    NobodyHoldsIt,
    NoLoss,
    NothingToReopen,
    RegistrantNotTold,
    ReplacementNotFree,
    SameDepartment,
    StepIsProven,
    StepMoveNotAllowed,
    StepNotFound,
    StepNotReady,
    StepNotWaivable,
    StepOfAnother,
    WaiverNotAsked,
)
from fleet.cases.ladders import escalate, set_ladder
from fleet.cases.lifecycle import MOVES, STEP_MOVES, Move, StepMove, after, step_after
from fleet.cases.models import Case, Rung
from fleet.cases.opening import (
    handing_on_of,
    joining_of,
    leaving_of,
    loss_of,
    open_case,
    open_leaving,
    plan_case,
    swap_of,
    transfer_of,
)
from fleet.cases.queries import case_within, cases, history, shown_case
from fleet.cases.tasks import tasks, today
from fleet.contracts import clock
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.backups import BackupState
from fleet.contracts.cases import (
    CaseKind,
    CaseQuery,
    CaseState,
    CaseStepKind,
    LadderIn,
    RungIn,
    RungTo,
    StepState,
    TaskQuery,
)
from fleet.contracts.clock import now
from fleet.contracts.incidents import IncidentKind, MeasureKind
from fleet.contracts.naming import NamingRuleIn
from fleet.custody.errors import OwnWaiver
from fleet.custody.issuing import issue
from fleet.custody.services import return_sim
from fleet.devices import lifecycle as devices
from fleet.incidents.models import Incident
from fleet.incidents.services import end_measure, report
from fleet.naming.services import set_rule
from fleet.people.errors import EmployeeNotActive
from fleet.people.models import Status
from fleet.rotation.models import Rotation
from tests.fleet.cases.test_leaving import finish_work, say_groups
from tests.fleet.custody.proofs import look

BY = date(2099, 12, 31)


@pytest.fixture
def boss(make):
    return make.actor()


@pytest.fixture
def ann(make):
    return make.employee(name="王芳")


@pytest.fixture
def held(session, make, ann, boss):
    """Give a phone, a SIM in it and an account on it, with 王芳."""
    device = make.device()
    sim, account = make.sim(device=device), make.account(device=device)
    issue(session, to=ann, devices=[device], sims=[sim], accounts=[account], actor=boss)
    return device, sim, account


def kinds(case) -> list[CaseStepKind]:
    return [step.kind for step in case.steps]


def number_of(case, kind: CaseStepKind) -> int:
    return next(step.number for step in case.steps if step.kind is kind)


def test_every_move_of_a_case_leads_where_the_table_says_or_refuses(subtests):
    for state in CaseState:
        for move in Move:
            with subtests.test(f"{state} {move}"):
                if (state, move) in MOVES:
                    assert after(state, move, case="X") is MOVES[state, move]
                else:
                    with pytest.raises(CaseMoveNotAllowed):
                        after(state, move, case="X")


def test_every_move_of_a_step_leads_where_the_table_says_or_refuses(subtests):
    for state in StepState:
        for move in StepMove:
            with subtests.test(f"{state} {move}"):
                if (state, move) in STEP_MOVES:
                    assert step_after(state, move, case="X", step=1) is STEP_MOVES[state, move]
                else:
                    with pytest.raises(StepMoveNotAllowed):
                        step_after(state, move, case="X", step=1)


def transfer(session, make, boss, ann, **given):
    return transfer_of(ann, given.pop("to", None) or make.department(), by=BY, **given)


@pytest.mark.parametrize(("days", "late"), [(0, False), (-1, True)])
def test_a_case_is_late_when_its_day_is_over_where_it_is_worked_on(
    session, tools, make, ann, boss, another_day, days, late
):
    issue(session, to=ann, sims=[make.sim()], actor=boss)
    wanted = leaving_of(ann, by=clock.today() + timedelta(days=days))

    case = open_case(session, tools, wanted, actor=boss)

    overdue, _mark = cases(session, CaseQuery(overdue=True), actor=boss)
    assert [one.number for one in overdue] == ([case.number] if late else [])
    assert [step.due_on for step in case.steps] == [clock.today()]  # not before it was begun


def test_a_plan_of_a_transfer_changes_nothing(session, make, ann, held, boss):
    before = len(recorded(session))

    plan = shown_case(session, plan_case(session, transfer(session, make, boss, ann), actor=boss))

    assert (plan.number, plan.state) == (None, CaseState.PLANNED)
    assert [step.kind for step in plan.steps] == [CaseStepKind.DEPARTMENT, CaseStepKind.GROUPS]
    assert len(recorded(session)) == before
    assert session.scalars(select(Case)).all() == []


def test_what_was_made_for_the_department_stays_there(session, tools, make, ann, held, boss):
    device, _sim, account = held
    account.department = ann.department

    case = open_case(session, tools, transfer(session, make, boss, ann), actor=boss)

    assert kinds(case) == [CaseStepKind.PASSWORD, CaseStepKind.HAND_ON, CaseStepKind.DEPARTMENT]
    assert (account.state.value, device.state.value) == ("returning", "issued")
    assert case.number.startswith(f"TR-{now().year}-")


def test_the_department_changes_last_and_on_the_day(session, tools, make, ann, held, boss):
    wanted = transfer_of(ann, to := make.department(), by=now().date() + timedelta(days=1))
    wecom = make.account(AccountKind.WECOM)
    issue(session, to=ann, accounts=[wecom], actor=boss)
    case = open_case(session, tools, wanted, actor=boss)
    assert kinds(case) == [
        CaseStepKind.WECOM_DEPARTMENT,
        CaseStepKind.DEPARTMENT,
        CaseStepKind.GROUPS,
        CaseStepKind.GROUPS,
    ]

    services.do(session, case.number, 1, note="done in the console", actor=boss)
    assert (case.state, ann.department is to) == (CaseState.OPEN, False)
    case.by = now().date()
    session.flush()
    carry_all_on(session)

    # Who moves is of his new department on the day; his groups keep the case open.
    assert (case.state, ann.department) == (CaseState.OPEN, to)
    say_groups(session, case, actor=boss)
    assert case.state is CaseState.CLOSED
    assert recorded(session)[-1].name == "case.closed"


def test_a_transfer_renames_by_the_rule_of_where_one_goes(session, tools, make, ann, held, boss):
    account, to = held[2], make.department(name="采购部")
    given = NamingRuleIn(kind=account.kind, template="{dept}-{name}", reason="test")
    set_rule(session, given, actor=make.actor(Role.SECURITY))
    case = open_case(session, tools, transfer(session, make, boss, ann, to=to), actor=boss)
    renamed = next(step for step in case.steps if step.kind is CaseStepKind.RENAME)
    assert renamed.about == "采购部-王芳"

    account.nickname = renamed.about
    session.flush()

    shown = {step.number: step for step in shown_case(session, case).steps}
    assert shown[renamed.number].done


def test_a_transfer_lets_a_name_be_that_no_rule_is_for(session, tools, make, ann, held, boss):
    case = open_case(session, tools, transfer(session, make, boss, ann), actor=boss)

    assert CaseStepKind.RENAME not in kinds(case)


def test_what_is_handed_out_joins_a_transfer(session, tools, make, ann, held, boss):
    case = open_case(session, tools, transfer(session, make, boss, ann), actor=boss)

    issue(session, to=ann, accounts=[make.account(AccountKind.WECOM)], actor=boss)

    assert kinds(case) == [
        CaseStepKind.DEPARTMENT,
        CaseStepKind.GROUPS,
        CaseStepKind.WECOM_DEPARTMENT,
    ]
    assert case.state is CaseState.OPEN


def test_nobody_moves_to_where_he_is(make, ann):
    with pytest.raises(SameDepartment):
        transfer_of(ann, ann.department, by=BY)


def test_who_moves_does_not_leave_meanwhile(session, tools, make, ann, held, boss):
    open_case(session, tools, transfer(session, make, boss, ann), actor=boss)

    with pytest.raises(CaseOpen):
        open_leaving(session, tools, ann, by=BY, actor=boss)


@pytest.fixture
def swapped(session, tools, make, ann, held, boss):
    """Give the case of a phone that is swapped, and the phone that comes."""
    new = make.device()
    wanted = swap_of(session, held[0], by=BY, replacement=new, reason="the screen is broken")
    return open_case(session, tools, wanted, actor=boss), new


def test_a_swap_moves_what_is_in_the_phone_before_its_gate_opens(session, held, swapped):
    case, _new = swapped

    assert kinds(case) == [
        CaseStepKind.BACKUP,
        CaseStepKind.ISSUE_PHONE,
        CaseStepKind.MOVE_SIM,
        CaseStepKind.MOVE_ACCOUNT,
        CaseStepKind.CHATS_MOVED,
        CaseStepKind.PIN,
        CaseStepKind.ACCEPT,
    ]
    assert case.steps[-1].after == [1, 3, 4, 5, 6]
    assert held[0].state is devices.State.RETURNING
    assert held[2].state.value == "issued"


def test_nobody_says_that_chats_moved_before_there_is_a_phone(session, swapped, boss):
    case, _ = swapped

    with pytest.raises(StepNotReady) as refused:
        services.do(session, case.number, 5, note="all of them", actor=boss)
    assert refused.value.waits_for.startswith("2 (")


def test_a_swap_ends_with_the_gate_of_the_old_phone(session, tools, make, ann, held, swapped, boss):
    device, sim, account = held
    case, new = swapped
    issue(session, to=ann, devices=[new], actor=boss)
    sim.device = new
    services.do(session, case.number, 4, note="signed in there", actor=boss)
    assert account.device is new
    services.do(session, case.number, 5, note="they are there", actor=boss)
    finish_work(session, ann)
    look(session, tools, make, device)

    from fleet.custody.acceptance import accept

    accept(session, device, actor=boss)

    assert case.state is CaseState.CLOSED
    assert {step.state for step in case.steps} == {StepState.DONE}
    assert (account.state.value, sim.state.value) == ("issued", "issued")


def test_a_replacement_is_in_stock(session, make, ann, held, boss):
    with pytest.raises(ReplacementNotFree):
        swap_of(session, held[0], by=BY, replacement=held[0], reason="broken")
    with pytest.raises(NobodyHoldsIt):
        swap_of(session, make.device(), by=BY, reason="broken")


def test_a_leaving_takes_the_place_of_a_swap(session, tools, ann, swapped, boss):
    case, _ = swapped

    open_leaving(session, tools, ann, by=BY, actor=boss)

    assert case.state is CaseState.CANCELLED
    assert {step.state for step in case.steps} == {StepState.NOT_NEEDED}


def test_a_loss_shows_the_measures_of_its_incident(session, tools, make, ann, held, boss):
    incident, _ = report(session, tools, IncidentKind.STOLEN, [held[0]], actor=boss)

    case = session.scalars(select(Case)).one()

    assert (case.kind, case.incident) == (CaseKind.LOSS, incident)
    assert kinds(case).count(CaseStepKind.MEASURE) == len(incident.measures)
    assert kinds(case)[-2:] == [CaseStepKind.POLICE, CaseStepKind.ISSUE_PHONE]
    shown = shown_case(session, case)
    lost = next(one for one in case.steps if one.measure.kind is MeasureKind.MARK_LOST)
    assert shown.steps[lost.number - 1].done  # it was marked at once


def test_a_loss_ends_with_its_measures_and_another_phone(session, tools, make, ann, held, boss):
    incident, _ = report(session, tools, IncidentKind.LOST, [held[0]], actor=boss)
    case = session.scalars(select(Case)).one()
    for measure in incident.measures:
        if measure.state.value == "open":
            end_measure(session, incident, measure.number, note="done by phone", actor=boss)
    assert case.state is CaseState.OPEN

    issue(session, to=ann, devices=[make.device()], actor=boss)

    assert case.state is CaseState.CLOSED


def test_what_is_reported_again_grows_the_same_case(session, tools, make, ann, held, boss):
    other = make.device()
    issue(session, to=ann, devices=[other], actor=boss)
    report(session, tools, IncidentKind.LOST, [held[0]], actor=boss)
    case = session.scalars(select(Case)).one()
    before = len(case.steps)

    report(session, tools, IncidentKind.LOST, [held[0], other], actor=boss)

    assert session.scalars(select(Case)).all() == [case]
    assert len(case.steps) == before + 1


def test_what_nobody_has_lost_is_no_loss(session, tools, make, ann, held, boss):
    abnormal, _ = report(session, tools, IncidentKind.ACCOUNT_ABNORMAL, [held[2]], actor=boss)

    assert session.scalars(select(Case)).all() == []
    with pytest.raises(NoLoss):
        loss_of(abnormal)


def test_a_holder_who_reports_his_loss_opens_its_case(session, tools, make, ann, held):
    from dataclasses import replace

    from fleet.access.actor import HeldRole

    himself = replace(
        make.actor(Role.EMPLOYEE), employee_id=ann.id, roles=(HeldRole(Role.EMPLOYEE),)
    )

    report(session, tools, IncidentKind.LOST, [held[0]], actor=himself)

    assert session.scalars(select(Case)).one().opened_by == "workfleet"
    assert session.scalars(select(Incident)).one().reported_by == himself.name


def join(session, tools, ann, boss, **given):
    told = {"phone": True, "sim": False, "accounts": [AccountKind.WECHAT], **given}
    return open_case(session, tools, joining_of(ann, by=BY, **told), actor=boss)


def test_a_joiner_is_handed_what_he_needs(session, tools, make, ann, boss):
    case = join(session, tools, ann, boss)
    assert kinds(case) == [
        CaseStepKind.ISSUE_PHONE,
        CaseStepKind.ISSUE_ACCOUNT,
        CaseStepKind.VALUES,
        CaseStepKind.RECEIPT,
    ]

    issue(session, to=ann, devices=[make.device()], accounts=[make.account()], actor=boss)

    shown = shown_case(session, case)
    assert [step.done for step in shown.steps][:2] == [True, True]
    assert kinds(case)[-1] is CaseStepKind.PIN_KNOWN


def test_who_has_a_user_says_himself_what_he_received(session, tools, make, ann, boss):
    case = join(session, tools, ann, boss, phone=False, accounts=[])
    services.waive(session, case.number, 1, reason="nothing to hand over", actor=boss)
    make.user(Role.EMPLOYEE, employee_id=ann.id)

    with pytest.raises(StepOfAnother):
        services.do(session, case.number, 2, note="he says so", actor=boss)


def test_the_desk_notes_it_for_who_has_none(session, tools, make, ann, boss):
    case = join(session, tools, ann, boss, phone=False, accounts=[])
    services.waive(session, case.number, 1, reason="nothing to hand over", actor=boss)

    services.do(session, case.number, 2, note="he says so", actor=boss)

    assert case.state is CaseState.CLOSED
    said = [event for event in recorded(session) if event.name == "case.step_done"]
    assert [event.on_behalf_of for event in said] == [ann.number]


@pytest.fixture
def handing(session, tools, make, ann, held, boss):
    """Give an account that is handed on by three, registered first by somebody else."""
    account = held[2]
    account.registrant, account.number = "赵敏", held[1].number
    held[1].registered_owner = "Company"
    ben, eve = make.employee(name="陈浩"), make.employee(name="周敏")
    wanted = handing_on_of(session, account, ben, by=BY, witness=eve, registrant_seen=True)
    return open_case(session, tools, wanted, actor=boss), account, ben


def test_a_hand_over_says_whose_it_was_first(session, handing):
    case, account, _ = handing

    shown = shown_case(session, case)

    assert case.number.startswith("AR-")
    assert (case.details["registrant"], case.details["number_owner"]) == ("赵敏", "Company")
    assert "赵敏" in shown.warnings[0]
    assert "Company" in shown.warnings[0]
    assert account.state.value == "returning"


def test_nobody_hands_on_what_was_registered_by_another_unseen(session, make, held):
    held[2].registrant = "赵敏"

    with pytest.raises(RegistrantNotTold):
        handing_on_of(session, held[2], make.employee(), by=BY)


def test_three_say_so_and_then_it_is_handed_on(session, tools, handing, ann, boss):
    case, account, ben = handing
    with pytest.raises(StepNotReady):
        services.do(session, case.number, 4, note="I saw it", actor=boss)
    for step in (2, 3, 4):
        services.do(session, case.number, step, note="said at the desk", actor=boss)
    finish_work(session, ann)

    from fleet.custody.services import reassign

    reassign(session, account, to=ben, registrant_seen=True, actor=boss)

    assert case.state is CaseState.CLOSED


def leaving(session, tools, ann, boss, **given):
    return open_leaving(session, tools, ann, by=BY, actor=boss, **given)


def test_a_step_that_shows_itself_is_not_ticked(session, tools, ann, held, boss):
    case = leaving(session, tools, ann, boss)

    with pytest.raises(StepIsProven) as refused:
        services.do(session, case.number, 2, note="it is backed up", actor=boss)
    assert "workfleet backup run" in refused.value.next_step()


def test_a_step_that_is_not_there_is_refused(session, tools, ann, held, boss):
    case = leaving(session, tools, ann, boss)

    with pytest.raises(StepNotFound):
        services.do(session, case.number, 99, note="done", actor=boss)


def test_a_check_of_the_gate_is_waived_at_the_gate(session, tools, make, ann, held, boss):
    case = leaving(session, tools, ann, boss)
    step = number_of(case, CaseStepKind.BACKUP)

    with pytest.raises(WaiverNotAsked):
        services.waive(session, case.number, step, reason="burnt phone", actor=boss)
    other = make.actor(Role.OPERATOR)
    services.waive(session, case.number, step, reason="burnt", ask=True, actor=other)
    assert shown_case(session, case).steps[step - 1].waiver_asked_by.startswith("WV-")
    services.waive(session, case.number, step, reason="burnt phone, seen by two", actor=boss)

    shown = shown_case(session, case).steps[step - 1]
    assert (shown.done, shown.state, shown.by) == (True, StepState.WAIVED, boss.name)
    assert case.steps[step - 1].state is StepState.OPEN  # the gate says it


def test_what_has_to_come_back_is_not_waived(session, tools, ann, held, boss):
    case = leaving(session, tools, ann, boss)

    with pytest.raises(StepNotWaivable):
        services.waive(
            session, case.number, number_of(case, CaseStepKind.ACCEPT), reason="lost", actor=boss
        )


def test_an_operator_asks_and_another_waives(session, tools, make, ann, held, boss):
    case = leaving(session, tools, ann, boss)
    step = number_of(case, CaseStepKind.PIN)
    operator, other = make.actor(Role.OPERATOR), make.actor(Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        services.waive(session, case.number, step, reason="broken screen", actor=operator)

    services.waive(session, case.number, step, reason="broken screen", ask=True, actor=operator)

    assert today(session, actor=other).waivers == 1
    assert today(session, actor=operator).waivers == 0
    [task] = tasks(session, TaskQuery(kind="waiver"), actor=other)[0]
    assert (task.of[:3], "broken screen" in task.what) == ("WV-", True)
    services.waive(session, case.number, step, reason="seen by me", actor=other)
    assert today(session, actor=other).waivers == 0


def test_nobody_waives_what_he_asked_for(session, tools, ann, held, boss):
    case = leaving(session, tools, ann, boss)
    services.waive(session, case.number, 3, reason="broken screen", ask=True, actor=boss)

    with pytest.raises(OwnWaiver):
        services.waive(session, case.number, 3, reason="broken screen", actor=boss)


def test_nobody_waives_a_step_that_he_asked_for(session, tools, make, ann, boss):
    issue(session, to=ann, accounts=[make.account(AccountKind.WECOM)], actor=boss)
    case = leaving(session, tools, ann, boss)
    step = number_of(case, CaseStepKind.CUSTOMERS)
    services.waive(session, case.number, step, reason="there are none", ask=True, actor=boss)
    assert today(session, actor=make.actor(Role.ADMINISTRATOR)).waivers == 1

    with pytest.raises(ApprovedByOneself):
        services.waive(session, case.number, step, reason="there are none", actor=boss)


def test_cancelling_takes_back_what_was_begun(session, tools, ann, held, boss):
    device, _sim, account = held
    case = leaving(session, tools, ann, boss)

    _, undone, left = services.cancel(session, tools, case.number, reason="stays", actor=boss)

    assert (ann.status, ann.leaves_on) == (Status.ACTIVE, None)
    assert (device.state.value, account.state.value) == ("issued", "issued")
    assert {one.state for one in session.scalars(select(Backup))} == {BackupState.CANCELLED}
    assert session.scalars(select(Rotation).where(Rotation.ended_at.is_(None))).all() == []
    assert (len(undone), left) == (6, [])
    assert case.state is CaseState.CANCELLED


def test_what_would_be_taken_back_is_told_before(session, tools, ann, held, boss):
    case = leaving(session, tools, ann, boss)
    before = len(recorded(session))

    undone, left = services.foreseen_cancel(session, case.number, actor=boss)

    assert (len(undone), left) == (3, [])
    assert (case.state, ann.status) == (CaseState.OPEN, Status.LEAVING)
    assert len(recorded(session)) == before


def test_what_has_come_back_is_named(session, tools, ann, held, boss):
    case = leaving(session, tools, ann, boss)
    return_sim(session, held[1], actor=boss)

    _, _, left = services.cancel(session, tools, case.number, reason="stays", actor=boss)

    assert len(left) == 1
    assert held[1].number in left[0]


def test_a_return_that_was_begun_before_is_not_taken_back(session, tools, ann, held, boss):
    from fleet.custody.services import start_return

    start_return(session, held[0], actor=boss)
    case = leaving(session, tools, ann, boss)

    services.cancel(session, tools, case.number, reason="stays", actor=boss)

    assert held[0].state is devices.State.RETURNING


def test_who_has_left_is_not_called_back(session, tools, make, ann, boss):
    wecom = make.account(AccountKind.WECOM)
    issue(session, to=ann, accounts=[wecom], actor=boss)
    case = leaving(session, tools, ann, boss, successor=make.employee())
    finish_work(session, ann)
    ann.status = Status.LEFT

    with pytest.raises(HasLeft):
        services.cancel(session, tools, case.number, reason="stays", actor=boss)


def test_a_cancelled_case_begins_again_with_what_is_held_by_now(
    session, tools, make, ann, held, boss
):
    case = leaving(session, tools, ann, boss)
    services.cancel(session, tools, case.number, reason="stays", actor=boss)
    other = make.device()
    issue(session, to=ann, devices=[other], actor=boss)

    services.reopen(session, tools, case.number, reason="leaves after all", actor=boss)

    assert (case.state, ann.status) == (CaseState.OPEN, Status.LEAVING)
    assert {held[0].state, other.state} == {devices.State.RETURNING}
    assert len([one for one in kinds(case) if one is CaseStepKind.ACCEPT]) == 2
    assert {step.state for step in case.steps} == {StepState.OPEN}


def test_a_word_that_was_too_early_is_taken_back(session, tools, make, ann, boss):
    issue(session, to=ann, accounts=[make.account(AccountKind.WECOM)], actor=boss)
    case = leaving(session, tools, ann, boss)
    step = number_of(case, CaseStepKind.CUSTOMERS)
    services.do(session, case.number, step, note="all of them", actor=boss)
    with pytest.raises(StepMoveNotAllowed):
        services.do(session, case.number, step, note="once more", actor=boss)

    services.reopen(session, tools, case.number, reason="not all", steps=[step], actor=boss)

    assert case.steps[step - 1].state is StepState.OPEN


def test_a_closed_case_is_reopened_by_a_step(session, tools, make, ann, boss):
    day = now().date() - timedelta(days=1)
    case = open_leaving(session, tools, ann, by=day, actor=boss)
    assert case.state is CaseState.CLOSED

    with pytest.raises(NothingToReopen):
        services.reopen(session, tools, case.number, reason="more", actor=boss)


def test_whoever_leaves_gets_nothing_more(session, tools, make, ann, held, boss):
    leaving(session, tools, ann, boss)

    with pytest.raises(EmployeeNotActive):
        issue(session, to=ann, devices=[make.device()], actor=boss)


def test_a_successor_who_leaves_too_is_said_and_replaced(session, tools, make, ann, boss):
    ben, eve = make.employee(name="陈浩"), make.employee(name="周敏")
    issue(session, to=ann, accounts=[make.account(AccountKind.WECOM)], actor=boss)
    case = leaving(session, tools, ann, boss, successor=ben)
    issue(session, to=ben, devices=[make.device()], actor=boss)
    step = case.steps[number_of(case, CaseStepKind.CUSTOMERS) - 1]
    assert step.who is ben

    open_leaving(session, tools, ben, by=BY, actor=boss)
    assert step.who is None
    assert "陈浩" in shown_case(session, case).warnings[0]

    services.name_successor(session, case.number, eve, actor=boss)
    assert (step.who, shown_case(session, case).warnings) == (eve, [])


def test_tasks_are_ones_own_and_the_desks(session, tools, make, ann, boss):
    from dataclasses import replace

    from fleet.access.actor import HeldRole

    ben = make.employee(name="陈浩")
    issue(session, to=ann, accounts=[make.account(AccountKind.WECOM)], actor=boss)
    leaving(session, tools, ann, boss, successor=ben)
    role = (HeldRole(Role.EMPLOYEE),)
    himself = replace(make.actor(Role.EMPLOYEE), employee_id=ben.id, roles=role)

    mine = tasks(session, TaskQuery(), actor=himself)[0]
    desk = tasks(session, TaskQuery(), actor=make.actor(Role.OPERATOR))[0]

    assert [one.due_at.astimezone().date() for one in mine] == [BY - timedelta(days=7), BY]
    assert {one.step for one in mine}.isdisjoint({one.step for one in desk})
    assert today(session, actor=himself).steps == 2


def test_the_ladder_is_climbed_once(session, tools, make, ann, held, boss):
    case = leaving(session, tools, ann, boss)
    case.by = now().date() + timedelta(days=8)
    case.opened_at = now() - timedelta(days=30)
    session.flush()
    escalate(session)
    escalate(session)
    assert [one.to for one in case.rungs] == [RungTo.PERSON]

    case.by = now().date() - timedelta(days=1)
    session.flush()
    session.expire_all()
    escalate(session)

    climbed = session.scalars(select(Rung).order_by(Rung.place)).all()
    assert RungTo.CLEARANCE in {one.to for one in climbed}
    assert shown_case(session, case).clearance_blocked


def test_a_department_has_a_ladder_of_its_own(session, tools, make, ann, held, boss):
    security = make.actor(Role.SECURITY)
    rungs = [RungIn(days=30, to=RungTo.HEAD)]
    told = {"kind": CaseKind.LEAVING, "department": ann.department.code, "reason": "sales"}
    set_ladder(session, LadderIn(rungs=rungs, **told), actor=security)

    case = leaving(session, tools, ann, boss)

    assert [(one.to, one.at) for one in shown_case(session, case).ladder] == [(RungTo.HEAD, None)]


def test_the_history_of_a_case_is_read_from_the_trail(session, tools, make, ann, held, boss):
    case = leaving(session, tools, ann, boss)
    services.cancel(session, tools, case.number, reason="stays", actor=boss)
    session.commit()

    told = history(session, case.number, actor=boss)

    assert [one.event for one in told] == ["case.opened", "case.cancelled"]


def test_a_manager_reads_the_cases_of_his_department_alone(session, tools, make, ann, held, boss):
    from dataclasses import replace

    from fleet.access.actor import HeldRole
    from fleet.cases.errors import CaseNotFound

    case = leaving(session, tools, ann, boss)
    here = replace(boss, roles=(HeldRole(Role.MANAGER, ann.department.id),))
    elsewhere = replace(boss, roles=(HeldRole(Role.MANAGER, make.department().id),))

    assert case_within(session, case.number, actor=here) is case
    with pytest.raises(CaseNotFound):
        case_within(session, case.number, actor=elsewhere)
    with pytest.raises(CaseNotFound):
        services.do(session, case.number, 1, note="done", actor=elsewhere)
