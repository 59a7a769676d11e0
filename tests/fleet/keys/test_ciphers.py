"""Both ciphers keep what they seal, and SM4-GCM is the one of the standard."""

from binascii import unhexlify

import pytest
from cryptography.exceptions import InvalidTag

from fleet.keys import ciphers
from fleet.keys.ciphers import AES, CIPHERS, SM4
from fleet.keys.keyring import Keyring, SecretUnreadable

KEY = bytes(range(32))
HERE = "credential:a:1"


def test_sm4_gcm_gives_the_answer_of_rfc_8998(monkeypatch):
    nonce = unhexlify("00001234567800000000ABCD")
    plain = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    bound = unhexlify("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2").decode("latin-1")
    monkeypatch.setattr(ciphers.os, "urandom", lambda _count: nonce)
    monkeypatch.setattr(ciphers, "_bound", lambda context: context.encode("latin-1"))

    box = SM4.encrypt(unhexlify("0123456789ABCDEFFEDCBA9876543210"), plain, bound)

    assert box[12:] == unhexlify(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )


@pytest.mark.parametrize("cipher", CIPHERS.values(), ids=lambda cipher: cipher.name)
def test_a_box_opens_with_its_key_in_its_place_alone(cipher):
    key, other = KEY[: cipher.key_bytes], KEY[::-1][: cipher.key_bytes]
    box = cipher.encrypt(key, b"402917", HERE)

    assert cipher.decrypt(key, box, HERE) == b"402917"
    for wrong in ((other, box, HERE), (key, box, "elsewhere"), (key, box[:-1] + b"x", HERE)):
        with pytest.raises((InvalidTag, ValueError)):
            cipher.decrypt(*wrong)


@pytest.mark.parametrize("cipher", CIPHERS.values(), ids=lambda cipher: cipher.name)
@pytest.mark.parametrize("box", [b"", b"short", bytes(27), bytes(28)])
def test_what_is_no_box_is_refused_and_nothing_else(cipher, box):
    ring = Keyring.of(KEY, cipher=cipher)
    sealed = ring.seal("402917", context=HERE).rpartition(".")[0]

    with pytest.raises(SecretUnreadable):
        ring.open(f"{sealed}.{box.hex()}", context=HERE)


def test_a_server_opens_what_was_sealed_with_either_cipher():
    aes, sm4 = Keyring.of(KEY, cipher=AES), Keyring.of(KEY, cipher=SM4)

    assert sm4.open(aes.seal("402917", context=HERE), context=HERE) == "402917"
    assert aes.open(sm4.seal("402917", context=HERE), context=HERE) == "402917"
    assert sm4.seal("402917", context=HERE).startswith("v2.")


def test_wrapping_anew_changes_the_cipher_as_well():
    aes, sm4 = Keyring.of(KEY, cipher=AES), Keyring.of(KEY, cipher=SM4)

    moved = sm4.rewrap(aes.seal("402917", context=HERE), context=HERE)

    assert moved.startswith(sm4.prefix)
    assert sm4.open(moved, context=HERE) == "402917"


def test_the_two_ciphers_wrap_with_different_keys():
    assert SM4.wrapping_key(KEY) != AES.wrapping_key(KEY)[:16]
