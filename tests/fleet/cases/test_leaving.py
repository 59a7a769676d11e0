"""A leaver's things come back by proof, and the case closes itself with the last of them."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.errors import LastOfItsRole
from fleet.audit.services import recorded
from fleet.backups.models import Backup
from fleet.cases.errors import CaseOpen, SuccessorLeavesToo
from fleet.cases.opening import open_leaving
from fleet.cases.queries import case_within, cases, plan_leaving, shown_case
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.backups import BackupState
from fleet.contracts.cases import CaseQuery
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
    assert done == [True, True, True, False, False, False]


def test_the_case_closes_itself_with_the_last_thing(session, tools, make, held):
    ann, device, sim, account = held
    ben = make.employee(name="Chen Hao")
    case = open_leaving(session, tools, ann, by=BY, successor=ben, actor=make.actor())
    finish_work(session, ann)
    look(session, tools, make, device)

    return_sim(session, sim, actor=make.actor())
    reassign(session, account, to=ben, actor=make.actor())
    assert case.closed_at is None
    accept(session, device, actor=make.actor())

    assert (case.closed_at is None, ann.status) == (False, Status.LEFT)
    assert all(step.done for step in shown_case(session, case).steps)


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


def test_who_holds_nothing_has_left(session, tools, make):
    ann = make.employee()

    case = open_leaving(session, tools, ann, by=BY, actor=make.actor())

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
    open_leaving(session, tools, make.employee(), by=BY, actor=make.actor())

    found, _ = cases(session, CaseQuery(state="open"), actor=make.actor())

    assert [case.number for case in found] == [open_one.number]
    assert case_within(session, open_one.number, actor=make.actor()) is open_one


def test_who_has_left_is_shut_out(session, tools, make):
    ann = make.employee()
    user = make.user(Role.EMPLOYEE, employee_id=ann.id)

    open_leaving(session, tools, ann, by=BY, actor=make.actor(Role.OPERATOR))

    assert (ann.status, user.active) == (Status.LEFT, False)
    assert [event.name for event in recorded(session)][-2:] == ["user.shut_out", "employee.left"]


def test_the_last_administrator_does_not_leave_without_a_successor(session, tools, make):
    ann = make.employee()
    make.user(Role.ADMINISTRATOR, employee_id=ann.id)

    with pytest.raises(LastOfItsRole):
        open_leaving(session, tools, ann, by=BY, actor=make.actor(Role.OPERATOR))
