"""Packs are sealed anew by who holds an identity: whatever stops it, one of the two is there."""

from hashlib import sha256
from uuid import uuid4

import pyrage
import pytest

from fleet.access.errors import NotAllowed
from fleet.backups import services as backups
from fleet.backups.errors import NotInStorage
from fleet.backups.models import BackupPack
from fleet.backups.storage import pack_name, resealed_name, storage_of
from fleet.contracts.access import Role
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.escrow import EscrowKeyIn, sealed_to
from fleet.contracts.openings import OpeningPurpose
from fleet.contracts.proof import Level
from fleet.escrow import services as escrow
from fleet.escrow.queries import escrow_key, recipients_of
from fleet.keys.keyring import Keyring
from fleet.openings import resealing
from fleet.openings.errors import (
    KeysChangedMeanwhile,
    PackNotToReseal,
    ResealingNeedsOpening,
    SealedToOthers,
)
from fleet.openings.resealing import Resealed
from fleet.openings.services import ask_opening, decide_opening
from fleet.settings import Settings
from fleet.vault.tools import Tools

OLD, NEW = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
CONTENT = b"what was on the phone" * 1000


@pytest.fixture
def tools(tmp_path):
    settings = Settings(home=tmp_path, recipients=(str(OLD.to_public()),))
    return Tools(Keyring.of(bytes(32)), settings)


@pytest.fixture
def storage(tools):
    return storage_of(tools.settings)


@pytest.fixture
def asker(make):
    return make.actor(Role.SECURITY, "Liu Yang")


@pytest.fixture
def second(make):
    return make.actor(Role.ADMINISTRATOR, "Qian Wei")


@pytest.fixture
def old(session, tools, storage, make):
    """Give the digest of the one pack of an ended backup, sealed to the first key."""
    sealed = pyrage.encrypt(CONTENT, [OLD.to_public()])
    digest = sha256(sealed).hexdigest()
    storage.put_pack([sealed], digest=digest)
    backup = backups.plan_backup(session, tools, make.device(), reason="a", actor=make.actor())
    backup.state = BackupState.INCOMPLETE
    known = {"sealed_to": sealed_to(backup.recipients), "stored_at": now(), "size": len(sealed)}
    backup.packs = [BackupPack(id=uuid4(), number=1, digest=digest, **known)]
    session.flush()
    return digest


@pytest.fixture
def two_keys(session, tools, asker, second, old):
    given = EscrowKeyIn(
        name="new", recipient=str(NEW.to_public()), kept_by="Wu", kept_at="bank", reason="second"
    )
    key = escrow.add_key(session, tools.settings, given, actor=asker)
    told = {"fingerprint": key.fingerprint, "note": "compared"}
    escrow.confirm_key(session, key, actor=second, **told)
    return key


@pytest.fixture
def approved(session, asker, second, two_keys):
    asked = ask_opening(
        session, None, purpose=OpeningPurpose.RESEAL, reason="a new key", actor=asker
    )
    decide_opening(session, asked, approve=True, note="agreed", actor=second)
    return asked


def sealed_anew(session, tools, old: str, identities=(OLD, NEW)) -> tuple[bytes, Resealed]:
    sealed = pyrage.encrypt(CONTENT, [identity.to_public() for identity in identities])
    told = {
        "before": old,
        "after": sha256(sealed).hexdigest(),
        "size": len(sealed),
        "plain": sha256(CONTENT).hexdigest(),
        "sealed_to": sealed_to(recipients_of(session, tools.settings)),
    }
    return sealed, Resealed(**told)


def replaced(session, tools, old: str, actor):
    sealed, made = sealed_anew(session, tools, old)
    resealing.receive_resealed(tools, [sealed], made)
    return made, resealing.note_resealed(session, tools, made, actor=actor)


def pack_of(session) -> BackupPack:
    [pack] = session.query(BackupPack).all()
    return pack


def test_a_pack_that_lacks_a_key_is_to_be_resealed_and_then_no_more(
    session, tools, old, approved, asker
):
    found = resealing.to_reseal(session, tools, actor=asker)
    assert ([pack.digest for pack in found.packs], found.left, found.more) == ([old], 1, False)

    replaced(session, tools, old, asker)

    found = resealing.to_reseal(session, tools, actor=asker)
    assert (found.packs, found.left, found.half_done) == ([], 0, [old])


def test_what_is_sealed_to_a_retired_key_is_to_be_resealed(session, tools, old, approved, asker):
    replaced(session, tools, old, asker)
    first = escrow_key(session, "settings-1")
    escrow.retire_key(session, tools.settings, first, reason="stolen", actor=asker)

    assert resealing.to_reseal(session, tools, actor=asker).left == 1


def test_the_new_pack_is_named_where_the_manifest_names_the_old_one(
    session, tools, storage, old, approved, asker
):
    made, row = replaced(session, tools, old, asker)

    pack = pack_of(session)
    assert (pack.digest, pack.first_digest, pack.size) == (made.after, old, made.size)
    assert b"".join(storage.read(resealed_name(old))).decode() == f"{made.after}\n"
    assert (row.plain, row.level) == (sha256(CONTENT).hexdigest(), Level.DECLARED)


def test_resealed_again_the_first_name_stays_the_first(
    session, tools, storage, old, approved, asker
):
    made, _row = replaced(session, tools, old, asker)
    first = escrow_key(session, "settings-1")
    escrow.retire_key(session, tools.settings, first, reason="stolen", actor=asker)
    sealed, again = sealed_anew(session, tools, made.after, identities=[NEW])
    resealing.receive_resealed(tools, [sealed], again)

    resealing.note_resealed(session, tools, again, actor=asker)

    assert pack_of(session).first_digest == old
    assert b"".join(storage.read(resealed_name(old))).decode() == f"{again.after}\n"


def test_the_old_pack_goes_only_when_the_new_one_is_there(
    session, tools, storage, old, approved, asker
):
    made, _row = replaced(session, tools, old, asker)
    assert storage.size_of(pack_name(old)) is not None
    storage.delete([pack_name(made.after)])

    with pytest.raises(NotInStorage):
        resealing.settle_resealed(session, tools, old, actor=asker)
    assert storage.size_of(pack_name(old)) is not None


def test_settled_twice_is_settled_once(session, tools, storage, old, approved, asker):
    made, _row = replaced(session, tools, old, asker)

    first = resealing.settle_resealed(session, tools, old, actor=asker).settled_at
    assert resealing.settle_resealed(session, tools, old, actor=asker).settled_at == first

    assert storage.size_of(pack_name(old)) is None
    assert pyrage.decrypt(b"".join(storage.read(pack_name(made.after))), [NEW]) == CONTENT


def test_an_upload_without_its_record_changes_nothing(
    session, tools, storage, old, approved, asker
):
    """The server died between the two: the old pack is still the pack."""
    sealed, made = sealed_anew(session, tools, old)
    resealing.receive_resealed(tools, [sealed], made)

    assert pack_of(session).digest == old
    assert resealing.to_reseal(session, tools, actor=asker).left == 1
    assert storage.size_of(pack_name(old)) is not None


def test_the_same_upload_again_has_the_effect_of_one(session, tools, old, approved, asker):
    made, row = replaced(session, tools, old, asker)

    resealing.may_reseal(session, tools, made, actor=asker)
    assert resealing.note_resealed(session, tools, made, actor=asker) is row


def test_of_two_who_reseal_one_pack_the_second_is_refused(session, tools, old, approved, asker):
    other, second = sealed_anew(session, tools, old)
    replaced(session, tools, old, asker)
    resealing.receive_resealed(tools, [other], second)

    with pytest.raises(PackNotToReseal):
        resealing.note_resealed(session, tools, second, actor=asker)


def test_fewer_keys_than_are_active_are_refused(session, tools, old, approved, asker):
    sealed, made = sealed_anew(session, tools, old, identities=[OLD])

    with pytest.raises(SealedToOthers):
        resealing.receive_resealed(tools, [sealed], made)
    assert pack_of(session).digest == old


def test_keys_that_changed_meanwhile_are_refused(session, tools, old, approved, asker):
    _sealed, made = sealed_anew(session, tools, old)
    first = escrow_key(session, "settings-1")
    escrow.retire_key(session, tools.settings, first, reason="stolen", actor=asker)

    with pytest.raises(KeysChangedMeanwhile):
        resealing.may_reseal(session, tools, made, actor=asker)


def test_a_second_person_approves_it_first(session, tools, old, two_keys, asker, make):
    with pytest.raises(ResealingNeedsOpening):
        resealing.open_to_reseal(session, tools, old, actor=asker)
    with pytest.raises(NotAllowed):
        resealing.to_reseal(session, tools, actor=make.actor(Role.OPERATOR))


def test_only_what_is_to_be_resealed_is_handed_out_and_it_is_counted(
    session, tools, old, approved, asker
):
    content, size = resealing.open_to_reseal(session, tools, old, actor=asker)
    assert len(b"".join(content)) == size
    session.refresh(approved)
    assert approved.fetched == 1

    made, _row = replaced(session, tools, old, asker)
    with pytest.raises(PackNotToReseal):
        resealing.open_to_reseal(session, tools, made.after, actor=asker)


def test_pages_of_packs_end_where_all_were_shown_though_an_object_is_in_many_backups(
    session, tools, old, approved, asker, monkeypatch
):
    monkeypatch.setattr(resealing, "AT_A_TIME", 2)
    pack = pack_of(session)
    told = {"sealed_to": pack.sealed_to, "stored_at": now(), "size": 1, "backup": pack.backup}
    for number, digest in enumerate([old, old, old, "a" * 64, "b" * 64, "c" * 64], start=2):
        session.add(BackupPack(id=uuid4(), number=number, digest=digest, **told))
    session.flush()

    seen, after, more = [], None, True
    while more:
        page = resealing.to_reseal(session, tools, actor=asker, after=after)
        seen += [one.digest for one in page.packs]
        after, more = seen[-1], page.more
    assert seen == sorted({old, "a" * 64, "b" * 64, "c" * 64})
