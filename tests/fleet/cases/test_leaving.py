"""A leaver's things come back by proof, and the case closes itself with the last of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.errors import LastOfItsRole
from fleet.audit.services import recorded
from fleet.backups.models import Backup
from fleet.cases.carrying import carry_all_on
from fleet.cases.errors import CaseOpen, SuccessorLeavesToo
from fleet.cases.ladders import escalate
from fleet.cases.models import Case
from fleet.cases.opening import open_leaving
from fleet.cases.queries import case_within, cases, plan_leaving, shown_case
from fleet.cases.services import cancel, do
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.backups import BackupState
from fleet.contracts.cases import CaseQuery, CaseState, CaseStepKind
from fleet.contracts.clock import now
from fleet.contracts.stations import JobKind
from fleet.custody.acceptance import accept
from fleet.custody.issuing import issue
from fleet.custody.services import reassign, return_sim
from fleet.people.models import Employee, Status
from fleet.rotation.models import Rotation
from fleet.stations.models import Job
from tests.factories import Make
from tests.fleet.custody.proofs import look, unbind

BY = date(2099, 12, 31)
YESTERDAY = now().date() - timedelta(days=1)


@pytest.fixture
def held(session: Session, make: Make):
    """Give somebody with a phone, a SIM and an account."""
    ann = make.employee(name="王芳")
    device, sim, account = make.device(), make.sim(), make.account()
    issue(session, to=ann, devices=[device], sims=[sim], accounts=[account], actor=make.actor())
    return ann, device, sim, account


def finish_work(session: Session, case_of: Employee) -> None:
    """Let every planned rotation and backup have ended well."""
    from fleet.contracts.credentials import VersionState
    from fleet.contracts.proof import Level

    for rotation in session.scalars(select(Rotation).where(Rotation.ended_at.is_(None))):
        rotation.version.state = VersionState.ACTIVE
        is_pin = rotation.credential.device_id is not None
        rotation.credential.level = Level.PROVEN if is_pin else Level.OBSERVED
        rotation.credential.changed_at = rotation.ended_at = now()
    for backup in session.scalars(select(Backup)):
        backup.state, backup.level = BackupState.COMPLETE, Level.VERIFIED
        backup.manifest_digest, backup.started_at = "0" * 64, now()
    session.flush()


def say_groups(session: Session, case: Case, *, actor: Actor) -> None:
    """Say of every account that its work groups are changed."""
    for step in case.steps:
        if step.kind is CaseStepKind.GROUPS:
            do(session, case.number, step.number, note="out of all", actor=actor)


def test_a_plan_names_the_steps_and_changes_nothing(session, make, held):
    ann = held[0]
    before = len(recorded(session))

    plan = plan_leaving(session, ann, by=BY, actor=make.actor())

    assert [step.number for step in plan.steps] == list(range(1, len(plan.steps) + 1))
    assert (plan.number, plan.state, any(step.done for step in plan.steps)) == (
        None,
        "planned",
        False,
    )
    assert (ann.status, len(recorded(session))) == (Status.ACTIVE, before)


def test_opening_begins_every_return_and_plans_the_work(session, tools, make, held):
    ann, device, _, account = held

    case = open_leaving(session, tools, ann, by=BY, actor=make.actor())

    assert (ann.status, device.state.value, account.state.value) == (
        Status.LEAVING,
        "returning",
        "returning",
    )
    jobs = session.scalars(select(Job).order_by(Job.created_at)).all()
    assert [job.kind for job in jobs] == [
        JobKind.GUIDE_ACCOUNT,
        JobKind.BACKUP,
        JobKind.ROTATE_PIN,
    ]
    assert case.number.startswith(f"LV-{now().year}-")


def test_an_account_without_a_password_is_a_binding_and_stops_no_case(session, tools, make):
    ann = make.employee()
    account = make.account(AccountKind.WECOM, handle="wang.fang")
    issue(session, to=ann, accounts=[account], actor=make.actor())

    case = open_leaving(session, tools, ann, by=BY, actor=make.actor())

    step = next(one for one in shown_case(session, case).steps if "wang.fang" in one.what)
    assert "binding" in step.what
    assert not step.done


def test_the_backup_is_of_the_leavers_data(session, tools, make, held):
    open_leaving(session, tools, held[0], by=BY, actor=make.actor())

    assert session.scalars(select(Backup)).one().holder is held[0]


def test_steps_are_done_when_the_proofs_say_so(session, tools, make, held):
    ann, device, sim, _ = held
    case = open_leaving(session, tools, ann, by=BY, actor=make.actor())
    assert {step.done for step in shown_case(session, case).steps} == {False}

    finish_work(session, ann)
    look(session, tools, make, device, sims=(sim,))

    done = [step.done for step in shown_case(session, case).steps]
    assert done == [True, True, True, False, False, False, False]


def test_the_case_closes_itself_with_the_last_thing(session, tools, make, held):
    ann, device, sim, account = held
    ben = make.employee(name="Chen Hao")
    case = open_leaving(session, tools, ann, by=YESTERDAY, successor=ben, actor=make.actor())
    finish_work(session, ann)
    look(session, tools, make, device)

    return_sim(session, sim, actor=make.actor())
    reassign(session, account, to=ben, actor=make.actor())
    assert case.closed_at is None
    accept(session, device, actor=make.actor())
    assert (case.closed_at, ann.status) == (None, Status.LEFT)

    say_groups(session, case, actor=make.actor())

    assert case.closed_at is not None
    assert all(step.done for step in shown_case(session, case).steps)


def with_a_sim(session, make):
    ann, sim = make.employee(name="Ann"), make.sim()
    issue(session, to=ann, sims=[sim], actor=make.actor())
    return ann, sim


def test_whose_last_thing_is_back_early_works_to_his_last_day(session, tools, make):
    ann, sim = with_a_sim(session, make)
    user = make.user(Role.EMPLOYEE, employee_id=ann.id)
    today = now().astimezone().date()
    case = open_leaving(session, tools, ann, by=today, actor=make.actor())

    return_sim(session, sim, actor=make.actor())
    carry_all_on(session)

    assert (case.state, ann.status, user.active) == (CaseState.OPEN, Status.LEAVING, True)
    (said,) = shown_case(session, case).warnings
    assert said == (
        f"Nothing is left to do for Ann. Ann has left once {today} is over, and the case is "
        "closed then."
    )


def test_he_has_left_once_his_last_day_is_over(session, tools, make):
    ann, sim = with_a_sim(session, make)
    user = make.user(Role.EMPLOYEE, employee_id=ann.id)
    day = now().astimezone().date() + timedelta(days=3)
    case = open_leaving(session, tools, ann, by=day, actor=make.actor())
    return_sim(session, sim, actor=make.actor())

    with time_machine.travel(now() + timedelta(days=4)):
        carry_all_on(session)

    assert (case.state, ann.status, user.active) == (CaseState.CLOSED, Status.LEFT, False)


def test_nothing_left_to_do_blocks_no_clearance(session, tools, make):
    ann = make.employee()
    case = open_leaving(session, tools, ann, by=BY, actor=make.actor())

    with time_machine.travel(datetime(2100, 1, 1, 12, tzinfo=UTC)):
        escalate(session)

    assert case.rungs == []


def test_who_holds_nothing_may_still_stay(session, tools, make):
    ann = make.employee()
    case = open_leaving(session, tools, ann, by=BY, actor=make.actor())

    cancel(session, tools, case.number, reason="he stays", actor=make.actor())

    assert ann.status is Status.ACTIVE


def test_whom_nobody_has_replaced_keeps_nobody_else(session, tools, make):
    ann, ben = make.employee(), make.employee()
    users = [make.user(Role.ADMINISTRATOR, employee_id=one.id) for one in (ann, ben)]
    leaving = [(one, now().date() + timedelta(days=2)) for one in (ann, ben)]
    for one, day in leaving:
        open_leaving(session, tools, one, by=day, actor=make.actor())

    with time_machine.travel(now() + timedelta(days=9)):
        carry_all_on(session)

    assert sorted(one.active for one in users) == [False, True]
    assert {ann.status, ben.status} == {Status.LEFT, Status.LEAVING}


def test_work_that_is_under_way_is_not_planned_twice(session, tools, make, held):
    from fleet.rotation.services import plan_rotation

    plan_rotation(session, tools, held[1], reason="due", actor=make.actor())

    open_leaving(session, tools, held[0], by=BY, actor=make.actor())

    kinds = [job.kind for job in session.scalars(select(Job))]
    assert sorted(kinds) == sorted({JobKind.ROTATE_PIN, JobKind.BACKUP, JobKind.GUIDE_ACCOUNT})


def test_nobody_leaves_twice(session, tools, make, held):
    open_leaving(session, tools, held[0], by=BY, actor=make.actor())

    with pytest.raises(CaseOpen):
        open_leaving(session, tools, held[0], by=BY, actor=make.actor())


@pytest.mark.parametrize("status", [Status.LEAVING, Status.LEFT])
def test_a_successor_stays(session, tools, make, held, status):
    gone = make.employee(status=status)

    with pytest.raises(SuccessorLeavesToo):
        open_leaving(session, tools, held[0], by=BY, successor=gone, actor=make.actor())


def test_who_holds_nothing_and_whose_day_is_over_has_left(session, tools, make):
    ann = make.employee()

    case = open_leaving(session, tools, ann, by=YESTERDAY, actor=make.actor())

    assert (case.closed_at is None, ann.status) == (False, Status.LEFT)


def leave(session, tools, make, *, accept_first: bool = False) -> None:
    """Open the case of somebody with a phone, a SIM and an account, partly come back."""
    ann, ben = make.employee(), make.employee()
    device, sim, account = make.device(), make.sim(device=make.device()), make.account()
    account.department, account.device = ann.department, make.device()
    issue(session, to=ann, devices=[device], sims=[sim], accounts=[account], actor=make.actor())
    open_leaving(session, tools, ann, by=BY, successor=ben, actor=make.actor())
    finish_work(session, ann)
    look(session, tools, make, device, sims=(sim,))
    if accept_first:
        unbind(session, make, device)
        accept(session, device, actor=make.actor())


def test_more_cases_take_no_more_queries(session, tools, make, count_queries):
    leave(session, tools, make)
    leave(session, tools, make, accept_first=True)
    few, in_few = listed(session, make, count_queries)
    for nth in range(6):
        leave(session, tools, make, accept_first=nth % 2 == 0)
    many, in_many = listed(session, make, count_queries)

    assert (len(few), len(many)) == (2, 8)
    assert in_many == in_few
    assert {step.done for case in many for step in case.steps} == {True, False}


def listed(session, make, count_queries):
    """List every case as a new request does, which has nothing in its session yet."""
    session.flush()
    session.expunge_all()
    with count_queries() as sent:
        found, _ = cases(session, CaseQuery(), actor=make.actor())
    return found, len(sent)


def test_a_case_is_listed_as_it_is_shown(session, tools, make, held):
    case = open_leaving(session, tools, held[0], by=BY, actor=make.actor())
    finish_work(session, held[0])
    leave(session, tools, make)

    found, _ = cases(session, CaseQuery(), actor=make.actor())

    alone = shown_case(session, case_within(session, case.number, actor=make.actor()))
    assert alone in found
    assert [one.tag for one in alone.held.devices] == [held[1].tag]
    assert [one.number for one in alone.held.sims] == [held[2].number]
    assert [one.handle for one in alone.held.accounts] == [held[3].handle]


def test_cases_are_listed_by_state(session, tools, make, held):
    open_one = open_leaving(session, tools, held[0], by=BY, actor=make.actor())
    open_leaving(session, tools, make.employee(), by=YESTERDAY, actor=make.actor())

    found, _ = cases(session, CaseQuery(state="open"), actor=make.actor())

    assert [case.number for case in found] == [open_one.number]
    assert case_within(session, open_one.number, actor=make.actor()) is open_one


def test_who_has_left_is_shut_out(session, tools, make):
    ann = make.employee()
    user = make.user(Role.EMPLOYEE, employee_id=ann.id)

    open_leaving(session, tools, ann, by=YESTERDAY, actor=make.actor(Role.OPERATOR))

    assert (ann.status, user.active) == (Status.LEFT, False)
    assert [event.name for event in recorded(session)][-2:] == ["user.shut_out", "employee.left"]


def test_the_last_administrator_does_not_leave_without_a_successor(session, tools, make):
    ann = make.employee()
    make.user(Role.ADMINISTRATOR, employee_id=ann.id)

    with pytest.raises(LastOfItsRole):
        open_leaving(session, tools, ann, by=BY, actor=make.actor(Role.OPERATOR))
