"""Handsets in the foreground plug themselves in and end cleanly."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.errors import FaultNotFound, ProfileNotFound
from agents.handset.run import run
from agents.phone.pairing import connect, pair
from agents.phone.server import Adb

PROJECT = Path(__file__).parents[3]
DEADLINE_SECONDS = 20.0

RUNNER = """\
import sys
from agents.handset.run import run
names = ["xiaomi-14-hyperos", "samsung-s24-oneui"]
faults = ["samsung-s24-oneui=no-op-set-pin"]
say = lambda line: print(line, flush=True)
sys.exit(run(names, adb_port=int(sys.argv[1]), serials=["FIRST"], faults=faults, say=say))
"""


def wait_for(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def states(server: AdbServer) -> set[str]:
    return {str(info.state) for info in server.client.list()}


@pytest.mark.handset
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_phones_are_plugged_in_and_end_cleanly_on_a_signal(
    number: signal.Signals, handsets_possible: None
) -> None:
    with AdbServer() as server, start_runner(server.port) as runner:
        assert wait_for(lambda: len(server.client.list()) == 2 and states(server) == {"device"})
        serials = {device.shell("getprop ro.serialno") for device in server.client.device_list()}

        runner.send_signal(number)
        said, _ = runner.communicate(timeout=DEADLINE_SECONDS)

        assert serials == {"FIRST", "RZCX1059KPT"}
        assert runner.returncode == 0
        assert server.client.list() == []
    assert "FIRST" in said
    assert "127.0.0.1:" in said


def start_runner(port: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(port)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.handset
# adbutils leaves its socket to the collector where no server answers for a moment.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_phone_is_plugged_in_again_after_the_adb_server_was_restarted(
    handsets_possible: None,
) -> None:
    with AdbServer() as first:
        port = first.port
        stop = threading.Event()
        runner = threading.Thread(
            target=run,
            args=(["xiaomi-14-hyperos"],),
            kwargs={"adb_port": port, "say": lambda _line: None, "stop": stop},
        )
        runner.start()
        try:
            assert wait_for(lambda: states(first) == {"device"})
            first.stop()
            with AdbServer(port) as second:
                assert wait_for(lambda: states(second) == {"device"})
        finally:
            stop.set()
            runner.join()


def test_unknown_names_are_refused_before_anything_starts() -> None:
    with pytest.raises(ProfileNotFound):
        run(["nokia-3310"], say=print)
    with pytest.raises(FaultNotFound):
        run(["samsung-s24-oneui"], faults=["gremlins"], say=print)


@pytest.mark.handset
def test_a_phone_on_no_cable_says_how_it_is_paired(handsets_possible: None) -> None:
    stop, said = threading.Event(), list[str]()
    runner = threading.Thread(
        target=run,
        args=(["xiaomi-14-hyperos"],),
        kwargs={"wireless": True, "say": said.append, "stop": stop},
    )
    runner.start()
    try:
        assert wait_for(lambda: any("Ctrl-C" in line for line in said))
        found = re.search(r"pair at (\S+) with the code (\d+), connect at (\S+)\.$", said[1])
        assert found is not None
        with AdbServer() as server:
            adb = Adb(port=server.port)
            assert pair(adb, found[1], found[2]).startswith("adb-")
            connect(adb, found[3])
    finally:
        stop.set()
        runner.join()
