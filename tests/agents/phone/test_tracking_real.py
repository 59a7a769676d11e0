"""Phones that come and go on a real adb server, which may itself come and go."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Queue
from typing import Any

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from agents.phone import tracking
from agents.phone.adb import Adb
from agents.phone.tracking import (
    Arrived,
    Changed,
    Lasting,
    Left,
    ServerFound,
    ServerLost,
    TrackingEvent,
    track,
)
from tests.bare_phone import bare_phone
from tests.handset_fixtures import StartHandset
from tests.ports import free_port

pytestmark = pytest.mark.handset


@contextmanager
def tracked(adb: Adb) -> Iterator["Queue[TrackingEvent]"]:
    heard: Queue[TrackingEvent] = Queue()
    stop = threading.Event()

    def listen() -> None:
        for event in track(adb, stop, settled=0.1):
            heard.put(event)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def heard_of(heard: "Queue[TrackingEvent]", serial: str, kind: Any) -> Any:
    while True:
        event = heard.get(timeout=30)
        if isinstance(event, kind) and (
            isinstance(event, ServerFound | ServerLost) or event.transport.serial == serial
        ):
            return event


def test_a_phone_is_told_when_it_comes_and_when_it_goes(
    adb_server: AdbServer, handset: Handset
) -> None:
    with tracked(Adb(port=adb_server.port)) as heard:
        assert heard_of(heard, handset.address, Arrived)

        handset.unplug()
        assert heard_of(heard, handset.address, Left)

        handset.plug_in()
        assert heard_of(heard, handset.address, Arrived)


def test_a_cable_that_flutters_is_told_once(adb_server: AdbServer, handset: Handset) -> None:
    with tracked(Adb(port=adb_server.port)) as heard:
        heard_of(heard, handset.address, Arrived)
        handset.unplug()
        heard_of(heard, handset.address, Left)

    assert not [one for one in heard.queue if isinstance(one, Changed)]


@pytest.mark.parametrize("state", ["recovery", "sideload", "rescue", "bootloader", "unauthorized"])
def test_a_phone_that_is_up_and_no_use_is_told_in_its_state(
    adb_server: AdbServer, state: str
) -> None:
    with bare_phone(state) as address, tracked(Adb(port=adb_server.port)) as heard:
        adb_server.client.connect(address)
        try:
            event = heard_of(heard, address, Arrived | Changed)
            while event.transport.state != state:
                event = heard_of(heard, address, Arrived | Changed)
        finally:
            adb_server.disconnect(address)

    assert (event.transport.serial, event.transport.port) == (address, address)


def test_a_phone_that_never_decides_is_told_after_a_while(
    adb_server: AdbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking, "PATIENCE", 1.0)
    with bare_phone("authorizing") as address, tracked(Adb(port=adb_server.port)) as heard:
        asked = threading.Thread(target=adb_server.client.connect, args=(address,))
        asked.start()
        try:
            assert heard_of(heard, address, Lasting)
        finally:
            adb_server.disconnect(address)
            asked.join()


def test_a_server_that_tells_no_ports_is_followed_all_the_same(
    adb_server: AdbServer, handset: Handset
) -> None:
    with knowing_no_ports(adb_server.port) as port, tracked(Adb(port=port)) as heard:
        assert heard_of(heard, handset.address, Arrived)


@contextmanager
def knowing_no_ports(behind: int) -> Iterator[int]:
    """Give the port of a server that knows all of the real one but the long lists."""
    refusal = b"FAIL0014unknown host service"

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    def answer(line: socket.socket) -> None:
        with line, suppress(OSError), socket.create_connection(("127.0.0.1", behind)) as real:
            asked = line.recv(4096)
            if asked.endswith(b"-l"):
                line.sendall(refusal)
                return
            real.sendall(asked)
            while said := real.recv(4096):
                line.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def test_tracking_stops_promptly_when_told(adb_server: AdbServer) -> None:
    stop, start = threading.Event(), time.monotonic()
    timer = threading.Timer(0.3, stop.set)
    timer.start()

    events = list(track(Adb(port=adb_server.port), stop))
    timer.join()

    assert time.monotonic() - start < 3
    assert not [one for one in events if isinstance(one, ServerLost)]


def test_a_server_that_dies_is_told_and_started_again(start_handset: StartHandset) -> None:
    handset = start_handset(adb=None, seed=False)
    with Adb(port=free_port()) as adb, tracked(adb) as heard:
        adb.ask(f"host:connect:{handset.address}")
        heard_of(heard, handset.address, Arrived)
        assert adb._ours is not None
        before = adb._ours.pid

        os.kill(before, signal.SIGKILL)

        heard_of(heard, handset.address, Left)
        heard_of(heard, "", ServerLost)
        assert started_again(adb, before)
        adb.ask(f"host:connect:{handset.address}")
        heard_of(heard, handset.address, Arrived)


def started_again(adb: Adb, before: int) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if adb._ours is not None and adb._ours.pid != before and adb._answers():
            return True
        time.sleep(0.05)
    return False
