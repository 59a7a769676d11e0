"""The doors of keeping backups: who may, what is answered, and what is really gone."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.backups.models import Backup
from fleet.contracts.access import Role
from fleet.contracts.backups import Assurance, BackupQuery, BackupState
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName
from fleet.contracts.keeping import (
    DeletionIn,
    DrillIn,
    DrillResultIn,
    DrillState,
    ExpiryIn,
    LiftIn,
    OrphansIn,
    PackTried,
    PreservationIn,
    Purpose,
    RetentionIn,
    StorageCheckIn,
)
from tests.api.bench import refused
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


@pytest.fixture
def finished(bench):
    bench.finish()
    return bench.operator.backup(bench.backup.number)


@pytest.fixture
def founder(client):
    return client(FOUNDER)


@pytest.fixture
def old(finished, stored):
    """Let the backup have ended long ago."""
    with stored() as make:
        row = make.session.scalars(select(Backup).where(Backup.number == finished.number)).one()
        row.ended_at = now() - timedelta(days=91)
    return finished


def objects_in(settings) -> list[str]:
    folder = settings.home / "storage"
    return sorted(path.parent.parent.name for path in folder.rglob("*") if path.is_file())


def looked(founder):
    check = founder.begin_check(StorageCheckIn())
    while check.ended_at is None:
        check = founder.go_on_checking(check.number)
    return check


def test_what_is_deleted_is_gone_from_the_disk(finished, founder, settings):
    assert objects_in(settings) == ["indexes", "manifests", "packs", "seals"]
    plan = founder.delete_backup(finished.number, DeletionIn(reason="test", dry_run=True))
    assert (plan.objects, plan.marked_at) == (1, None)

    founder.delete_backup(finished.number, DeletionIn(reason="asked by the person"))
    done = founder.carry_out_deletions()

    assert (done.ended, done.left) == (1, 0)
    assert objects_in(settings) == []
    [told] = founder.backup_deletions().items
    assert (told.backup, told.objects, told.reason) == (finished.number, 4, "asked by the person")
    assert founder.backup(finished.number).state is BackupState.DELETED


def test_a_dry_run_of_an_expiry_changes_nothing(old, founder, settings):
    plan = founder.expire_backups(ExpiryIn())
    assert [one.number for one in plan.items] == [old.number]
    assert founder.expire_backups(ExpiryIn()).items == plan.items

    founder.expire_backups(ExpiryIn(dry_run=False))
    founder.carry_out_deletions()

    assert objects_in(settings) == []


def test_a_preservation_outlives_the_terms(old, founder):
    placed = founder.place_preservation(PreservationIn(device="WF-0001", reason="case 7"))
    kept = founder.expire_backups(ExpiryIn(dry_run=False))
    refusal = refused(founder.delete_backup, old.number, DeletionIn(reason="test"))
    founder.lift_preservation(placed.preservation.number, LiftIn(reason="closed"))

    assert (placed.backups, kept.items, kept.preserved) == (1, [], 1)
    assert (refusal.status, refusal.code) == (409, "backup_preserved")
    assert founder.expire_backups(ExpiryIn()).items != []


def test_who_deletes_does_not_lift_and_who_lifts_does_not_delete(finished, client):
    deleting, lifting = client(Role.ADMINISTRATOR), client(Role.SECURITY)

    ways = [
        (lifting.delete_backup, finished.number, DeletionIn(reason="test")),
        (lifting.expire_backups, ExpiryIn()),
        (deleting.place_preservation, PreservationIn(device="WF-0001", reason="test")),
        (client(Role.OPERATOR).carry_out_deletions,),
    ]
    assert {refused(*way).code for way in ways} == {"not_allowed"}


def test_terms_are_set_for_a_department_and_shown(founder):
    given = RetentionIn(purpose=Purpose.LEAVING, reason="contract", keep_days=10)
    assert founder.set_retention(given.model_copy(update={"dry_run": True})).dry_run
    assert founder.retention_policies().items == []

    founder.set_retention(given)

    days = {one.purpose: one.keep_days for one in founder.retention().items}
    assert days == {"routine": 90, "return": 365, "leaving": 10, "incident": 1095}


def test_a_lost_object_closes_the_gate_and_a_good_one_opens_it(finished, founder, settings):
    [path] = (settings.home / "storage" / "packs").rglob(finished.packs[0].digest)
    data = path.read_bytes()
    path.unlink()
    assert looked(founder).found == 1

    [fault] = founder.storage_faults().items
    damaged = founder.backup(finished.number)
    checks = {one.check: one for one in founder.gate("WF-0001").checks}
    assert fault.backups == [finished.number]
    assert (damaged.state, damaged.assurance) == (BackupState.DAMAGED, Assurance.NONE)
    assert checks[CheckName.BACKUP].level == "none"
    assert founder.summary().backups_damaged == 1

    path.write_bytes(data)
    assert looked(founder).healed == 1
    assert founder.backup(finished.number).state is BackupState.COMPLETE
    assert founder.backups(BackupQuery(state=BackupState.DAMAGED)).items == []


def test_orphans_are_counted_and_go_when_asked(finished, founder, settings):
    stray = settings.home / "storage" / "packs" / "ab" / f"ab{'0' * 62}"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    os.utime(stray, (0, 0))

    assert looked(founder).orphans == 1
    assert founder.remove_orphans(OrphansIn()).bytes == 5
    founder.remove_orphans(OrphansIn(dry_run=False))
    founder.carry_out_deletions()

    assert not stray.exists()
    assert objects_in(settings) == ["indexes", "manifests", "packs", "seals"]


def test_a_drill_is_planned_told_and_shown(finished, founder):
    planned = founder.plan_drill(DrillIn(backup=finished.number, reason="test"))
    pack = PackTried(number=1, digest=finished.packs[0].digest, files=1, bytes=1)
    assert founder.summary().drills_waiting == 1

    ended = founder.end_drill(planned.number, DrillResultIn(packs=[pack]))

    shown = founder.backup(finished.number)
    assert (planned.packs, ended.state) == ([1], DrillState.PASSED)
    assert (shown.assurance, shown.tested_files) == (Assurance.TEST_RESTORED, 1)
    assert shown.drill_due_at == shown.tested_at + timedelta(days=180)
