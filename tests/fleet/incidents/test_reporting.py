"""A report in one line begins everything that must happen, each with its clock, and only once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.access.actor import Actor, HeldRole
from fleet.access.errors import NotAllowed
from fleet.accounts.errors import AccountNotFound
from fleet.accounts.lifecycle import Move as AccountMove
from fleet.accounts.services import move_account
from fleet.audit.models import AuditEntry
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.incidents import IncidentKind, IncidentQuery, MeasureKind, MeasureState
from fleet.contracts.policies import Trigger
from fleet.contracts.proof import Level
from fleet.custody.issuing import issue
from fleet.custody.services import take_back_account
from fleet.devices.errors import DeviceNotFound
from fleet.devices.lifecycle import State
from fleet.incidents.errors import (
    KnownAlready,
    NotOfThisThing,
    ThingsOfSeveralPeople,
    ThingsToBeNamed,
)
from fleet.incidents.models import Incident
from fleet.incidents.queries import flags_of, incidents
from fleet.incidents.services import plan_report, report
from fleet.vault.events import CredentialFellDue
from tests.fleet.custody.proofs import change_password, rotate_pin

LOST, LEAKED = IncidentKind.LOST, IncidentKind.PASSWORD_LEAKED


def measures(incident):
    return {(one.kind, one.name): one for one in incident.measures}


def test_a_lost_phone_needs_no_name_and_takes_along_what_is_in_it(session, tools, held):
    incident, joined = report(session, tools, LOST, [], note="in the taxi", actor=held.actor)

    assert (incident.number[:3], joined, incident.employee) == ("IN-", False, held.ann)
    assert set(measures(incident)) == {
        (MeasureKind.MARK_LOST, held.phone.tag),
        (MeasureKind.FREEZE_ACCOUNT, held.account.handle),
        (MeasureKind.CHANGE, held.account.handle),
        (MeasureKind.BLOCK_SIM, held.sim.number),
    }


def test_a_phone_reported_lost_is_marked_lost_at_once(session, tools, held):
    incident, _ = report(session, tools, LOST, [], actor=held.actor)

    marked = measures(incident)[MeasureKind.MARK_LOST, held.phone.tag]
    assert held.phone.state is State.LOST
    assert (marked.state, marked.level, marked.by) == (
        MeasureState.DONE,
        Level.DECLARED,
        held.ann.name,
    )


def test_what_is_in_a_lost_phone_falls_due_once(session, tools, held):
    rotate_pin(session, tools, held.phone)
    change_password(session, tools, held.account)
    session.commit()

    report(session, tools, LOST, [], actor=held.actor)

    due = [one for one in recorded(session) if isinstance(one, CredentialFellDue)]
    assert sorted(one.subject_name for one in due) == sorted([held.phone.tag, held.account.handle])
    assert {one.trigger for one in due} == {Trigger.INCIDENT}


def test_a_leaked_password_falls_due_at_once(session, tools, held):
    change_password(session, tools, held.account)
    session.commit()

    incident, _ = report(session, tools, LEAKED, [held.account], actor=held.actor)

    due = [one for one in recorded(session) if isinstance(one, CredentialFellDue)]
    assert [one.subject_name for one in due] == [held.account.handle]
    assert [one.kind for one in incident.measures] == [MeasureKind.CHANGE]
    assert held.phone.state is State.ISSUED


def test_clocks_come_from_the_settings(session, tools, held):
    before = now()

    incident, _ = report(session, tools, LOST, [], actor=held.actor)

    freeze = measures(incident)[MeasureKind.FREEZE_ACCOUNT, held.account.handle]
    change = measures(incident)[MeasureKind.CHANGE, held.account.handle]
    assert timedelta(minutes=30) <= freeze.due_at - before < timedelta(minutes=31)
    assert timedelta(hours=24) <= change.due_at - before < timedelta(hours=24, minutes=1)


def test_what_is_so_already_is_not_asked_for(session, tools, make, held):
    actor = make.actor()
    move_account(session, held.account, move=AccountMove.FREEZE, reason="x", actor=actor)

    incident, _ = report(session, tools, IncidentKind.ACCOUNT_ABNORMAL, [held.account], actor=actor)

    freeze = measures(incident)[MeasureKind.FREEZE_ACCOUNT, held.account.handle]
    assert freeze.state is MeasureState.DONE


def test_a_second_report_joins_the_open_one(session, tools, make, held):
    first, _ = report(session, tools, LOST, [], note="in the taxi", actor=held.actor)
    session.commit()

    again, joined = report(session, tools, LOST, [held.phone], note="or not", actor=make.actor())

    assert (again.number, joined) == (first.number, True)
    assert [note.text for note in again.notes] == ["in the taxi", "or not"]
    assert len(again.measures) == 4


def test_a_report_that_joins_adds_what_is_new(session, tools, make, held):
    other = make.account()
    actor = make.actor()
    issue(session, to=held.ann, accounts=[other], exception="two markets", actor=actor)
    first, _ = report(session, tools, LEAKED, [held.account], actor=held.actor)

    report(session, tools, LEAKED, [held.account, other], actor=held.actor)

    assert [one.name for one in first.measures] == [held.account.handle, other.handle]


def test_an_incident_of_an_earlier_holder_is_not_the_next_ones_to_read(session, tools, make, held):
    actor, bob = make.actor(), make.employee()
    first, _ = report(session, tools, LEAKED, [held.account], actor=held.actor)
    held.account.state = held.account.state.RETURNING
    change_password(session, tools, held.account)
    take_back_account(session, held.account, actor=actor)
    issue(session, to=bob, accounts=[held.account], actor=actor)
    next_one = Actor(bob.id, bob.name, (HeldRole(Role.EMPLOYEE),), employee_id=bob.id)

    with pytest.raises(KnownAlready, match=first.number):
        report(session, tools, LEAKED, [held.account], actor=next_one)
    assert report(session, tools, LEAKED, [held.account], actor=actor) == (first, True)


def test_what_was_changed_since_is_not_due_again_for_a_second_report(session, tools, held):
    change_password(session, tools, held.account)
    report(session, tools, LEAKED, [held.account], actor=held.actor)
    change_password(session, tools, held.account)
    session.commit()

    report(session, tools, LEAKED, [held.account], actor=held.actor)

    assert not [one for one in recorded(session) if isinstance(one, CredentialFellDue)]


def test_a_dry_run_plans_the_same_and_stores_nothing(session, tools, held):
    plan, joins = plan_report(session, tools, LOST, [], actor=held.actor)

    assert (len(plan.measures), joins) == (4, None)
    assert (session.scalars(select(Incident)).all(), list(session.new)) == ([], [])
    assert held.phone.state is State.ISSUED


def test_an_employee_reports_only_what_is_his(session, tools, make, held):
    theirs, account = make.device(), make.account()
    issue(session, to=make.employee(), devices=[theirs], actor=make.actor())

    with pytest.raises(DeviceNotFound):
        report(session, tools, LOST, [theirs], actor=held.actor)
    with pytest.raises(AccountNotFound):
        report(session, tools, LEAKED, [account], actor=held.actor)


def test_a_head_reports_what_is_held_in_his_department_alone(session, tools, make, held):
    other = make.department()
    for place, refused in ((held.ann.department_id, False), (other.id, True)):
        head = Actor(held.ann.id, "Head", (HeldRole(Role.MANAGER, place),))
        if refused:
            with pytest.raises(DeviceNotFound):
                report(session, tools, LEAKED, [held.phone], actor=head)
        else:
            assert report(session, tools, LEAKED, [held.phone], actor=head)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SECURITY])
def test_whoever_only_reads_reports_nothing(session, tools, make, held, role):
    with pytest.raises(NotAllowed):
        report(session, tools, LOST, [held.phone], actor=make.actor(role))


def test_whoever_holds_two_phones_has_to_say_which(session, tools, make, held):
    second = make.device()
    issue(session, to=held.ann, devices=[second], actor=make.actor())

    with pytest.raises(ThingsToBeNamed, match=second.tag):
        report(session, tools, LOST, [], actor=held.actor)


def test_things_of_two_people_are_two_incidents(session, tools, make, held):
    theirs = make.device()
    issue(session, to=make.employee(), devices=[theirs], actor=make.actor())

    with pytest.raises(ThingsOfSeveralPeople):
        report(session, tools, LOST, [held.phone, theirs], actor=make.actor())


def test_a_phone_is_no_abnormal_account(session, tools, held):
    with pytest.raises(NotOfThisThing, match=held.phone.tag):
        report(session, tools, IncidentKind.ACCOUNT_ABNORMAL, [held.phone], actor=held.actor)


def test_what_people_write_is_not_in_the_trail(session, tools, held):
    report(session, tools, LEAKED, [held.account], note="it was hunter2!", actor=held.actor)
    session.commit()

    entries = session.scalars(select(AuditEntry)).all()

    assert "incident.reported" in {entry.event for entry in entries}
    assert not [one for one in entries if "hunter2" in f"{one.details}{one.changes}"]


def test_everybody_sees_what_he_may(session, tools, make, held):
    report(session, tools, LEAKED, [held.account], actor=held.actor)
    bob = make.employee()
    stranger = Actor(bob.id, "Bob", (HeldRole(Role.EMPLOYEE),), employee_id=bob.id)
    head = Actor(bob.id, "Head", (HeldRole(Role.MANAGER, held.ann.department_id),))

    seen = {
        who.name: len(incidents(session, IncidentQuery(), actor=who)[0])
        for who in (held.actor, head, stranger, make.actor(Role.SUPERVISOR, name="Team"))
    }

    assert seen == {held.ann.name: 1, "Head": 1, "Bob": 0, "Team": 1}


def test_a_holder_with_an_open_incident_is_flagged_at_the_desk(session, tools, make, held):
    incident, _ = report(session, tools, LEAKED, [held.account], actor=held.actor)

    handing = issue(session, to=held.ann, devices=[make.device()], actor=make.actor())

    assert [incident.number in text for text in handing.warnings] == [True]
    assert flags_of(session, make.employee()) == []
