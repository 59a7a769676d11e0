"""Two records of one thing become one: what was the one's is the other's, and back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.audit.services import recorded
from fleet.bin.errors import CannotMerge, TooLateToPart
from fleet.bin.merging import merge, part
from fleet.contracts.access import Role
from fleet.contracts.bin import RecordKind
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.custody.issuing import issue
from fleet.custody.queries import held_by, history, open_holding
from fleet.devices.lifecycle import Move, State
from fleet.devices.models import DeviceImei
from fleet.devices.naming import note_imeis
from fleet.devices.queries import device
from fleet.devices.services import move_device
from fleet.people.models import Status
from fleet.people.queries import department, employee
from fleet.sims.queries import sim
from fleet.vault.models import Credential

IMEI = "490154203237518"


@pytest.fixture
def join(session, make):
    def go(kind: RecordKind, name: str, into: str):
        actor = make.actor(Role.OPERATOR)
        return merge(session, kind, name, into=into, reason="one phone", days=30, actor=actor)

    return go


@pytest.fixture
def pair(session, make):
    """Give a phone that was entered by hand and is out, and the same one as a station found it."""
    ann = make.employee(number="E1")
    old = make.device(tag="WF-1", serial="TYPED0", colour="black")
    note_imeis(session, old, [IMEI])
    new = make.device(tag="WF-2", serial="R58M1", last_seen_at=now())
    issue(session, to=ann, devices=[old], actor=make.actor())
    session.add(
        Credential(kind=CredentialKind.DEVICE_PIN, device_id=old.id, subject="WF-1", due_at=now())
    )
    session.flush()
    return old, new


def test_what_was_the_ones_is_the_others(session, make, join, pair):
    _old, new = pair

    entry = join(RecordKind.DEVICE, "WF-1", "WF-2")

    assert device(session, "WF-1") is device(session, "WF-2") is new
    assert device(session, "TYPED0") is new
    assert (new.state, new.colour, new.imei) == (State.ISSUED, "black", [IMEI])
    assert open_holding(session, new).employee.number == "E1"
    assert len(history(session, new, actor=make.actor())) == 1
    assert session.scalars(select(Credential.subject)).all() == ["WF-2"]
    event = recorded(session)[-1]
    assert (event.name, event.moved) == ("record.merged", {"credential": 1, "holding": 1})
    assert sorted(entry.before) == ["colour", "imei", "state"]


def test_a_merge_is_undone(session, make, join, pair):
    key = pair[0].id
    entry = join(RecordKind.DEVICE, "WF-1", "WF-2")

    part(session, entry, reason="two phones after all", actor=make.actor(Role.OPERATOR))

    old, new = device(session, "WF-1"), device(session, "WF-2")
    assert (old.id, old.state, old.colour) == (key, State.ISSUED, "black")
    assert (new.state, new.colour, new.imei) == (State.IN_STOCK, None, [])
    assert open_holding(session, old).employee.number == "E1"
    assert open_holding(session, new) is None
    assert session.scalars(select(Credential.subject)).all() == ["WF-1"]
    assert session.scalars(select(DeviceImei.device_id)).all() == [key]


def test_what_has_moved_on_is_not_parted(session, make, join, pair):
    entry = join(RecordKind.DEVICE, "WF-1", "WF-2")
    move_device(session, device(session, "WF-2"), move=Move.LOSE, reason="x", actor=make.actor())

    with pytest.raises(TooLateToPart):
        part(session, entry, reason="two after all", actor=make.actor())


def refused(join, kind, name, into) -> str:
    with pytest.raises(CannotMerge) as refusal:
        join(kind, name, into)
    return refusal.value.why


def test_two_truths_are_not_merged(session, make, join, pair):
    old, new = pair
    issue(session, to=make.employee(), devices=[new], actor=make.actor())
    session.add(Credential(kind=CredentialKind.DEVICE_PIN, device_id=new.id, subject="WF-2"))
    old.last_seen_at = now() - timedelta(days=3)
    session.flush()

    reasons = refused(join, RecordKind.DEVICE, "WF-1", "WF-2")

    assert "both are with somebody" in reasons
    assert "the vault has" in reasons
    assert "stations have seen both" in reasons
    assert device(session, "WF-1") is old


def test_a_phone_that_a_station_knows_is_not_merged_into_one_that_was_typed(make, join):
    make.device(tag="WF-1", last_seen_at=now())
    make.device(tag="WF-2")

    assert "merge WF-2 into it" in refused(join, RecordKind.DEVICE, "WF-1", "WF-2")


def test_states_that_deny_each_other_are_refused(make, join):
    make.device(tag="WF-1", state=State.LOST)
    make.device(tag="WF-2", state=State.IN_REPAIR)

    assert "one is lost" in refused(join, RecordKind.DEVICE, "WF-1", "WF-2")
    assert "one record" in refused(join, RecordKind.DEVICE, "WF-1", "WF-1")


def test_two_entries_of_one_person_become_one(session, make, join):
    old, new = make.employee(number="E1", position="Sales"), make.employee(number="E2")
    first, second = make.account(), make.account()
    issue(session, to=old, accounts=[first], actor=make.actor())
    issue(session, to=new, accounts=[second], actor=make.actor())

    join(RecordKind.EMPLOYEE, "E1", "E2")

    assert employee(session, "E1") is new
    assert (new.position, len(held_by(session, new))) == ("Sales", 2)
    assert [one.exception for one in held_by(session, new)].count("one phone") == 1


def test_somebody_is_not_merged_into_an_entry_that_has_left(make, join):
    make.employee(number="E1")
    make.employee(number="E2", status=Status.LEFT)

    assert "has left" in refused(join, RecordKind.EMPLOYEE, "E1", "E2")


def test_departments_beside_each_other_become_one(session, make, join):
    old, new = make.department(code="A"), make.department(code="B")
    below = make.department(code="C", parent=old)
    person = make.employee(department=old)

    assert "above" in refused(join, RecordKind.DEPARTMENT, "A", "C")
    join(RecordKind.DEPARTMENT, "A", "B")

    assert department(session, "A") is new
    assert (below.parent, person.department) == (new, new)


def test_a_card_entered_twice_is_found_by_either_number(session, make, join):
    old, new = make.sim(number="13800138000"), make.sim(number="13800138001", plan="59")
    names = old.number, old.iccid

    join(RecordKind.SIM, *(one.number for one in (old, new)))

    assert [sim(session, name) for name in names] == [new, new]


def test_a_pointer_follows_when_what_it_leads_to_is_merged_as_well(session, make, join):
    for code in "ABC":
        make.department(code=code)

    join(RecordKind.DEPARTMENT, "A", "B")
    join(RecordKind.DEPARTMENT, "B", "C")

    assert department(session, "A") is department(session, "C")
