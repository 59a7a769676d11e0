"""A backup goes on from the last one of the same phone, and nothing else is taken for stored."""

from dataclasses import replace
from hashlib import sha256

import pyrage
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from fleet.backups import services
from fleet.backups.models import Backup, BackupNames
from fleet.backups.storage import seal_name, storage_of
from fleet.contracts.backups import Assurance, BackupOutcome, BackupState, ManifestSeal
from fleet.contracts.clock import now
from fleet.contracts.escrow import EscrowKeyIn, sealed_to
from fleet.contracts.proof import Level
from fleet.contracts.seals import is_countersigned, public_of
from fleet.contracts.stations import JobDone, JobState
from fleet.escrow import services as escrow
from fleet.escrow.queries import active_keys, escrow_key
from fleet.openings.sealed import parts_called
from fleet.stations.leases import AWAY_FOR
from fleet.stations.models import Station
from fleet.stations.probing import probe_device
from tests.fleet.backups.test_backups import (
    DIGEST,
    INDEX_DIGEST,
    manifest,
    report,
    upload,
)
from tests.fleet.backups.test_completeness import carried, stored
from tests.seals import SIGNER, sealed

OTHER = "f" * 64
NOBODY_THERE = {
    "ENDPOINT": "http://127.0.0.1:1",
    "ALLOW_HTTP": "true",
    "ACCESS_KEY_ID": "key-of-the-bucket",
    "SECRET_ACCESS_KEY": "secret-of-the-bucket",
}


@pytest.fixture
def plan(session, tools, make, device):
    def make_one() -> Backup:
        backup = services.plan_backup(session, tools, device, reason="asked", actor=make.actor())
        session.commit()
        return backup

    return make_one


@pytest.fixture
def first(desk, post, session, tools, plan) -> Backup:
    backup = plan()
    lease = desk.lease(post)
    upload(session, tools, backup, post.actor)
    desk.sync(post, report(post, lease, backup, manifest(tools, backup, [stored("a")])))
    session.refresh(backup)
    assert backup.state is BackupState.COMPLETE
    return backup


def test_the_first_stores_everything_and_the_next_goes_on_from_it(desk, post, plan, first) -> None:
    second = plan()

    task = desk.lease(post).task

    assert (first.base, first.chain) == (None, 0)
    assert (second.base, second.chain) == (first, 1)
    assert (task.base, task.compare) == (first.manifest_digest, 100)


def test_names_are_blinded_by_the_same_key_in_all_backups_of_a_phone(
    desk, post, session, tools, plan, device
) -> None:
    keys = []
    for _ in range(2):
        backup = plan()
        lease = desk.lease(post)
        keys.append(post.opened(lease, lease.task.sealed_names))
        desk.sync(post, report(post, lease, backup, None))

    assert keys[0] == keys[1]
    assert len(bytes.fromhex(keys[0])) == 32
    kept = session.scalars(select(BackupNames)).one()
    assert kept.device_id == device.id
    assert keys[0] not in kept.sealed


def test_a_chain_ends_after_so_many_and_everything_is_stored_anew(
    desk, post, session, tools, plan, first
) -> None:
    desk.tools = replace(tools, settings=replace(tools.settings, backup_full_after=2))
    second = plan()
    lease = desk.lease(post)
    given = {"base": first.manifest_digest, "carried": 1}
    digest = manifest(tools, second, [stored("a")], **given)
    desk.sync(post, report(post, lease, second, digest))
    session.refresh(second)
    assert second.state is BackupState.COMPLETE, second.reasons

    third = plan()

    assert desk.lease(post).task.base is None
    assert third.chain == 0


@pytest.fixture
def another_key(session, tools, make):
    """Return what makes a second escrow key, which takes effect."""

    def make_one() -> str:
        recipient = str(pyrage.x25519.Identity.generate().to_public())
        kept = {"name": "new", "kept_by": "Wu", "kept_at": "bank", "reason": "second"}
        given = EscrowKeyIn(recipient=recipient, **kept)
        key = escrow.add_key(session, tools.settings, given, actor=make.actor())
        told = {"fingerprint": key.fingerprint, "note": "compared"}
        escrow.confirm_key(session, key, actor=make.actor(), **told)
        session.commit()
        return recipient

    return make_one


def test_somebody_new_who_is_to_open_it_begins_a_chain(
    desk, post, plan, first, another_key
) -> None:
    plan()
    another_key()

    assert desk.lease(post).task.base is None


def test_a_backup_is_sealed_to_the_keys_of_when_it_begins(
    desk, post, session, tools, make, plan, another_key
) -> None:
    backup = plan()
    new = another_key()
    old = escrow_key(session, "settings-1")
    escrow.retire_key(session, tools.settings, old, reason="stolen", actor=make.actor())
    session.commit()

    task = desk.lease(post).task

    assert task.recipients == backup.recipients == [new]


def test_what_was_sealed_anew_to_all_of_them_is_gone_on_from(
    desk, post, session, plan, first, another_key
) -> None:
    another_key()
    second = plan()
    keys = sealed_to([key.recipient for key in active_keys(session)])
    for one in (*parts_called(session, DIGEST), *parts_called(session, INDEX_DIGEST)):
        one.name_anew(one.first, 1, keys)
    session.commit()

    assert desk.lease(post).task.base == first.manifest_digest
    assert second.base is first


def test_a_storage_that_is_away_puts_a_backup_off_and_nothing_else(
    desk, post, session, tools, make, plan, first, monkeypatch
) -> None:
    for name, value in NOBODY_THERE.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    backup, other = plan(), make.device()
    desk.plug_in(post, other)
    look = probe_device(session, other, actor=make.actor())
    session.commit()
    desk.tools = replace(tools, settings=replace(tools.settings, storage_url="s3://bucket/x"))

    assert [lease.job for lease in desk.sync(post).leases] == [str(look.id)]
    assert (backup.state, backup.job.state) == (BackupState.PLANNED, JobState.WAITING)
    desk.tools = tools

    assert desk.sync(post, running=[str(look.id)]).leases == []  # asked once in a while alone
    with time_machine.travel(now() + AWAY_FOR):
        [lease] = desk.sync(post, running=[str(look.id)]).leases
    assert lease.task.base == first.manifest_digest


def test_a_base_whose_manifest_is_lost_is_not_gone_on_from(
    desk, post, tools, plan, first, tmp_path
) -> None:
    for path in (tmp_path / "storage" / "manifests").rglob(first.manifest_digest or ""):
        path.unlink()
    plan()

    assert desk.lease(post).task.base is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"base": OTHER, "carried": 1}, "it goes on from another backup than asked"),
        ({"base": None, "carried": 1}, "it goes on from another backup than asked"),
        ({"carried": 1, "packs": [OTHER]}, "1 packs are of no earlier backup of this phone"),
    ],
)
def test_what_is_said_to_be_stored_already_must_have_been(
    desk, post, session, tools, plan, first, given, why
) -> None:
    second = plan()
    lease = desk.lease(post)
    said = {"base": first.manifest_digest, **given}

    desk.sync(post, report(post, lease, second, manifest(tools, second, [stored("a")], **said)))

    session.refresh(second)
    assert second.state is BackupState.INCOMPLETE
    assert why in second.reasons


def test_what_was_not_compared_is_no_more_than_observed(
    desk, post, session, tools, plan, first
) -> None:
    settings = replace(tools.settings, backup_compare_percent=10)
    desk.tools = replace(tools, settings=settings)
    second = plan()
    lease = desk.lease(post)
    said = {"base": first.manifest_digest, "carried": 1}
    desk.tools = tools  # what is set today is no measure for what was asked then

    desk.sync(post, report(post, lease, second, manifest(tools, second, [carried("a")], **said)))

    session.refresh(second)
    assert lease.task.compare == second.compare == 10
    assert (second.state, second.level) == (BackupState.COMPLETE, Level.OBSERVED)
    assert (second.carried, second.uncompared) == (1, 1)
    assert (first.assurance, second.assurance) == (Assurance.HASHED, Assurance.PRESENT)


def test_where_all_is_to_be_compared_nothing_goes_uncompared(
    desk, post, session, tools, plan, first
) -> None:
    second = plan()
    lease = desk.lease(post)
    said = {"base": first.manifest_digest, "carried": 1}

    desk.sync(post, report(post, lease, second, manifest(tools, second, [carried("a")], **said)))

    session.refresh(second)
    assert second.reasons == ["1 files were not compared, and all were to be"]


def test_a_complete_backup_is_signed_by_both(session, tools, post, first) -> None:
    (kept,) = storage_of(tools.settings).read(seal_name(first.seal_digest or ""))
    seal = ManifestSeal.model_validate_json(kept)

    assert is_countersigned(seal)
    assert (seal.manifest, seal.index) == (first.manifest_digest, first.index_digest)
    assert (seal.station, first.sealed_by) == (post.name, post.name)
    assert not is_countersigned(seal.model_copy(update={"manifest": OTHER}))
    assert not is_countersigned(seal.model_copy(update={"station": "another"}))


STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (None, "the manifest is not signed by its station"),
        ({"station_signature": ""}, "the manifest is not signed by its station"),
        ({"manifest": OTHER}, "the manifest is not signed by its station"),
    ],
)
def test_a_manifest_that_is_not_signed_completes_nothing(
    desk, post, session, tools, plan, change, why
) -> None:
    backup = plan()
    lease = desk.lease(post)
    upload(session, tools, backup, post.actor)
    digest = manifest(tools, backup, [stored("a")])
    seal = sealed(str(backup.id), backup.device.serial, digest, INDEX_DIGEST)
    said = seal.model_copy(update=change) if change else None

    desk.sync(post, ended(post, lease, backup, digest, said))

    session.refresh(backup)
    assert (backup.state, backup.reasons) == (BackupState.INCOMPLETE, [why])


def ended(post, lease, backup, digest, seal):
    outcome = BackupOutcome(backup=str(backup.id), state="complete", manifest=digest, seal=seal)
    return post.report(JobDone(job=lease.job, backup=outcome))


@pytest.mark.parametrize(
    ("of", "signer", "why"),
    [
        ({"backup": "another"}, None, "the signature is of another manifest"),
        ({"serial": "another"}, None, "the signature is of another manifest"),
        ({"index": OTHER}, None, "the signature is of another manifest"),
        ({}, STRANGER, "the manifest is signed with another key than the station's"),
    ],
)
def test_the_signature_is_of_this_backup_and_by_the_key_we_know(
    desk, post, session, tools, plan, first, of, signer, why
) -> None:
    backup = plan()
    lease = desk.lease(post)
    digest = manifest(tools, backup, [stored("a")], base=first.manifest_digest, carried=1)
    said = {
        "backup": str(backup.id), "serial": backup.device.serial, "manifest": digest,
        "index": INDEX_DIGEST, **of,
    }  # fmt: skip
    seal = sealed(**said, signer=signer) if signer else sealed(**said)

    desk.sync(post, ended(post, lease, backup, digest, seal))

    session.refresh(backup)
    assert (backup.state, backup.reasons) == (BackupState.INCOMPLETE, [why])
    known = session.scalars(select(Station.signing_key).where(Station.name == post.name)).one()
    assert known == public_of(SIGNER)


def test_the_manifest_to_go_on_from_is_for_the_station_that_makes_the_backup(
    desk, post, session, tools, plan, first
) -> None:
    second = plan()
    desk.lease(post)

    given = b"".join(services.base_manifest(session, tools, second, actor=post.actor))

    assert sha256(given).hexdigest() == first.manifest_digest
