"""A pack sealed anew holds the same, is nowhere in the clear, and a broken one leaves nothing."""

from base64 import b64encode
from hashlib import sha256

import pyrage
import pytest

from agents.station.backup.errors import IdentityDoesNotOpen, IdentityOfAnotherKey
from agents.station.backup.opening import PackDamaged
from agents.station.backup.resealing import answer_to, seal_anew

OLD, NEW = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
CONTENT = bytes(range(256)) * 4000  # many of age's pieces, and of the pipe's


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old"
    path.write_bytes(pyrage.encrypt(CONTENT, [OLD.to_public()]))
    return path


def anew(old, identities=(OLD,), recipients=None):
    to = recipients or [NEW.to_public()]
    return seal_anew(old, old.with_name("new"), identities, to, old)


def test_the_new_key_opens_the_same_and_the_old_one_opens_nothing(old):
    made = anew(old)

    data = made.path.read_bytes()
    assert pyrage.decrypt(data, [NEW]) == CONTENT
    assert (made.digest, made.size) == (sha256(data).hexdigest(), len(data))
    assert (made.plain, made.opened_again) == (sha256(CONTENT).hexdigest(), False)
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(data, [OLD])


def test_an_identity_that_is_of_the_new_keys_too_opens_it_again(old):
    assert anew(old, recipients=[OLD.to_public(), NEW.to_public()]).opened_again


@pytest.mark.parametrize("keep", [300, 70_000, -1])
def test_a_pack_that_is_cut_off_leaves_no_file_behind(old, keep):
    old.write_bytes(old.read_bytes()[:keep])

    with pytest.raises(PackDamaged):
        anew(old)
    assert not old.with_name("new").exists()


def test_a_flipped_bit_in_the_last_piece_leaves_no_file_behind(old):
    data = bytearray(old.read_bytes())
    data[-1] ^= 1
    old.write_bytes(data)

    with pytest.raises(PackDamaged):
        anew(old)
    assert not old.with_name("new").exists()


def test_a_wrong_identity_is_refused_as_such(old):
    with pytest.raises(IdentityDoesNotOpen):
        anew(old, identities=[NEW])
    assert not old.with_name("new").exists()


def test_nothing_else_is_written_than_the_new_pack(old):
    anew(old)

    assert sorted(path.name for path in old.parent.iterdir()) == ["new", "old"]
    assert CONTENT[:64] not in old.with_name("new").read_bytes()


def test_a_challenge_is_answered_by_its_digest_alone(old):
    sealed = b64encode(pyrage.encrypt(b"nonce", [OLD.to_public()])).decode()

    assert answer_to(sealed, [OLD], old) == sha256(b"nonce").hexdigest()
    with pytest.raises(IdentityOfAnotherKey):
        answer_to(sealed, [NEW], old)
