"""Which adb server is used, and which one is ended."""

import pytest

from agents.handset.adb_server import AdbServer
from agents.phone.adb import Adb
from agents.phone.errors import (
    AdbServerUnavailable,
)
from tests.ports import free_port

pytestmark = pytest.mark.handset


def test_a_server_of_others_is_used_and_left_alone(adb_server: AdbServer) -> None:
    adb = Adb(port=adb_server.port)
    with adb:
        assert not adb.started_by_us

    assert Adb(port=adb_server.port).version() >= 41


def test_a_server_we_started_ends_with_us() -> None:
    with Adb(port=free_port()) as adb:
        assert adb.started_by_us
        assert "shell_v2" in adb.server_features()

    with pytest.raises(AdbServerUnavailable):
        adb.version()
