"""A backup goes when its time is over, and then it is really gone; nothing else goes with it."""

from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.backups.errors import BackupGoingAlready, StillInStorage, StorageUnavailable
from fleet.backups.models import BackupPack
from fleet.backups.storage import Storage, index_name, resealed_name
from fleet.contracts.access import Role
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.keeping import Purpose, RetentionIn
from fleet.contracts.openings import OpeningPurpose, SealedKind
from fleet.contracts.proof import Level
from fleet.custody.issuing import issue
from fleet.keeping import deleting
from fleet.keeping.errors import (
    BackupBeingOpened,
    BackupStillNeeded,
    CompanyHasItsOwn,
    PhoneBeingBackedUp,
    RetentionInThePast,
)
from fleet.keeping.expiring import expiry
from fleet.keeping.models import BackupDeletion
from fleet.keeping.retention import STANDARD, retention
from fleet.keeping.terms import foreseen, set_terms
from fleet.openings.models import Resealing
from fleet.openings.sealed import PLACES
from fleet.openings.services import ask_opening, close_opening, decide_opening
from tests.fleet.keeping.shelf import name_of


@pytest.fixture
def carried_out(sessions, session, tools):
    def carry_out() -> int:
        session.commit()
        try:
            return deleting.carry_out(sessions, tools.settings)
        finally:
            session.expire_all()

    return carry_out


@pytest.fixture
def terms(session, make):
    def set_(purpose: Purpose = Purpose.ROUTINE, **given):
        asked = RetentionIn(purpose=purpose, reason="test", **given)
        return set_terms(session, asked, actor=make.actor())

    return set_


def expire(session, make) -> list[str]:
    return [one.number for one in deleting.expire(session, actor=make.actor()).due]


def test_what_is_over_its_time_goes_and_the_store_is_asked(session, shelf, make, carried_out):
    old, young = shelf.backup("a", "b", days=91), shelf.backup("c", days=89)

    assert expire(session, make) == [old.number]
    assert carried_out() == 1

    assert (old.state, old.packs) == (BackupState.DELETED, [])
    assert (shelf.lies("a"), shelf.lies("b"), shelf.manifest_lies(old)) == (False, False, False)
    assert (shelf.lies("c"), shelf.manifest_lies(young)) == (True, True)
    assert young.state is BackupState.COMPLETE


@pytest.mark.parametrize("purpose", Purpose)
def test_for_how_long_follows_from_what_it_was_made_for(session, shelf, make, purpose):
    days = STANDARD[purpose].keep_days
    over = shelf.backup(days=days + 1, purpose=purpose)
    shelf.backup(days=days - 1, purpose=purpose)

    assert expire(session, make) == [over.number]


def test_the_nearest_department_upwards_says_how_long(session, shelf, make, terms):
    top, other = make.department(), make.department()
    below = make.department(parent=top)
    terms(keep_days=10, department=top.code)
    mine = shelf.backup(days=11, holder=make.employee(department=below))
    shelf.backup(days=11, holder=make.employee(department=other))

    assert expire(session, make) == [mine.number]


def test_a_department_can_go_back_to_the_terms_above(session, make, terms):
    place = make.department()
    terms(keep_days=10, department=place.code)
    terms(department=place.code, inherits=True)

    found = retention(session).terms(Purpose.ROUTINE, place.id, now())

    assert found == STANDARD[Purpose.ROUTINE]


def test_terms_that_are_to_come_hold_from_their_day_on(session, make, terms):
    begins = now() + timedelta(days=10)
    terms(keep_days=7, effective_from=begins)

    every = retention(session)

    assert every.terms(Purpose.ROUTINE, None, now()) == STANDARD[Purpose.ROUTINE]
    assert every.terms(Purpose.ROUTINE, None, begins).keep_days == 7


def test_terms_in_the_past_and_above_the_company_are_refused(session, make):
    past = RetentionIn(
        purpose=Purpose.ROUTINE, reason="test", effective_from=now() - timedelta(days=1)
    )
    with pytest.raises(RetentionInThePast):
        foreseen(session, past, actor=make.actor())
    with pytest.raises(CompanyHasItsOwn):
        foreseen(
            session,
            RetentionIn(purpose=Purpose.ROUTINE, reason="test", inherits=True),
            actor=make.actor(),
        )


def test_it_is_said_how_many_go_by_new_terms(session, shelf, terms, make):
    for days in (5, 15, 95):
        shelf.backup(days=days)

    effect = terms(keep_days=10)

    assert (effect.due_before, effect.due) == (1, 2)


def test_what_is_kept_for_ever_never_goes(session, shelf, make, terms):
    shelf.backup(days=5000)
    terms(keep_days=0)

    assert expire(session, make) == []


def test_an_object_goes_with_the_last_backup_that_names_it(session, shelf, make, carried_out):
    full = shelf.backup("base", "more", days=100)
    later = shelf.backup("base", "new", days=1)
    expire(session, make)
    carried_out()

    assert (shelf.lies("base"), shelf.lies("more")) == (True, False)
    assert session.scalars(select(BackupDeletion.shared)).all() == [1]

    deleting.delete_backup(session, later, reason="test", actor=make.actor())
    carried_out()

    assert (shelf.lies("base"), shelf.lies("new")) == (False, False)
    assert full.state is later.state is BackupState.DELETED


def test_two_that_go_together_take_what_they_share_with_them(session, shelf, make, carried_out):
    shelf.backup("base", days=100), shelf.backup("base", days=101)
    expire(session, make)

    assert carried_out() == 2
    assert not shelf.lies("base")


def test_the_newest_whole_one_of_a_phone_that_is_out_stays(session, shelf, make):
    ann, phone = make.employee(), make.device()
    issue(session, to=ann, devices=[phone], sims=[], accounts=[], actor=make.actor())
    older = shelf.backup("a", days=200, device=phone, holder=ann)
    newest = shelf.backup("b", days=100, device=phone, holder=ann)

    found = deleting.expire(session, actor=make.actor())

    assert [one.number for one in found.due] == [older.number]
    assert found.needed == 1
    with pytest.raises(BackupStillNeeded):
        deleting.delete_backup(session, newest, reason="test", actor=make.actor())


def test_what_was_cancelled_is_over_its_time_at_once(session, shelf, make, carried_out):
    cancelled = shelf.backup("part", "shared", state=BackupState.CANCELLED)
    shelf.backup(state=BackupState.CANCELLED)  # of which nothing was stored
    shelf.backup("shared")

    assert expire(session, make) == [cancelled.number]
    carried_out()

    assert (shelf.lies("part"), shelf.lies("shared")) == (False, True)


def test_what_somebody_may_read_now_is_not_deleted_from_under_him(session, shelf, make):
    backup = shelf.backup("a", days=100)
    asker, second = make.actor(Role.SECURITY), make.actor(Role.ADMINISTRATOR, "Qian Wei")
    purpose = OpeningPurpose.GIVE_BACK
    asked = ask_opening(session, backup, purpose=purpose, reason="test", actor=asker)
    decide_opening(session, asked, approve=True, note="agreed", actor=second)

    assert expire(session, make) == []
    with pytest.raises(BackupBeingOpened, match=asked.number):
        deleting.delete_backup(session, backup, reason="test", actor=make.actor())

    close_opening(session, asked, actor=asker)
    assert expire(session, make) == [backup.number]


def test_what_goes_is_opened_to_nobody(session, shelf, make):
    asker, second = make.actor(Role.SECURITY), make.actor(Role.ADMINISTRATOR, "Qian Wei")
    other = make.actor(Role.SECURITY, "Wu Lan")
    backup, purpose = shelf.backup("a"), OpeningPurpose.GIVE_BACK
    asked = ask_opening(session, backup, purpose=purpose, reason="test", actor=asker)
    deleting.delete_backup(session, backup, reason="test", actor=make.actor())

    with pytest.raises(BackupGoingAlready):
        decide_opening(session, asked, approve=True, note="agreed", actor=second)
    with pytest.raises(BackupGoingAlready):
        ask_opening(session, backup, purpose=purpose, reason="test", actor=other)


def test_nothing_goes_that_a_backup_under_way_may_build_upon(session, shelf, make):
    phone = make.device()
    old = shelf.backup("a", days=100, device=phone)
    shelf.backup(device=phone, state=BackupState.RUNNING)

    assert expire(session, make) == []
    with pytest.raises(PhoneBeingBackedUp):
        deleting.delete_backup(session, old, reason="test", actor=make.actor())


def test_what_goes_already_is_not_deleted_twice(session, shelf, make):
    backup = shelf.backup("a")
    deleting.delete_backup(session, backup, reason="test", actor=make.actor())

    with pytest.raises(BackupGoingAlready):
        deleting.delete_backup(session, backup, reason="test", actor=make.actor())


def test_the_trail_tells_the_mark_and_the_end(session, shelf, make, carried_out):
    backup = shelf.backup("a", "b")
    deleting.delete_backup(session, backup, reason="asked by the person", actor=make.actor())
    carried_out()

    about = AuditEntry.subject_id == backup.id
    told = session.scalars(select(AuditEntry).where(about).order_by(AuditEntry.sequence)).all()
    assert [one.event for one in told] == [
        "backup.deletion_marked",
        "backup.deletion_begun",
        "backup.deleted",
    ]
    assert told[0].details["reason"] == "asked by the person"
    assert told[2].details["objects"] == 3


def test_it_goes_on_where_somebody_died_between_the_store_and_the_row(
    session, shelf, make, carried_out, tools
):
    backup = shelf.backup("a", "b")
    deleting.delete_backup(session, backup, reason="test", actor=make.actor())
    shelf.storage.delete([one.name for one in shelf.storage.listed("packs")][:1])

    assert carried_out() == 1
    assert backup.state is BackupState.DELETED
    assert list(shelf.storage.listed("packs")) == []


def test_a_store_that_is_away_leaves_the_mark(session, shelf, make, carried_out, tools):
    backup = shelf.backup("a")
    deleting.delete_backup(session, backup, reason="test", actor=make.actor())
    folder = tools.settings.home / "storage"
    folder.rename(folder.with_name("away"))
    folder.write_text("not a folder")

    with pytest.raises(StorageUnavailable):
        carried_out()

    folder.unlink()
    folder.with_name("away").rename(folder)
    session.expire_all()
    assert backup.state is BackupState.DELETING
    assert carried_out() == 1


def test_what_the_store_will_not_let_go_is_named_and_the_rest_goes(
    session, shelf, make, carried_out, monkeypatch
):
    kept, goes = shelf.backup("kept"), shelf.backup("goes")
    for backup in (kept, goes):
        deleting.delete_backup(session, backup, reason="test", actor=make.actor())
    delete = Storage.delete

    def locked(self, names):
        if name_of("kept") in names:
            raise StillInStorage(digest=names[0])
        delete(self, names)

    monkeypatch.setattr(Storage, "delete", locked)
    with pytest.raises(StillInStorage):
        carried_out()

    assert (kept.state, goes.state) == (BackupState.DELETING, BackupState.DELETED)


def test_only_who_may_delete_does(session, shelf, make):
    backup = shelf.backup("a", days=100)
    for role in (Role.OPERATOR, Role.AUDITOR, Role.SECURITY):
        with pytest.raises(NotAllowed):
            deleting.expire(session, actor=make.actor(role))
        with pytest.raises(NotAllowed):
            deleting.delete_backup(session, backup, reason="x", actor=make.actor(role))


def test_an_expiry_is_found_in_a_fixed_number_of_queries(session, shelf, make, count_queries):
    sent = []
    for _round in range(2):
        for n in range(4):
            shelf.backup(f"{n}", days=100 + n, holder=make.employee())
        with count_queries() as queries:
            expiry(session, actor=make.actor())
        sent.append(len(queries))

    assert sent[0] == sent[1] <= 5


def test_two_runs_at_once_delete_everything_once(sessions, tools, make, shelf, session):
    for n in range(6):
        shelf.backup(f"{n}", "shared", days=100)
    session.commit()
    together, ended, failed = Barrier(2), [], []

    def run() -> None:
        try:
            together.wait()
            with sessions.begin() as mine:
                deleting.expire(mine, actor=make.actor())
            ended.append(deleting.carry_out(sessions, tools.settings))
        except Exception as error:  # noqa: BLE001 — told by the test
            failed.append(error)

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    session.expire_all()
    rows = session.scalars(select(BackupDeletion)).all()
    assert failed == []
    assert sum(ended) == 6
    assert sum(row.objects for row in rows) == 6 + 6 + 1  # packs, manifests, what they shared
    assert session.scalars(select(BackupPack.id)).all() == []
    assert list(shelf.storage.listed("packs")) == []


@pytest.fixture
def opening(session, make):
    asker, second = make.actor(Role.SECURITY), make.actor(Role.ADMINISTRATOR, "Qian Wei")
    asked = ask_opening(session, None, purpose=OpeningPurpose.RESEAL, reason="test", actor=asker)
    decide_opening(session, asked, approve=True, note="agreed", actor=second)
    return asked


def resealed(
    session, shelf, opening, kind: SealedKind, after: str, *, settled: bool, before: str = ""
) -> list[str]:
    """Leave what the sealing of an object anew leaves, and return the names of that."""
    before = before or uuid4().hex
    old = PLACES[kind].name(before)
    shelf.storage.put_note(resealed_name(before), after)
    if not settled:
        shelf.storage.put_note(old, "as it was sealed before")
    row = Resealing(
        id=uuid4(),
        opening=opening,
        kind=kind,
        before=before,
        after=after,
        first=before,
        plain="",
        sealed_before="",
        sealed_after="",
        level=Level.DECLARED,
        resealed_by="test",
        resealed_at=now(),
        settled_at=now() if settled else None,
    )
    session.add(row)
    return [resealed_name(before), old]


@pytest.mark.parametrize("settled", [True, False])
def test_what_resealing_left_beside_an_object_goes_with_it(
    session, shelf, make, carried_out, opening, settled
):
    old, _young = shelf.backup("a", "b", days=91), shelf.backup("b", days=89)
    index = shelf.index(old)
    alone, shared = (pack.digest for pack in old.packs)
    gone = resealed(session, shelf, opening, SealedKind.PACK, alone, settled=settled)
    gone += resealed(session, shelf, opening, SealedKind.INDEX, index, settled=settled)
    note, *_old = resealed(session, shelf, opening, SealedKind.PACK, shared, settled=True)
    assert expire(session, make) == [old.number]

    assert carried_out() == 1

    assert [name for name in gone if shelf.storage.size_of(name) is not None] == []
    assert shelf.storage.size_of(index_name(index)) is None
    assert shelf.storage.size_of(note) is not None


def test_of_what_was_sealed_anew_twice_the_oldest_goes_too(
    session, shelf, make, carried_out, opening
):
    backup = shelf.backup("a", days=91)
    between, [pack] = uuid4().hex, backup.packs
    gone = resealed(session, shelf, opening, SealedKind.PACK, between, settled=False)
    gone += resealed(
        session, shelf, opening, SealedKind.PACK, pack.digest, settled=False, before=between
    )
    first, second = session.scalars(select(Resealing).order_by(Resealing.resealed_at))
    second.first = first.first
    session.flush()
    expire(session, make)

    assert carried_out() == 1

    left = [name for name in gone if shelf.storage.size_of(name) is not None]
    assert left == [resealed_name(between)]  # which the helper alone has made
