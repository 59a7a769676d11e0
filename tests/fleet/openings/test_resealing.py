"""Packs and indexes are sealed anew by who holds an identity.

Whatever stops it, one of the two is there.
"""

from hashlib import sha256
from uuid import uuid4

import pyrage
import pytest

from fleet.access.errors import NotAllowed
from fleet.backups import services as backups
from fleet.backups.errors import NotInStorage
from fleet.backups.models import BackupPack
from fleet.backups.storage import resealed_name, storage_of
from fleet.contracts.access import Role
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.escrow import EscrowKeyIn, sealed_to
from fleet.contracts.openings import OpeningPurpose, SealedKind
from fleet.contracts.proof import Level
from fleet.escrow import services as escrow
from fleet.escrow.queries import escrow_key, recipients_of
from fleet.keys.keyring import Keyring
from fleet.openings import resealing
from fleet.openings.errors import (
    KeysChangedMeanwhile,
    NotToReseal,
    ResealingNeedsOpening,
    SealedToOthers,
)
from fleet.openings.resealing import Resealed
from fleet.openings.sealed import PLACES, Part, parts_called
from fleet.openings.services import ask_opening, decide_opening
from fleet.settings import Settings
from fleet.vault.tools import Tools

OLD, NEW = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
CONTENT = b"what was on the phone" * 1000
# An index is named by one backup.
PACK_ALONE = pytest.mark.parametrize("place", [SealedKind.PACK], indirect=True)


@pytest.fixture
def tools(tmp_path):
    settings = Settings(home=tmp_path, recipients=(str(OLD.to_public()),))
    return Tools(Keyring.of(bytes(32)), settings)


@pytest.fixture
def storage(tools):
    return storage_of(tools.settings)


@pytest.fixture(params=SealedKind)
def place(request):
    return PLACES[request.param]


@pytest.fixture
def old(session, tools, storage, make, place):
    """Give the digest of the one object of an ended backup, sealed to the first key."""
    sealed = pyrage.encrypt(CONTENT, [OLD.to_public()])
    digest = sha256(sealed).hexdigest()
    place.put(storage, [sealed], digest=digest)
    backup = backups.plan_backup(session, tools, make.device(), reason="a", actor=make.actor())
    backup.state, to = BackupState.INCOMPLETE, sealed_to(backup.recipients)
    if place.kind is SealedKind.INDEX:
        backup.index_digest, backup.index_sealed_to = digest, to
    else:
        backup.packs = [pack_of(digest, len(sealed), to)]
    session.flush()
    return digest


def pack_of(digest: str, size: int, to: str, number: int = 1) -> BackupPack:
    known = {"digest": digest, "size": size, "sealed_to": to, "stored_at": now()}
    return BackupPack(id=uuid4(), number=number, **known)


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


def receive(session, tools, sealed: bytes, made: Resealed, actor) -> None:
    kind = resealing.may_reseal(session, tools, made, actor=actor)
    resealing.receive_resealed(tools, [sealed], made, kind)


def replaced(session, tools, old: str, actor):
    sealed, made = sealed_anew(session, tools, old)
    receive(session, tools, sealed, made, actor)
    return made, resealing.note_resealed(session, tools, made, actor=actor)


def part_now(session, digest: str) -> Part:
    [part] = parts_called(session, digest)
    return part


def test_what_lacks_a_key_is_to_be_resealed_and_then_no_more(session, tools, old, approved, asker):
    found = resealing.to_reseal(session, tools, actor=asker)
    assert ([one.digest for one in found.objects], found.left, found.more) == ([old], 1, False)

    replaced(session, tools, old, asker)

    found = resealing.to_reseal(session, tools, actor=asker)
    assert (found.objects, found.left, found.half_done) == ([], 0, [old])


def test_what_is_sealed_to_a_retired_key_is_to_be_resealed(session, tools, old, approved, asker):
    replaced(session, tools, old, asker)
    first = escrow_key(session, "settings-1")
    escrow.retire_key(session, tools.settings, first, reason="stolen", actor=asker)

    assert resealing.to_reseal(session, tools, actor=asker).left == 1


def test_the_new_object_is_named_where_the_manifest_names_the_old_one(
    session, tools, storage, place, old, approved, asker
):
    made, row = replaced(session, tools, old, asker)

    part = part_now(session, made.after)
    assert (part.first, part.sealed_to) == (old, made.sealed_to)
    assert (row.plain, row.level) == (sha256(CONTENT).hexdigest(), Level.DECLARED)


def test_resealed_again_the_first_name_stays_the_first(
    session, tools, storage, place, old, approved, asker
):
    made, _row = replaced(session, tools, old, asker)
    first = escrow_key(session, "settings-1")
    escrow.retire_key(session, tools.settings, first, reason="stolen", actor=asker)
    sealed, again = sealed_anew(session, tools, made.after, identities=[NEW])
    receive(session, tools, sealed, again, asker)

    resealing.note_resealed(session, tools, again, actor=asker)

    assert part_now(session, again.after).first == old


def settle(session, tools, *digests: str, actor) -> None:
    for digest in digests:
        resealing.settle_resealed(session, tools, digest, actor=actor)


def noted(storage, first: str) -> str | None:
    """Return what a folder without a server says has taken the place of `first`."""
    name = resealed_name(first)
    if storage.size_of(name) is None:
        return None
    return b"".join(storage.read(name)).decode().strip()


def test_a_folder_without_a_server_is_told_before_the_old_object_goes_and_not_sooner(
    session, tools, storage, place, old, approved, asker
):
    made, _row = replaced(session, tools, old, asker)
    assert noted(storage, old) is None  # who rolls this back now leaves no false note

    settle(session, tools, old, actor=asker)

    assert noted(storage, old) == made.after
    assert storage.size_of(place.name(made.after)) is not None


@pytest.mark.parametrize("in_order", [True, False])
def test_of_two_half_done_ones_the_folder_is_told_of_the_later(
    session, tools, storage, place, old, approved, asker, in_order
):
    made, _row = replaced(session, tools, old, asker)
    first = escrow_key(session, "settings-1")
    escrow.retire_key(session, tools.settings, first, reason="stolen", actor=asker)
    sealed, again = sealed_anew(session, tools, made.after, identities=[NEW])
    receive(session, tools, sealed, again, asker)
    resealing.note_resealed(session, tools, again, actor=asker)
    both = [old, made.after]

    settle(session, tools, *(both if in_order else both[::-1]), actor=asker)

    assert noted(storage, old) == again.after
    assert [storage.size_of(place.name(one)) for one in both] == [None, None]


def test_the_old_object_goes_only_when_the_new_one_is_there(
    session, tools, storage, place, old, approved, asker
):
    made, _row = replaced(session, tools, old, asker)
    assert storage.size_of(place.name(old)) is not None
    storage.delete([place.name(made.after)])

    with pytest.raises(NotInStorage):
        resealing.settle_resealed(session, tools, old, actor=asker)
    assert storage.size_of(place.name(old)) is not None


def test_settled_twice_is_settled_once(session, tools, storage, place, old, approved, asker):
    made, _row = replaced(session, tools, old, asker)

    first = resealing.settle_resealed(session, tools, old, actor=asker).settled_at
    assert resealing.settle_resealed(session, tools, old, actor=asker).settled_at == first

    assert storage.size_of(place.name(old)) is None
    assert pyrage.decrypt(b"".join(storage.read(place.name(made.after))), [NEW]) == CONTENT


def test_an_upload_without_its_record_changes_nothing(
    session, tools, storage, place, old, approved, asker
):
    """The server died between the two: the old object still is the one."""
    sealed, made = sealed_anew(session, tools, old)
    receive(session, tools, sealed, made, asker)

    assert part_now(session, old).first == old
    assert resealing.to_reseal(session, tools, actor=asker).left == 1
    assert storage.size_of(place.name(old)) is not None


def test_the_same_upload_again_has_the_effect_of_one(session, tools, old, approved, asker):
    made, row = replaced(session, tools, old, asker)

    resealing.may_reseal(session, tools, made, actor=asker)
    assert resealing.note_resealed(session, tools, made, actor=asker) is row


def test_of_two_who_reseal_one_object_the_second_is_refused(session, tools, old, approved, asker):
    other, second = sealed_anew(session, tools, old)
    receive(session, tools, other, second, asker)
    replaced(session, tools, old, asker)

    with pytest.raises(NotToReseal):
        resealing.note_resealed(session, tools, second, actor=asker)


def test_fewer_keys_than_are_active_are_refused(session, tools, old, approved, asker):
    sealed, made = sealed_anew(session, tools, old, identities=[OLD])

    with pytest.raises(SealedToOthers):
        receive(session, tools, sealed, made, asker)
    assert part_now(session, old).first == old


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
    with pytest.raises(NotToReseal):
        resealing.open_to_reseal(session, tools, made.after, actor=asker)


@pytest.fixture
def carried(session, tools, make, old):
    """Give another backup that names the same pack, as one that goes on from the first."""
    backup = backups.plan_backup(session, tools, make.device(), reason="a", actor=make.actor())
    [part] = parts_called(session, old)
    backup.state = BackupState.DAMAGED
    backup.packs = [pack_of(old, part.row.size, part.sealed_to, number=2)]
    session.flush()
    return backup


@PACK_ALONE
def test_a_pack_of_several_backups_is_shown_once_and_replaced_in_all_of_them(
    session, tools, old, carried, approved, asker
):
    found = resealing.to_reseal(session, tools, actor=asker)
    assert ([one.digest for one in found.objects], found.left) == ([old], 1)

    made, _row = replaced(session, tools, old, asker)

    assert len(parts_called(session, made.after)) == 2
    assert parts_called(session, old) == []


@PACK_ALONE
def test_what_is_shared_by_many_does_not_end_the_list_early(
    session, tools, old, carried, approved, asker, monkeypatch
):
    carried.state = BackupState.COMPLETE
    carried.manifest_digest = "0" * 64
    later = "f" * 64
    carried.packs.append(pack_of(later, 1, "other", number=3))
    monkeypatch.setattr(resealing, "AT_A_TIME", 2)

    first = resealing.to_reseal(session, tools, actor=asker)
    rest = resealing.to_reseal(session, tools, actor=asker, after=old)

    assert (first.more, first.left) == (True, 2)
    assert [one.digest for one in rest.objects] == [later]


def test_what_damaged_backups_alone_name_is_counted_as_waiting(
    session, tools, place, old, approved, asker
):
    part_now(session, old).backup.state = BackupState.DAMAGED
    session.flush()

    found = resealing.to_reseal(session, tools, actor=asker)

    assert (found.objects, found.left, found.waiting) == ([], 0, 1)


@PACK_ALONE
def test_what_an_ended_backup_names_too_does_not_wait(
    session, tools, old, carried, approved, asker
):
    found = resealing.to_reseal(session, tools, actor=asker)

    assert (found.left, found.waiting) == (1, 0)


def test_a_half_done_one_whose_backup_is_deleted_is_removed_all_the_same(
    session, tools, storage, place, old, approved, asker
):
    made, _row = replaced(session, tools, old, asker)
    part_now(session, made.after).backup.state = BackupState.DELETED
    storage.delete([place.name(made.after)])

    resealing.settle_resealed(session, tools, old, actor=asker)

    assert storage.size_of(place.name(old)) is None
