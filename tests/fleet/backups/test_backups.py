"""I5 and I8: whether a backup is complete is for the server to say, once, from the manifest."""

from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
import zstandard

from fleet.backups import services
from fleet.backups.errors import BackupEnded, BackupNotYours, BackupUnderWay, NotInStorage
from fleet.backups.models import Backup, BackupPack
from fleet.backups.queries import backup_of, latest_complete, latest_complete_of, shown
from fleet.backups.storage import AGE, storage_of
from fleet.contracts.backups import BackupOutcome, BackupState, ManifestFile, ManifestHead
from fleet.contracts.clock import now
from fleet.contracts.escrow import sealed_to
from fleet.contracts.plans import SourceLine, SourceState
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobDone
from fleet.openings.sealed import parts_called
from tests.fleet.backups.test_completeness import changed, missing, stored
from tests.fleet.stations.desk import Post
from tests.seals import sealed

LATER = timedelta(seconds=121)  # than a lease lasts
PACK = AGE + b"sealed"
DIGEST = sha256(PACK).hexdigest()
INDEX = AGE + b"names"
INDEX_DIGEST = sha256(INDEX).hexdigest()


def upload(session, tools, backup, actor, data: bytes = PACK, number: int = 1):
    digest = sha256(data).hexdigest()
    services.may_store(session, backup, actor=actor)
    services.receive_pack(tools, [data], digest=digest, size=len(data))
    return services.store_pack(session, tools, backup, number=number, digest=digest, actor=actor)


def manifest(tools, backup: Backup, files: list[ManifestFile], /, **given) -> str:
    """Put a manifest into storage and return its digest; its files are of `shared` unless said."""
    files = [file.model_copy(update={"source": file.source or "shared"}) for file in files]
    vanished = sum(file.reason == "vanished" for file in files)
    head = ManifestHead(
        **{
            "backup": str(backup.id), "serial": backup.device.serial, "build": "x",
            "roots": backup.roots, "excludes": backup.excludes, "started_at": now(),
            "ended_at": now(), "listed": len(files), "relisted": len(files) - vanished,
            "packs": [DIGEST], "index": INDEX_DIGEST, "sources": said(backup, files), **given,
        }
    )  # fmt: skip
    lines = [head.model_dump_json(), *(file.model_dump_json() for file in files)]
    data = zstandard.ZstdCompressor().compress("".join(f"{line}\n" for line in lines).encode())
    digest = sha256(data).hexdigest()
    services.receive_index(tools, [INDEX], digest=INDEX_DIGEST)
    services.receive_manifest(tools, [data], digest=digest)
    return digest


def said(backup: Backup, files: list[ManifestFile]) -> list[SourceLine]:
    """Say of every source that was asked for what the files show."""
    taken = {file.source for file in files}
    states = {True: SourceState.TAKEN, False: SourceState.ABSENT}
    named = {*(one.id for one in backup.asked_sources), *filter(None, taken)}
    return [SourceLine(source=one, state=states[one in taken]) for one in sorted(named)]


def report(post: Post, lease, backup: Backup, digest: str | None, state: str = "complete"):
    given = str(backup.id), backup.device.serial, digest or "0" * 64, INDEX_DIGEST
    outcome = BackupOutcome(
        backup=str(backup.id), state=state, manifest=digest, seal=sealed(*given)
    )
    return post.report(JobDone(job=lease.job, backup=outcome))


def test_the_task_names_what_is_asked_and_to_whom_it_is_encrypted(lease, backup, tools) -> None:
    task = lease.task

    assert (task.backup, task.recipients) == (str(backup.id), list(tools.settings.recipients))
    assert (task.roots, task.excludes) == (backup.roots, backup.excludes)
    assert backup.state is BackupState.RUNNING


def test_one_backup_of_a_phone_at_a_time(session, tools, make, device, backup) -> None:
    with pytest.raises(BackupUnderWay):
        services.plan_backup(session, tools, device, reason="asked", actor=make.actor())


def test_numbers_follow_each_other(session, tools, make) -> None:
    planned = [
        services.plan_backup(session, tools, make.device(), reason="asked", actor=make.actor())
        for _ in range(2)
    ]

    first, second = (int(backup.number.rpartition("-")[2]) for backup in planned)
    assert second == first + 1
    assert backup_of(session, planned[0].number) is backup_of(session, str(planned[0].id))


def test_a_manifest_that_accounts_for_all_makes_it_complete(
    desk, post, session, tools, lease, backup, device
) -> None:
    upload(session, tools, backup, post.actor)
    digest = manifest(tools, backup, [stored("a"), stored("b")])

    desk.sync(post, report(post, lease, backup, digest))

    session.refresh(backup)
    assert (backup.state, backup.level) == (BackupState.COMPLETE, Level.VERIFIED)
    assert (backup.files, backup.stored, backup.bytes) == (2, 2, 2)
    assert [pack.digest for pack in shown(backup).packs] == [DIGEST]
    assert latest_complete(session, device) is backup
    assert latest_complete_of(session, [device.id]) == {device.id: backup}


def test_what_is_named_as_missing_is_accounted_for_and_said(
    desk, post, session, tools, lease, backup
) -> None:
    upload(session, tools, backup, post.actor)
    files = [stored("a"), changed("b"), missing("c", "Permission denied")]

    desk.sync(post, report(post, lease, backup, manifest(tools, backup, files)))

    session.refresh(backup)
    assert (backup.state, backup.level) == (BackupState.COMPLETE, Level.OBSERVED)
    assert backup.reasons == ["1 files: Permission denied"]


@pytest.mark.parametrize(
    "given",
    [
        {"listed": 3},
        {"relisted": 1},
        {"serial": "another phone"},
        {"backup": "another backup"},
        {"roots": ["/sdcard/Download"]},
        {"excludes": ["*"]},
        {"packs": [DIGEST, "0" * 64]},
    ],
)
def test_a_manifest_that_is_not_of_all_that_was_asked_is_not_complete(
    desk, post, session, tools, lease, backup, device, given
) -> None:
    upload(session, tools, backup, post.actor)
    digest = manifest(tools, backup, [stored("a"), stored("b")], **given)

    desk.sync(post, report(post, lease, backup, digest))

    session.refresh(backup)
    assert (backup.state, backup.level) == (BackupState.INCOMPLETE, Level.NONE)
    assert backup.reasons
    assert latest_complete(session, device) is None


def test_the_stations_word_alone_completes_nothing(desk, post, session, lease, backup) -> None:
    desk.sync(post, report(post, lease, backup, None))

    session.refresh(backup)
    assert backup.state is BackupState.INCOMPLETE


def test_a_manifest_that_never_arrived_completes_nothing(
    desk, post, session, lease, backup
) -> None:
    desk.sync(post, report(post, lease, backup, "0" * 64))

    session.refresh(backup)
    assert (backup.state, backup.reasons) == (
        BackupState.INCOMPLETE,
        ["the manifest never arrived"],
    )


def test_a_pack_that_never_arrived_leaves_it_incomplete(
    desk, post, session, tools, lease, backup
) -> None:
    desk.sync(post, report(post, lease, backup, manifest(tools, backup, [stored("a")])))

    session.refresh(backup)
    assert backup.state is BackupState.INCOMPLETE
    assert "1 packs are not in storage" in backup.reasons


def test_a_station_that_gave_up_is_believed(desk, post, session, tools, lease, backup) -> None:
    upload(session, tools, backup, post.actor)
    digest = manifest(tools, backup, [stored("a")])

    desk.sync(post, report(post, lease, backup, digest, state="incomplete"))

    session.refresh(backup)
    assert backup.state is BackupState.INCOMPLETE


def test_a_pack_sent_twice_is_one_pack(session, tools, post, lease, backup) -> None:
    first = upload(session, tools, backup, post.actor)
    again = upload(session, tools, backup, post.actor)

    assert first is again


def test_only_the_station_that_has_the_job_stores_packs(
    session, tools, desk, lease, backup
) -> None:
    with pytest.raises(BackupNotYours):
        upload(session, tools, backup, desk.post("back").actor)


def test_nothing_is_added_to_a_backup_that_ended(desk, post, session, tools, lease, backup) -> None:
    upload(session, tools, backup, post.actor)
    desk.sync(post, report(post, lease, backup, manifest(tools, backup, [stored("a")])))
    session.refresh(backup)

    with pytest.raises(BackupEnded):
        upload(session, tools, backup, post.actor, number=2)


def test_a_pack_that_is_not_in_storage_is_not_noted(session, tools, post, lease, backup) -> None:
    with pytest.raises(NotInStorage):
        services.store_pack(session, tools, backup, number=1, digest="0" * 64, actor=post.actor)


def test_what_a_station_finished_while_it_was_away_counts(
    desk, post, session, tools, device, lease, backup
) -> None:
    upload(session, tools, backup, post.actor)
    session.commit()
    digest = manifest(tools, backup, [stored("a")])
    back = desk.post("back")
    desk.plug_in(back, device)

    with time_machine.travel(now() + LATER):
        second = desk.lease(back)
        desk.sync(post, report(post, lease, backup, digest), present=[])
        answer = desk.sync(back, running=[second.job])
        desk.sync(back, report(back, second, backup, None))

    session.refresh(backup)
    assert backup.state is BackupState.COMPLETE
    assert answer.lost == [second.job]


def test_to_which_keys_index_and_packs_are_sealed_is_known(
    desk, post, session, tools, lease, backup
) -> None:
    upload(session, tools, backup, post.actor)

    desk.sync(post, report(post, lease, backup, manifest(tools, backup, [stored("a")])))

    session.refresh(backup)
    [pack] = backup.packs
    assert backup.index_sealed_to == pack.sealed_to == sealed_to(backup.recipients) != ""


def test_what_was_sealed_anew_before_its_good_end_is_heard_stays_its_own(
    desk, post, session, tools, lease, backup
) -> None:
    upload(session, tools, backup, post.actor)
    digest, storage = manifest(tools, backup, [stored("a")]), storage_of(tools.settings)
    desk.sync(post, report(post, lease, backup, digest, state="failed"))
    anew = AGE + b"anew"
    after = sha256(anew).hexdigest()
    for first in (DIGEST, INDEX_DIGEST):
        [part] = parts_called(session, first)
        part.place.put(storage, [anew], digest=after)
        storage.delete([part.place.name(first)])
        part.name_anew(after, len(anew), "others")
    session.commit()

    desk.sync(post, report(post, lease, backup, digest))

    session.refresh(backup)
    assert (backup.state, backup.reasons) == (BackupState.COMPLETE, [])
    named = [(pack.digest, pack.first_digest, pack.sealed_to) for pack in backup.packs]
    assert named == [(after, DIGEST, "others")]
    assert (backup.index_digest, backup.index_first_digest) == (after, INDEX_DIGEST)
    assert backup.index_sealed_to == "others"


@pytest.mark.parametrize("given", [{"serial": "another phone"}, {"backup": "another backup"}])
def test_nothing_of_the_manifest_of_another_one_becomes_part_of_it(
    desk, post, session, tools, lease, backup, given
) -> None:
    upload(session, tools, backup, post.actor, AGE + b"its own")
    services.receive_pack(tools, [PACK], digest=DIGEST, size=len(PACK))

    desk.sync(post, report(post, lease, backup, manifest(tools, backup, [stored("a")], **given)))

    session.refresh(backup)
    assert (backup.state, backup.manifest_digest, backup.index_digest) == (
        BackupState.INCOMPLETE,
        None,
        None,
    )
    assert DIGEST not in {pack.digest for pack in backup.packs}


def test_a_pack_that_another_backup_names_is_not_attached(
    desk, post, session, tools, make, lease, backup
) -> None:
    upload(session, tools, backup, post.actor)
    theirs = AGE + b"theirs"
    digest = sha256(theirs).hexdigest()
    services.receive_pack(tools, [theirs], digest=digest, size=len(theirs))
    other = services.plan_backup(session, tools, make.device(), reason="x", actor=make.actor())
    given = {"digest": digest, "size": 1, "stored_at": now(), "sealed_to": ""}
    session.add(BackupPack(backup=other, number=1, **given))
    session.commit()
    said = manifest(tools, backup, [stored("a")], packs=[DIGEST, digest])

    desk.sync(post, report(post, lease, backup, said))

    session.refresh(backup)
    assert (backup.state, backup.reasons) == (
        BackupState.INCOMPLETE,
        ["1 packs are not in storage"],
    )
    assert [pack.digest for pack in backup.packs] == [DIGEST]


def test_what_was_finished_elsewhere_counts_though_another_station_had_begun_anew(
    desk, post, session, tools, device, lease, backup
) -> None:
    upload(session, tools, backup, post.actor)
    digest = manifest(tools, backup, [stored("a")])
    back = desk.post("back")
    desk.plug_in(back, device)

    with time_machine.travel(now() + LATER):
        desk.lease(back)
        upload(session, tools, backup, back.actor, AGE + b"anew")
        desk.sync(post, report(post, lease, backup, digest), present=[])

    session.refresh(backup)
    assert (backup.state, [pack.digest for pack in backup.packs]) == (
        BackupState.COMPLETE,
        [DIGEST],
    )


def test_an_index_that_never_arrived_leaves_it_incomplete(
    desk, post, session, tools, lease, backup
) -> None:
    upload(session, tools, backup, post.actor)
    digest = manifest(tools, backup, [stored("a")], index="e" * 64)
    seal = sealed(str(backup.id), backup.device.serial, digest, "e" * 64)
    outcome = BackupOutcome(backup=str(backup.id), state="complete", manifest=digest, seal=seal)

    desk.sync(post, post.report(JobDone(job=lease.job, backup=outcome)))

    session.refresh(backup)
    assert (backup.state, backup.reasons) == (
        BackupState.INCOMPLETE,
        ["the index never arrived"],
    )
