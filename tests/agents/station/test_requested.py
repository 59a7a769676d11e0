"""A change that was asked for, by a real station on a real phone: approved, proven, shown once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fleet.access.models import User
from fleet.access.queries import actor_of_user
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.contracts.requests import Handed, RequestState
from fleet.custody.issuing import issue
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.requests.appointments import appoint
from fleet.requests.errors import HandedOver
from fleet.requests.handing import hand_over
from fleet.requests.queries import request_within
from fleet.requests.services import ask, decide
from fleet.stations.queries import station_named
from fleet.vault.queries import pin_of
from fleet.vault.services import adopt
from tests.agents.station.desk import CLERK, present, until, value_in_vault
from tests.factories import Make

pytestmark = pytest.mark.handset
SOON = timedelta(seconds=2)


def person(make, department, name):
    employee = make.employee(name=name, department=department)
    return make.user(Role.EMPLOYEE, name=name, employee_id=employee.id)


@pytest.fixture
def held(desk, agent, handset):
    """Give Ann a phone whose PIN is known, and sales a head; return the names of their users."""
    until(lambda: present(desk, handset))
    with desk.acting() as session:
        make = Make(session)
        sales = make.department(code="SALES")
        ann, wei = person(make, sales, "Ann"), person(make, sales, "Wei")
        make.grant(wei, Role.MANAGER, department_id=sales.id)
        device = session.get(Device, desk.device(handset.serial).id)
        given = {"value": handset.profile.pin, "reason": "known", "actor": CLERK}
        adopt(session, desk.tools, pin_of(device), **given)
        session.flush()
        holder = session.get(Employee, ann.employee_id)
        sales.head_id = wei.employee_id
        issue(session, to=holder, devices=[device], actor=CLERK)
        return ann.username, wei.username


def actor(session, username):
    user = session.query(User).filter_by(username=username).one()
    return replace(actor_of_user(user), signed_in=True)


def asked_for(desk, handset, ann, wei):
    """Have a change asked for, approved and appointed; return its number and the time."""
    with desk.acting() as session:
        tag = desk.device(handset.serial).tag
        pin = CredentialKind.DEVICE_PIN
        her = actor(session, ann)
        request = ask(session, desk.tools, pin, tag, reason="somebody looked on", actor=her)
        decide(session, request, approve=True, note="go ahead", actor=actor(session, wei))
        given = {"station": station_named(session, "bench-1"), "at": now() + SOON}
        appoint(session, desk.tools, request, **given, actor=CLERK)
        return request.number, given["at"]


def standing(desk, number):
    with desk.looking() as session:
        return request_within(session, number, actor=CLERK)


def test_an_approved_change_is_made_at_its_appointment_proven_and_shown_once(desk, held, handset):
    ann, wei = held
    number, at = asked_for(desk, handset, ann, wei)

    done = until(
        lambda: one if (one := standing(desk, number)).state is RequestState.DONE else None
    )

    assert (done.level, done.ended_at >= at) == (Level.PROVEN, True)
    shown = seen_by(desk, ann, number)
    assert shown.value == handset.lock.secret == value_in_vault(desk, handset)
    assert shown.value != handset.profile.pin
    with pytest.raises(HandedOver):
        seen_by(desk, ann, number)
    assert desk.trail_is_whole()


def seen_by(desk, username, number):
    with desk.acting() as session:
        request = request_within(session, number, actor=CLERK)
        her = actor(session, username)
        return hand_over(session, desk.tools, request, how=Handed.SHOWN, actor=her)
