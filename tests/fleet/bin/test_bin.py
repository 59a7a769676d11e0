"""What is deleted can be restored as it was; what holds, is held or has a past is not deleted."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from fleet.access.errors import NotAllowed
from fleet.audit.queries import verify_trail
from fleet.audit.services import recorded
from fleet.bin.errors import (
    NameTaken,
    RecordHasHistory,
    RecordHeld,
    RecordInUse,
    RestoreNeedsMore,
)
from fleet.bin.models import BinEntry
from fleet.bin.services import (
    delete_record,
    purge_entry,
    purge_what_is_over,
    restore_record,
)
from fleet.contracts.access import Role
from fleet.contracts.bin import RecordKind
from fleet.contracts.clock import now
from fleet.custody.issuing import issue
from fleet.custody.models import Holding
from fleet.custody.services import return_sim
from fleet.database import ChangedMeanwhile, make_sessions
from fleet.devices.errors import DeviceNotFound
from fleet.devices.models import DeviceImei
from fleet.devices.naming import note_imeis
from fleet.devices.queries import device
from fleet.people.models import Department, Employee
from fleet.search.models import SearchTerm
from fleet.sims.errors import NumberBound
from tests.factories import Make
from tests.fleet.custody.test_two_operators import at_once


@pytest.fixture
def delete(session, make):
    def go(kind: RecordKind, name: str, role: Role = Role.OPERATOR) -> BinEntry:
        return delete_record(
            session, kind, name, reason="entered twice", days=30, actor=make.actor(role)
        )

    return go


def test_a_phone_goes_into_the_bin_with_all_that_was_seen_of_it_and_comes_back(
    session, make, delete
):
    phone = make.device(tag="WF-1", serial="R58M1", colour="black", bought_on=now().date())
    note_imeis(session, phone, ["490154203237518"])
    session.flush()
    key = phone.id
    terms = select(func.count()).select_from(SearchTerm)
    said = session.scalar(terms)

    entry = delete(RecordKind.DEVICE, "WF-1")

    assert (entry.number.startswith("BIN-"), entry.also) == (True, "R58M1")
    assert session.scalar(select(func.count()).select_from(DeviceImei)) == 0
    assert session.scalar(terms) == 0
    with pytest.raises(DeviceNotFound):
        device(session, "WF-1")

    restore_record(session, entry, reason="a mistake", actor=make.actor(Role.OPERATOR))

    again = device(session, "WF-1")
    assert (again.id, again.colour, again.bought_on) == (key, "black", now().date())
    assert session.scalars(select(DeviceImei.imei)).all() == ["490154203237518"]
    assert session.scalar(terms) == said  # it is found as before
    assert session.scalars(select(BinEntry)).all() == []
    assert [one.name for one in recorded(session)] == ["record.deleted", "record.restored"]


@pytest.mark.parametrize("kind", list(RecordKind))
def test_every_kind_goes_and_comes_back_as_it_was(session, make, delete, kind):
    row = getattr(make, kind.value)()
    model, key = type(row), row.id
    columns = {one.name: getattr(row, one.name) for one in model.__table__.columns}
    names = {"device": "tag", "sim": "number", "account": "handle"}
    name = getattr(row, names.get(kind, "number" if kind is RecordKind.EMPLOYEE else "code"))

    restore_record(session, delete(kind, name), reason="a mistake", actor=make.actor())

    back = session.get_one(model, key)
    assert {one: getattr(back, one) for one in columns} == columns


def test_handles_of_what_is_deleted_are_free_and_then_taken(session, make, delete):
    make.sim(number="13800138000")
    entry = delete(RecordKind.SIM, "13800138000")
    make.sim(number="13800138000")

    with pytest.raises(NameTaken) as refusal:
        restore_record(session, entry, reason="a mistake", actor=make.actor())

    assert (refusal.value.field, refusal.value.value) == ("number", "13800138000")


def test_whoever_holds_or_is_held_stays(session, make, delete):
    ann, phone = make.employee(name="Ann", number="E1"), make.device(tag="WF-1")
    issue(session, to=ann, devices=[phone], actor=make.actor())

    with pytest.raises(RecordHeld) as holder:
        delete(RecordKind.EMPLOYEE, "E1")
    with pytest.raises(RecordHeld) as held:
        delete(RecordKind.DEVICE, "WF-1")

    assert "WF-1" in str(holder.value)
    assert "Ann (E1)" in str(held.value)


def test_a_history_is_retired_and_not_deleted(session, make, delete):
    card = make.sim()
    issue(session, to=make.employee(), sims=[card], actor=make.actor())
    return_sim(session, card, actor=make.actor())

    with pytest.raises(RecordHasHistory) as refusal:
        delete(RecordKind.SIM, card.number)

    assert "workfleet sim cancel" in refusal.value.retire
    assert "holdings: 1" in str(refusal.value)


def test_what_is_in_use_stays(session, make, delete):
    head = make.employee(number="E1")
    head.department.code = "D-UP"
    make.device(owner_id=head.id)
    card = make.sim()
    make.account(number=card.number)
    make.device(tag="WF-1", present=True)

    for kind, name in [
        (RecordKind.DEPARTMENT, "D-UP"),
        (RecordKind.EMPLOYEE, "E1"),
        (RecordKind.DEVICE, "WF-1"),
    ]:
        with pytest.raises(RecordInUse):
            delete(kind, name)
    with pytest.raises(NumberBound):
        delete(RecordKind.SIM, card.number)


def test_what_it_belonged_to_has_to_be_there_to_restore_it(session, make, delete):
    person = make.employee(number="E1")
    person.department.code = "D-UP"
    session.flush()
    entry = delete(RecordKind.EMPLOYEE, "E1")
    above = delete(RecordKind.DEPARTMENT, "D-UP")

    with pytest.raises(RestoreNeedsMore):
        restore_record(session, entry, reason="a mistake", actor=make.actor())
    restore_record(session, above, reason="a mistake", actor=make.actor())
    restore_record(session, entry, reason="a mistake", actor=make.actor())

    assert session.scalars(select(Employee.number)).all() == ["E1"]
    assert session.scalars(select(Department.code)).all() == ["D-UP"]


def test_who_only_reads_deletes_nothing_and_purging_is_for_administrators(session, make, delete):
    make.device(tag="WF-1")
    with pytest.raises(NotAllowed):
        delete(RecordKind.DEVICE, "WF-1", Role.AUDITOR)
    entry = delete(RecordKind.DEVICE, "WF-1")

    with pytest.raises(NotAllowed):
        purge_entry(session, entry, reason="clean", actor=make.actor(Role.OPERATOR))
    purge_entry(session, entry, reason="clean", actor=make.actor(Role.ADMINISTRATOR))

    assert session.scalars(select(BinEntry)).all() == []
    assert recorded(session)[-1].name == "record.purged"


def test_the_bin_is_cleared_by_itself_when_the_time_is_over(session, make, delete):
    make.device(tag="WF-1")
    make.device(tag="WF-2")
    over, still = delete(RecordKind.DEVICE, "WF-1"), delete(RecordKind.DEVICE, "WF-2")
    over.until = now().date() - timedelta(days=2)

    assert purge_what_is_over(session) == 1
    session.flush()

    assert session.scalars(select(BinEntry)).all() == [still]


def test_a_number_is_masked_in_the_trail(session, make, delete):
    make.sim(number="13812342231")

    delete(RecordKind.SIM, "13812342231")

    assert recorded(session)[-1].subject_name == "138****2231"


@pytest.mark.parametrize("kind", ["device", "sim"])
def test_of_two_who_delete_and_hand_out_one_is_refused(engine: Engine, kind):
    """Nothing that is in the bin is with somebody."""
    own_sessions = make_sessions(engine)
    with own_sessions.begin() as session:
        make = Make(session)
        thing, ann = getattr(make, kind)(), make.employee()
        model, name = type(thing), thing.tag if kind == "device" else thing.number
    actor = make.actor()

    def act(n: int) -> None:
        with own_sessions.begin() as session:
            if n == 0:
                delete_record(
                    session, RecordKind(kind), name, reason="double", days=30, actor=actor
                )
            else:
                found = session.scalars(select(model)).one_or_none()
                if found is None:
                    raise ChangedMeanwhile  # looked after it was gone
                to = session.get_one(Employee, ann.id)
                issue(session, to=to, **{f"{kind}s": [found]}, actor=actor)

    refusals = at_once(act, 2)

    assert [type(one) for one in refusals] in ([RecordHeld], [ChangedMeanwhile])
    with own_sessions() as session:
        held = session.scalar(select(func.count()).select_from(Holding))
        binned = session.scalar(select(func.count()).select_from(BinEntry))
        there = session.scalar(select(func.count()).select_from(model))
        assert (held, binned, there) in {(1, 0, 1), (0, 1, 0)}
        verify_trail(session)
