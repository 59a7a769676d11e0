"""Which adb server is used, and which one is ended."""

import socket

import pytest

from agents.handset.adb_server import AdbServer
from agents.phone.adb import Adb
from agents.phone.errors import (
    AdbServerUnavailable,
)

pytestmark = pytest.mark.handset


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_server_of_others_is_used_and_left_alone(adb_server: AdbServer) -> None:
    adb = Adb(port=adb_server.port)
    with adb:
        assert not adb.started_by_us

    assert Adb(port=adb_server.port).version() >= 41


def test_a_server_we_started_ends_with_us(free_port: int) -> None:
    with Adb(port=free_port) as adb:
        assert adb.started_by_us
        assert "shell_v2" in adb.server_features()

    with pytest.raises(AdbServerUnavailable):
        adb.version()
