"""Which addresses are this machine itself."""

import pytest

from fleet.contracts.addresses import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.8.7", "::1"])
def test_this_machine_is_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.evil.example", "127.0.0.1.example", "localhost.example", "10.0.0.1", "::2", ""]
)
def test_what_only_looks_like_it_is_not(host):
    assert not is_loopback(host)
