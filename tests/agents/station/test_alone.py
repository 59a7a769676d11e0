"""At each adb server of a machine one agent works, whoever started it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.station.alone import alone_at, by_file, holder_at
from agents.station.errors import AdbServerTaken, LockUnusable
from tests.ports import free_port

ROOT = Path(__file__).parents[3]
HOLDS = """
import os, sys
from pathlib import Path
from agents.station.alone import alone_at
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
with alone_at(sys.argv[1], Path("/srv/other")):
    print("held", flush=True)
    sys.stdin.read()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the name is one of Linux")


@pytest.fixture
def address():
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def other(address):
    """Give another agent's process, which holds the adb server as nobody where we may be root."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_agent_is_refused_and_told_who_the_first_is(address, other):
    with pytest.raises(AdbServerTaken) as refusal, alone_at(address, Path("/srv/ours")):
        pass

    assert str(other.pid) in str(refusal.value)
    assert "/srv/other" in str(refusal.value)


def test_the_same_place_by_another_name_is_the_same_place(address, other):
    with (
        pytest.raises(AdbServerTaken),
        alone_at(address.replace("127.0.0.1", "LOCALHOST"), Path("/srv/ours")),
    ):
        pass


def test_a_killed_agent_holds_nothing(address, other):
    other.kill()
    other.wait()

    with alone_at(address, Path("/srv/ours")):
        assert holder_at(address).home == "/srv/ours"
    assert holder_at(address) is None


def test_another_adb_server_is_another_place(address, other):
    with alone_at(f"127.0.0.1:{free_port()}", Path("/srv/ours")):
        assert holder_at(address).pid == other.pid


def test_many_who_ask_are_all_answered(address):
    with alone_at(address, Path("/srv/ours")):
        for _ in range(300):
            assert holder_at(address).pid == os.getpid()


def test_what_a_stranger_says_of_himself_is_one_line():
    from agents.station import alone

    address = f"127.0.0.1:{free_port()}"
    with alone.by_name(address, Path("/srv/\n\x1b[31mours")):
        assert holder_at(address).home == "/srv/[31mours"


def test_a_file_keeps_agents_apart_where_there_are_no_such_names(address, tmp_path):
    with by_file(address, tmp_path), pytest.raises(AdbServerTaken), by_file(address, tmp_path):
        pass
    with by_file(address, tmp_path):
        pass


def test_a_link_planted_for_the_file_is_not_followed(address, tmp_path):
    (tmp_path / "precious").write_text("mine")
    planted = tmp_path / f"workfleet-agent-{address.replace(':', '-')}.lock"
    planted.symlink_to(tmp_path / "precious")

    with pytest.raises(LockUnusable, match=planted.name), by_file(address, tmp_path):
        pass
    assert (tmp_path / "precious").read_text() == "mine"
