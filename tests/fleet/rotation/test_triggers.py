"""What makes a rotation due at once: one way there, and only what the policy names."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.audit.services import recorded
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.policies import PolicyIn, Trigger
from fleet.custody.issuing import issue
from fleet.custody.services import reassign, return_account, return_sim, start_return
from fleet.devices.lifecycle import Move
from fleet.devices.services import move_device
from fleet.policies.services import set_policy
from fleet.rotation.triggers import make_due
from fleet.vault import services as vault
from fleet.vault.events import CredentialFellDue
from fleet.vault.models import Credential
from fleet.vault.queries import code_of, credential_of, pin_of
from tests.fleet.custody.proofs import change_password, rotate_pin


@pytest.fixture
def known(session, tools, make):
    """Give a phone and an account on it, both with values that are due in ninety days."""
    phone = make.device()
    account = make.account(device_id=phone.id)
    rotate_pin(session, tools, phone)
    change_password(session, tools, account)
    return phone, account


@pytest.fixture
def named(session, tools, make):
    """Give what lets the policy of phones and accounts name these events alone."""

    def named(*triggers: Trigger) -> None:
        for kind in (CredentialKind.DEVICE_PIN, CredentialKind.ACCOUNT_PASSWORD):
            given = PolicyIn(kind=kind, reason="of the test", events=list(triggers))
            set_policy(session, tools.settings, given, actor=make.actor())

    return named


def due(session) -> set[str]:
    overdue = select(Credential.subject).where(Credential.due_at <= now())
    return set(session.scalars(overdue))


def test_an_issue_makes_what_somebody_knows_due(session, tools, make, known, named):
    phone, account = known
    named(Trigger.ISSUE)
    pin = credential_of(session, pin_of(phone))
    vault.disclose(session, tools, pin, reason="to look", actor=make.actor())
    pin.due_at = now() + timedelta(days=90)

    issue(session, to=make.employee(), devices=[phone], accounts=[account], actor=make.actor())

    assert due(session) == {phone.tag, account.handle}


def test_a_pin_that_nobody_has_seen_since_it_was_proven_is_not_changed_again(
    session, make, known, named
):
    phone, _account = known
    named(Trigger.ISSUE)

    issue(session, to=make.employee(), devices=[phone], actor=make.actor())

    assert due(session) == set()


def test_a_return_makes_it_due(session, make, known, named):
    phone, account = known
    named(Trigger.RETURN)
    issue(session, to=make.employee(), devices=[phone], accounts=[account], actor=make.actor())
    assert due(session) == set()

    start_return(session, phone, actor=make.actor())
    return_account(session, account, actor=make.actor())

    assert due(session) == {phone.tag, account.handle}


def test_a_reassignment_makes_it_due(session, tools, make, known, named):
    _phone, account = known
    named(Trigger.REASSIGN)
    issue(session, to=make.employee(), accounts=[account], actor=make.actor())
    return_account(session, account, actor=make.actor())
    change_password(session, tools, account)
    assert due(session) == set()

    reassign(session, account, to=make.employee(), actor=make.actor())

    assert due(session) == {account.handle}


def test_a_lost_phone_is_an_incident_for_what_is_on_it(session, make, known, named):
    phone, account = known
    named(Trigger.INCIDENT)

    move_device(session, phone, move=Move.LOSE, reason="left in a taxi", actor=make.actor())

    assert due(session) == {phone.tag, account.handle}


def test_nothing_is_due_by_what_the_policy_does_not_name(session, make, known, named):
    phone, _account = known
    named(Trigger.DISCLOSURE)

    for trigger in set(Trigger) - {Trigger.DISCLOSURE}:
        assert make_due(session, [phone], trigger, actor=make.actor()) == []

    assert due(session) == set()


@pytest.mark.parametrize("trigger", [Trigger.DRIFT, Trigger.HEAD_CHANGE])
def test_a_verb_to_come_has_the_same_way(session, make, known, trigger):
    phone, account = known

    made = make_due(session, [phone, account], trigger, actor=make.actor())

    fell = [event for event in recorded(session) if isinstance(event, CredentialFellDue)]
    assert {one.subject for one in made} == due(session) == {phone.tag, account.handle}
    assert [event.trigger for event in fell] == [trigger, trigger]


def test_what_is_due_already_is_not_told_again(session, make, known):
    phone, _account = known
    make_due(session, [phone], Trigger.INCIDENT, actor=make.actor())

    assert make_due(session, [phone], Trigger.INCIDENT, actor=make.actor()) == []


def test_the_codes_of_a_sim_fall_due_only_where_a_policy_says_so(session, tools, make):
    sim = make.sim()
    subject = code_of(sim, CredentialKind.SIM_PIN)
    vault.adopt(session, tools, subject, value="4829", reason="card", actor=make.actor())
    issue(session, to=make.employee(), sims=[sim], actor=make.actor())
    assert due(session) == set()

    given = PolicyIn(kind=CredentialKind.SIM_PIN, reason="strict", events=[Trigger.RETURN])
    set_policy(session, tools.settings, given, actor=make.actor())
    return_sim(session, sim, actor=make.actor())

    assert due(session) == {sim.number}


def test_a_thing_that_comes_under_a_stricter_age_is_due_earlier(session, tools, make, known, named):
    phone, _account = known
    east = make.department(code="EAST")
    given = PolicyIn(
        kind=CredentialKind.DEVICE_PIN,
        department="EAST",
        reason="strict",
        events=[],
        max_age_days=30,
    )
    set_policy(session, tools.settings, given, actor=make.actor())

    issue(session, to=make.employee(department=east), devices=[phone], actor=make.actor())

    credential = session.scalars(select(Credential).where(Credential.subject == phone.tag)).one()
    assert (credential.due_at - credential.changed_at).days == 30
