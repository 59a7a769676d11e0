from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fleet.contracts.sealing import is_public_key, open_at_station, seal_to_station


def station() -> tuple[bytes, str]:
    key = X25519PrivateKey.generate()
    return key.private_bytes_raw(), b64encode(key.public_key().public_bytes_raw()).decode()


def test_only_the_station_opens_what_was_sealed_for_a_job() -> None:
    private, public = station()
    other, _ = station()
    sealed = seal_to_station(public, "402917", job="job-1")

    assert open_at_station(private, sealed, job="job-1") == "402917"
    with pytest.raises(ValueError, match="another station or another job"):
        open_at_station(other, sealed, job="job-1")
    with pytest.raises(ValueError, match="another station or another job"):
        open_at_station(private, sealed, job="job-2")


def test_sealing_the_same_twice_gives_two_texts() -> None:
    _, public = station()

    assert seal_to_station(public, "402917", job="j") != seal_to_station(public, "402917", job="j")


@pytest.mark.parametrize("text", ["", "no key", "AAAA", "é" * 8, b64encode(bytes(33)).decode()])
def test_what_is_no_key_is_known_as_none(text: str) -> None:
    assert not is_public_key(text)
