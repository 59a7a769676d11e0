"""What is preserved stays, whatever its time and whoever asks."""

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.backups.models import BackupPack
from fleet.backups.storage import Storage
from fleet.contracts.access import Role
from fleet.contracts.backups import BackupState
from fleet.contracts.keeping import FaultKind, PreservationIn, PreservationQuery
from fleet.keeping import deleting, preserving
from fleet.keeping.deleting import Went
from fleet.keeping.errors import (
    BackupPreserved,
    PreservationLiftedAlready,
    PreservationNotFound,
)
from fleet.keeping.faults import Wrong, end_fault, note_wrong, open_fault
from tests.fleet.keeping.shelf import name_of


@pytest.fixture
def place(session, make):
    def placed(**subject):
        given = PreservationIn(reason="case 7", **subject)
        return preserving.place(session, given, actor=make.actor())

    return placed


def subject_of(kind: str, backup) -> dict[str, str]:
    names = {
        "device": backup.device.tag,
        "employee": backup.holder.number,
        "backup": backup.number,
    }
    return {kind: names[kind]}


@pytest.mark.parametrize("kind", ["device", "employee", "backup"])
def test_what_is_preserved_is_not_deleted_until_it_is_lifted(session, shelf, make, place, kind):
    backup = shelf.backup("a", days=5000, holder=make.employee())
    placed = place(**subject_of(kind, backup))

    found = deleting.expire(session, actor=make.actor())
    with pytest.raises(BackupPreserved) as refused:
        deleting.delete_backup(session, backup, reason="test", actor=make.actor())
    preserving.lift(session, placed.preservation.number, reason="closed", actor=make.actor())

    assert (found.due, found.preserved) == ([], 1)
    assert placed.preservation.number in str(refused.value)
    assert [one.number for one in deleting.expire(session, actor=make.actor()).due] == [
        backup.number
    ]


def test_what_others_have_is_not_kept_with_it(session, shelf, make, place):
    mine = shelf.backup("a", days=100, holder=make.employee())
    theirs = shelf.backup("b", days=100, holder=make.employee())
    nobodys = shelf.backup("c", days=100)
    place(employee=mine.holder.number)

    due = {one.number for one in deleting.expire(session, actor=make.actor()).due}

    assert due == {theirs.number, nobodys.number}


def test_what_was_marked_and_is_whole_stays(session, sessions, shelf, make, place, tools):
    backup = shelf.backup("a", holder=make.employee())
    deleting.delete_backup(session, backup, reason="test", actor=make.actor())

    placed = place(device=backup.device.tag)
    session.commit()

    assert placed.kept == [backup.number]
    assert backup.state is BackupState.COMPLETE
    assert deleting.carry_out(sessions, tools.settings) == 0
    assert shelf.lies("a")


def test_of_what_is_half_gone_the_rest_stays(
    session, sessions, shelf, make, place, tools, monkeypatch
):
    backup = shelf.backup("a", "b", "c")
    deleting.delete_backup(session, backup, reason="test", actor=make.actor())
    session.commit()
    monkeypatch.setattr(deleting, "AT_ONCE", 1)
    for _begun_and_one_gone in range(2):
        with sessions.begin() as other:
            assert deleting._step(other, shelf.storage, backup.id) is Went.ON

    placed = place(backup=backup.number)
    session.commit()

    assert placed.too_late == [backup.number]
    with sessions.begin() as other:  # by somebody who had begun before it was placed
        assert deleting._step(other, shelf.storage, backup.id) is Went.NOWHERE
    assert deleting.carry_out(sessions, tools.settings) == 0
    assert [shelf.lies(text) for text in "abc"] == [False, True, True]
    assert len(session.scalars(select(BackupPack.id)).all()) == 2


def test_of_what_somebody_died_at_nobody_knows_what_is_left(
    session, sessions, shelf, make, place, tools, monkeypatch
):
    backup = shelf.backup("a", "b")
    deleting.delete_backup(session, backup, reason="test", actor=make.actor())
    session.commit()
    delete = Storage.delete

    def dies(self, names):
        delete(self, names)
        raise KeyboardInterrupt

    monkeypatch.setattr(Storage, "delete", dies)
    with pytest.raises(KeyboardInterrupt):
        deleting.carry_out(sessions, tools.settings)
    session.expire_all()

    placed = place(backup=backup.number)

    assert (shelf.lies("a"), placed.kept, placed.too_late) == (False, [], [backup.number])
    assert backup.state is BackupState.DELETING


def test_what_is_kept_after_all_is_as_good_as_its_objects(
    session, sessions, shelf, make, place, tools
):
    phone = make.device()
    healed, spoilt = (shelf.backup(text, device=phone) for text in "ab")
    lost = Wrong(name_of("a"), FaultKind.ABSENT)
    note_wrong(session, lost, by="SC-1", actor=make.actor())
    assert healed.state is BackupState.DAMAGED
    for backup in (healed, spoilt):
        deleting.delete_backup(session, backup, reason="test", actor=make.actor())
    session.flush()
    fault = open_fault(session, lost.object)
    end_fault(session, fault, because="it is there, and good", actor=make.actor())
    other = shelf.backup("b")
    note_wrong(session, Wrong(name_of("b"), FaultKind.ABSENT), by="SC-1", actor=make.actor())

    placed = place(device=phone.tag)

    assert sorted(placed.kept) == sorted([healed.number, spoilt.number])
    assert other.state is BackupState.DAMAGED
    assert (healed.state, spoilt.state) == (BackupState.COMPLETE, BackupState.DAMAGED)


def test_it_is_written_down_who_kept_what_and_why(session, make, place):
    phone = make.device()
    placed = place(device=phone.tag)
    preserving.lift(session, placed.preservation.number, reason="closed", actor=make.actor())
    session.commit()

    about = AuditEntry.subject_id == placed.preservation.id
    told = session.scalars(select(AuditEntry).where(about).order_by(AuditEntry.sequence)).all()
    assert [(one.event, one.details["reason"]) for one in told] == [
        ("preservation.placed", "case 7"),
        ("preservation.lifted", "closed"),
    ]
    assert told[0].details["of"] == phone.tag


def test_a_list_shows_those_in_force_or_all(session, make, place):
    lifted, live = (place(device=make.device().tag).preservation for _ in range(2))
    preserving.lift(session, lifted.number, reason="closed", actor=make.actor())

    def listed(**query) -> list[str]:
        asked = PreservationQuery(**query)
        return [
            one.number for one in preserving.preservations(session, asked, actor=make.actor())[0]
        ]

    assert listed() == [live.number]
    assert sorted(listed(lifted=True)) == [lifted.number, live.number]


def test_it_is_lifted_once_and_only_where_it_is(session, make, place):
    placed = place(device=make.device().tag).preservation
    preserving.lift(session, placed.number, reason="closed", actor=make.actor())

    with pytest.raises(PreservationLiftedAlready):
        preserving.lift(session, placed.number, reason="closed", actor=make.actor())
    with pytest.raises(PreservationNotFound):
        preserving.lift(session, "PR-1999-001", reason="closed", actor=make.actor())


def test_nobody_who_deletes_can_lift_it(session, make, place):
    placed = place(device=make.device().tag).preservation

    for role in (Role.ADMINISTRATOR, Role.OPERATOR, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            preserving.lift(session, placed.number, reason="x", actor=make.actor(role))


@pytest.mark.parametrize("given", [{}, {"device": "a", "backup": "b"}])
def test_it_is_of_one_thing(given):
    with pytest.raises(ValueError, match="one of them alone"):
        PreservationIn(reason="case 7", **given)
