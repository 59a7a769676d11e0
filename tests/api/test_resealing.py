"""Sealing packs anew over HTTP, as who holds an identity does it."""

import io
from hashlib import sha256

import pyrage
import pytest

from fleet.contracts.access import Role
from fleet.contracts.credentials import DecisionIn
from fleet.contracts.escrow import EscrowConfirmIn, EscrowKeyIn, sealed_to
from fleet.contracts.openings import OpeningIn, OpeningPurpose, OpeningQuery, ResealQuery
from tests.api.bench import INDEX, INDEX_DIGEST, open_up, refused
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
OLD, NEW = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
CONTENT = b"what was on the phone" * 100_000  # more than one piece


@pytest.fixture
def pack(bench, client):
    """Give the digest of a stored pack, after which a second key was added."""
    digest = bench.put(pyrage.encrypt(CONTENT, [OLD.to_public()])).digest
    bench.finish(digest)
    given = EscrowKeyIn(
        name="new", recipient=str(NEW.to_public()), kept_by="Wu", kept_at="bank", reason="second"
    )
    key = client(FOUNDER).add_escrow_key(given)
    confirm = EscrowConfirmIn(fingerprint=key.fingerprint, note="compared")
    client(Role.SECURITY).confirm_escrow_key("new", confirm)
    return digest


@pytest.fixture
def opening(client, pack):
    asked = OpeningIn(purpose=OpeningPurpose.RESEAL, reason="a new key")
    number = client(FOUNDER).ask_opening(asked).number
    client(Role.SECURITY).approve_opening(number, DecisionIn(note="agreed"))
    return number


def made(recipients, identities=(OLD, NEW)) -> tuple[bytes, ResealQuery]:
    content = pyrage.encrypt(CONTENT, [identity.to_public() for identity in identities])
    said = ResealQuery(
        size=len(content),
        digest=sha256(content).hexdigest(),
        plain=sha256(CONTENT).hexdigest(),
        sealed_to=sealed_to(recipients),
        opened_again=True,
    )
    return content, said


def test_a_pack_is_fetched_replaced_and_settled(bench, client, pack, opening):
    founder = client(FOUNDER)
    found = founder.to_reseal()
    assert {one.digest: one.number for one in found.objects} == {pack: 1, INDEX_DIGEST: None}
    assert found.opening == opening
    with founder.object_to_reseal(pack) as pieces:
        assert pyrage.decrypt(b"".join(pieces), [OLD]) == CONTENT
    content, said = made(found.recipients)

    put = founder.put_resealed(pack, io.BytesIO(content), said)
    again = founder.put_resealed(pack, io.BytesIO(content), said)
    settled = founder.settle_resealed(pack)

    assert put == again
    assert (settled.first, settled.level, settled.settled) == (pack, "verified", True)
    [now] = founder.backup(bench.backup.number).packs
    assert (now.digest, now.first_digest) == (said.digest, pack)
    assert [one.digest for one in founder.to_reseal().objects] == [INDEX_DIGEST]


def test_an_index_sealed_anew_is_the_one_that_is_handed_out(bench, client, pack, opening):
    founder, number = client(FOUNDER), bench.backup.number
    with founder.object_to_reseal(INDEX_DIGEST) as pieces:
        assert b"".join(pieces) == INDEX
    content, said = made(founder.to_reseal().recipients)

    founder.put_resealed(INDEX_DIGEST, io.BytesIO(content), said)
    assert founder.settle_resealed(INDEX_DIGEST).first == INDEX_DIGEST

    now = founder.backup(number)
    assert (now.index, now.index_first_digest) == (said.digest, INDEX_DIGEST)
    open_up(client, number)
    with founder.index(number) as pieces:
        assert b"".join(pieces) == content


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sealed_to": "0" * 16}, "keys_changed_meanwhile"),
        ({"digest": "0" * 64}, "pack_damaged"),
        ({"size": 7}, "pack_damaged"),
    ],
)
def test_what_is_not_as_announced_replaces_nothing(bench, client, pack, opening, changes, code):
    founder = client(FOUNDER)
    content, said = made(founder.to_reseal().recipients)
    told = said.model_copy(update=changes)

    refusal = refused(founder.put_resealed, pack, io.BytesIO(content[: told.size]), told)

    assert refusal.code == code
    assert [one.digest for one in founder.backup(bench.backup.number).packs] == [pack]
    assert refused(founder.settle_resealed, pack).code == "not_to_reseal"


def test_a_new_pack_that_was_damaged_meanwhile_does_not_cost_the_old_one(
    client, pack, opening, settings
):
    founder, storage = client(FOUNDER), settings.home / "storage/packs"
    content, said = made(founder.to_reseal().recipients)
    founder.put_resealed(pack, io.BytesIO(content), said)
    [stored] = storage.rglob(said.digest)
    stored.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    assert refused(founder.settle_resealed, pack).code == "pack_damaged"
    assert list(storage.rglob(pack))
    assert founder.to_reseal().half_done == [pack]


def test_a_pack_for_fewer_keys_replaces_nothing(bench, client, pack, opening):
    founder = client(FOUNDER)
    content, said = made(founder.to_reseal().recipients, identities=[NEW])

    refusal = refused(founder.put_resealed, pack, io.BytesIO(content), said)

    assert refusal.code == "sealed_to_others"
    assert [one.digest for one in founder.backup(bench.backup.number).packs] == [pack]


def test_nothing_is_handed_out_to_be_resealed_without_an_opening(client, pack):
    founder = client(FOUNDER)
    assert founder.openings(OpeningQuery()).items == []

    for ask in (founder.to_reseal, lambda: founder.settle_resealed(pack)):
        assert refused(ask).code == "resealing_needs_opening"
