"""The service manager hears what is so, and its watchdog is fed only while the agent turns."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from agents.station import loop
from agents.station.manager import Manager
from agents.station.turning import Turning

ROOT = Path(__file__).parents[3]
AGENT = (sys.executable, "-m", "cli", "agent", "run", "--home")
SECONDS = 60.0


@pytest.fixture
def heard(tmp_path):
    """Give the socket of a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(SECONDS)
        yield listening


def told(heard):
    return dict(line.split("=", 1) for line in heard.recv(4096).decode().splitlines())


def until_told(heard, name):
    while name not in (said := told(heard)):
        pass
    return said


def manager_at(heard, **more):
    return Manager.of({"NOTIFY_SOCKET": heard.getsockname(), **more})


@pytest.mark.handset
def test_an_agent_says_that_it_is_ready_goes_on_and_stops(heard, enrolled, adb_server):
    given = {"NOTIFY_SOCKET": heard.getsockname(), "WATCHDOG_USEC": "600000"}
    agent = subprocess.Popen(
        [*AGENT, str(enrolled.path), "--adb-port", str(adb_server.port)],
        env={**os.environ, **given},
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        assert told(heard)["READY"] == "1"
        assert [told(heard)["WATCHDOG"] for _ in range(3)] == ["1"] * 3
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.communicate(timeout=SECONDS)

    assert until_told(heard, "STOPPING") == {"STOPPING": "1"}
    assert agent.returncode == 0


@contextmanager
def stuck_adb():
    """Serve as an adb that begins to say which phones are there, and never ends."""
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as lines:
        Thread(target=serve_stuck, args=(server, lines), daemon=True).start()
        yield server.getsockname()[1]


def serve_stuck(server, lines):
    answers = {b"host:version": b"OKAY00040029", b"host:devices": b"OKAY0000"}
    with suppress(OSError):
        while True:
            line = lines.enter_context(server.accept()[0])
            asked = line.recv(int(line.recv(4), 16))
            line.sendall(answers.get(asked, b"OKAY00ffhalf of it"))


def test_an_agent_whose_watch_is_stuck_feeds_no_watchdog(heard, enrolled, monkeypatch):
    monkeypatch.setattr(loop, "WATCH_TURNS", 1.0)
    monkeypatch.setenv("NOTIFY_SOCKET", heard.getsockname())
    monkeypatch.setenv("WATCHDOG_USEC", "900000")
    stop = Event()
    with stuck_adb() as port:
        options = {"stop": stop, "say": lambda _line: None, "adb_port": port}
        agent = Thread(target=loop.run, args=(enrolled.path,), kwargs=options)
        agent.start()
        try:
            assert told(heard)["READY"] == "1"
            while "WATCHDOG" in told(heard):  # until it has been stuck for too long
                pass
            assert "WATCHDOG" not in told(heard)
        finally:
            stop.set()
    agent.join(SECONDS)
    assert not agent.is_alive()


def test_a_stuck_part_starves_the_watchdog_and_is_still_shown(heard):
    manager = manager_at(heard, WATCHDOG_USEC="3000000")

    manager.goes_on("3 phones", turns=False)
    manager.goes_on("3 phones", turns=True)

    assert [told(heard).get("WATCHDOG") for _ in range(2)] == [None, "1"]


def test_the_watchdog_is_fed_more_often_than_it_waits(heard):
    assert manager_at(heard, WATCHDOG_USEC="3000000").seconds == 1.0
    assert manager_at(heard, WATCHDOG_USEC="3000000", WATCHDOG_PID="1").watchdog is None
    assert manager_at(heard, WATCHDOG_USEC="odd").watchdog is None


def test_without_a_manager_nobody_is_told_and_nothing_is_waited_for():
    assert Manager.of({}).seconds is None
    Manager.of({}).ready("ready")


def test_a_name_of_linux_is_a_place_to_tell_too():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0workfleet-test-{os.getpid()}")
        Manager.of({"NOTIFY_SOCKET": f"@workfleet-test-{os.getpid()}"}).ready("two\nlines")
        assert listening.recv(4096) == b"READY=1\nSTATUS=two lines"


def test_a_manager_that_went_away_stops_nobody(tmp_path):
    Manager.of({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("ready")


def at(monkeypatch, *seconds):
    """Have these be the next times on the clock."""
    clock = iter(seconds)
    monkeypatch.setattr("agents.station.turning.monotonic", lambda: next(clock))


def looking(turning, times):
    thread = Thread(target=lambda: [turning.is_set() for _ in range(times)], name=turning.part)
    thread.start()
    thread.join()


def test_a_part_turns_as_long_as_it_looks_whether_to_stop(monkeypatch):
    at(monkeypatch, 0.0, 5.0, 14.0, 15.5)
    turning = Turning("watch", Event(), longest=10.0)

    looking(turning, times=1)  # at 5

    assert turning.still_turns  # at 14
    assert not turning.still_turns  # at 15.5


def test_the_look_of_another_thread_is_no_turn_of_the_part(monkeypatch):
    at(monkeypatch, 0.0, 11.0)
    turning = Turning("watch", Event(), longest=10.0)

    turning.is_set()  # a probe that waits to try again

    assert not turning.still_turns


def test_a_part_stops_with_the_agent_and_the_agent_with_it():
    stop = Event()
    turning = Turning("watch", stop, longest=1.0)
    assert not turning.wait(0)

    turning.set()

    assert stop.is_set()
    assert turning.wait()
