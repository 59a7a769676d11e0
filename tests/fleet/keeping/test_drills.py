"""A drill is drawn by a seed that stands before it, and its end is a proof or an alarm."""

from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.backups.models import Backup
from fleet.backups.queries import shown as backup_shown
from fleet.contracts.access import Role
from fleet.contracts.backups import Assurance, BackupState
from fleet.contracts.clock import now
from fleet.contracts.drawing import drawn
from fleet.contracts.keeping import DrillQuery, DrillResultIn, DrillState, PackTried
from fleet.keeping import deleting, drills
from fleet.keeping.errors import (
    DrillEndedAlready,
    DrillNotFound,
    DrillOfOtherPacks,
    NothingCompared,
    NothingToTry,
)
from fleet.keeping.models import RestoreDrill

TEXTS = "abcdefgh"


@pytest.fixture
def backup(shelf) -> Backup:
    return shelf.backup(*TEXTS)


@pytest.fixture
def drill(session, make, backup) -> RestoreDrill:
    return drills.plan_drill(session, backup, reason="test", actor=make.actor())


def tried(drill: RestoreDrill, **given) -> DrillResultIn:
    digests = {pack.number: pack.digest for pack in drill.backup.packs}
    packs = [
        PackTried(number=number, digest=digests[number], files=3, bytes=30, **given)
        for number in drill.packs
    ]
    return DrillResultIn(packs=packs)


def test_the_seed_is_written_down_first_and_draws_the_same_again(session, drill, backup):
    session.commit()
    told = session.scalars(
        select(AuditEntry).where(AuditEntry.event == "restore_drill.planned")
    ).one()
    by_digest = {pack.digest: pack.number for pack in backup.packs}

    again = drawn(told.details["seed"], by_digest, drills.OF_A_BACKUP)

    assert sorted(by_digest[one] for one in again) == drill.packs == told.details["packs"]
    assert len(set(drill.packs)) == drills.OF_A_BACKUP


def test_seeds_draw_different_samples():
    samples = {tuple(drawn(str(n), TEXTS, 2)) for n in range(50)}

    assert len(samples) > 10


def test_a_sample_that_came_back_is_a_proof_on_its_backup(session, make, drill, backup):
    ended = drills.end_drill(session, drill.number, tried(drill), actor=make.actor(name="Wu Lan"))

    shown = backup_shown(backup)
    assert (ended.state, ended.files) == (DrillState.PASSED, 6)
    assert shown.assurance is Assurance.TEST_RESTORED
    assert (shown.tested_at, shown.tested_by, shown.tested_files) == (ended.ended_at, "Wu Lan", 6)


@pytest.mark.parametrize("wrong", [{"problems": {"differs": 1}}, {"damage": "digest"}])
def test_one_that_did_not_is_an_alarm_until_another_comes_back(session, make, backup, wrong):
    first = drills.plan_drill(session, backup, reason="test", actor=make.actor())
    drills.end_drill(session, first.number, tried(first, **wrong), actor=make.actor())

    assert first.state is DrillState.FAILED
    assert (backup.state, backup.tested_at) == (BackupState.DAMAGED, None)
    assert drills.counted(session) == (0, 1)

    again = drills.plan_drill(session, backup, reason="test", actor=make.actor())
    again.packs = first.packs
    drills.end_drill(session, again.number, tried(again), actor=make.actor())

    assert backup.state is BackupState.COMPLETE
    assert drills.counted(session) == (0, 0)


def test_a_result_of_other_packs_shows_nothing(session, make, drill):
    given = tried(drill)
    other = given.packs[0].model_copy(update={"digest": "0" * 64})

    for packs in ([other, *given.packs[1:]], given.packs[:1], [*given.packs, other]):
        with pytest.raises(DrillOfOtherPacks):
            drills.end_drill(session, drill.number, DrillResultIn(packs=packs), actor=make.actor())


def test_a_sample_without_a_file_shows_nothing(session, make, drill):
    packs = [one.model_copy(update={"files": 0}) for one in tried(drill).packs]

    with pytest.raises(NothingCompared):
        drills.end_drill(session, drill.number, DrillResultIn(packs=packs), actor=make.actor())


def test_a_drill_ends_once(session, make, drill):
    drills.end_drill(session, drill.number, tried(drill), actor=make.actor())

    with pytest.raises(DrillEndedAlready):
        drills.end_drill(session, drill.number, tried(drill), actor=make.actor())
    with pytest.raises(DrillNotFound):
        drills.end_drill(session, "RD-1999-001", tried(drill), actor=make.actor())


def test_the_one_that_waits_is_returned(session, make, drill, backup):
    assert drills.plan_drill(session, backup, reason="x", actor=make.actor()) is drill


@pytest.mark.parametrize("state", [BackupState.FAILED, BackupState.INCOMPLETE])
def test_only_a_complete_backup_is_tried(session, make, shelf, state):
    backup = shelf.backup("a", state=state)

    with pytest.raises(NothingToTry):
        drills.plan_drill(session, backup, reason="test", actor=make.actor())


def test_what_is_due_is_drawn_a_few_at_a_time(session, make, shelf):
    for n in range(9):
        shelf.backup(f"{n}", days=200)
    shelf.backup("young", days=10)

    assert drills.plan_what_is_due(session) == drills.AT_ONCE
    assert drills.plan_what_is_due(session) == 0

    rows, _mark = drills.drills(session, DrillQuery(due=True), actor=make.actor())
    assert len(rows) == drills.AT_ONCE
    assert {one.reason for one in rows} == {drills.IS_DUE}
    assert all(one.due_at < now() for one in rows)
    assert len({one.seed for one in rows}) == 1


def test_a_proof_lasts_as_long_as_the_terms_say(session, make, drill, backup):
    drills.end_drill(session, drill.number, tried(drill), actor=make.actor())
    due = drills.due_at(session, backup)

    assert due == backup.tested_at + timedelta(days=180)
    assert drills.plan_what_is_due(session) == 0
    with time_machine.travel(due):
        assert drills.plan_what_is_due(session) == 1


def test_with_the_backup_its_drill_goes(session, sessions, make, drill, backup, tools):
    deleting.delete_backup(session, backup, reason="test", actor=make.actor())
    session.commit()
    deleting.carry_out(sessions, tools.settings)
    session.expire_all()

    assert drill.state is DrillState.CANCELLED
    told = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert ("restore_drill.ended", "cancelled") in [
        (one.event, one.details.get("state")) for one in told
    ]


def test_what_goes_is_nobodys_concern_any_more(session, make, shelf):
    failed, waiting = shelf.backup("a"), shelf.backup("b")
    drill = drills.plan_drill(session, failed, reason="test", actor=make.actor())
    result = tried(drill, problems={"differs": 1})
    drills.end_drill(session, drill.number, result, actor=make.actor())
    drills.plan_drill(session, waiting, reason="test", actor=make.actor())
    assert drills.counted(session) == (1, 1)

    for backup in (failed, waiting):
        deleting.delete_backup(session, backup, reason="test", actor=make.actor())

    assert drills.counted(session) == (0, 0)


def test_a_pack_sealed_anew_is_drawn_as_it_would_have_been(session, make, backup, monkeypatch):
    monkeypatch.setattr(drills, "token_hex", lambda _size: "a seed")
    by_digest = {pack.digest: pack.number for pack in backup.packs}
    first = drawn("a seed", by_digest, drills.OF_A_BACKUP)
    for pack in backup.packs:
        pack.first_digest, pack.digest = pack.digest, sha256(pack.digest.encode()).hexdigest()

    drill = drills.plan_drill(session, backup, reason="test", actor=make.actor())

    assert drill.packs == sorted(by_digest[one] for one in first)


def test_only_who_may_open_backups_tells_how_it_ended(session, make, drill):
    for role in (Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            drills.end_drill(session, drill.number, tried(drill), actor=make.actor(role))
