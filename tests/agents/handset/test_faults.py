"""Faults show themselves through the real adb."""

import contextlib
import socket
import time

import pytest
from adbutils import AdbDevice, AdbTimeout

from agents.handset.adb_server import AdbServer
from agents.handset.errors import FaultNotFound
from agents.handset.faults import (
    NAMED,
    Answers,
    DeadCable,
    DisconnectMidStream,
    Hang,
    NoOpSetPin,
    SlowCable,
    YesToAllVerify,
    fault,
)
from agents.handset.framework.reply import out
from agents.handset.handset import Handset
from agents.handset.run import faults_for
from tests.handset_fixtures import StartHandset

SIZE = 4 << 20


def device(phone: Handset) -> AdbDevice:
    assert phone.adb is not None
    return phone.adb.client.device(phone.address)


def ask(phone: Handset, command: str) -> str:
    return str(device(phone).shell2(command, v2=True).stdout)


def stream(phone: Handset, command: str) -> int:
    """Return how many bytes of an `exec:` stream arrive before it ends."""
    with device(phone).open_transport() as line:
        line.send_command(f"exec:{command}")
        line.check_okay()
        count = 0
        while part := line.conn.recv(1 << 16):
            count += len(part)
    return count


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FaultNotFound, match="no-op-set-pin"):
        fault("gremlins")


def test_a_fault_is_asked_for_one_phone_or_for_all() -> None:
    asked = ["hang", "samsung-s24-oneui=no-op-set-pin"]

    assert [type(one) for one in faults_for("samsung-s24-oneui", asked)] == [Hang, NoOpSetPin]
    assert [type(one) for one in faults_for("vivo-x100-originos", asked)] == [Hang]
    assert all(make() for make in NAMED.values())


@pytest.mark.handset
def test_a_lying_lock_tool_convinces_whoever_only_asks_it(start_handset: StartHandset) -> None:
    phone = start_handset("samsung-s24-oneui", faults=[NoOpSetPin(), YesToAllVerify()])

    said = ask(phone, "locksettings set-pin --old 736405 111222; locksettings verify --old 999")

    assert said == "Pin set to '111222'\nLock credential verified successfully\n"
    assert phone.lock.secret == "736405"


@pytest.mark.handset
def test_an_honest_lock_refuses_what_the_liar_accepts(handset: Handset) -> None:
    assert ask(handset, "locksettings verify --old 999") == "Old password '999' didn't match\n"


@pytest.mark.handset
def test_a_stream_is_cut_after_so_many_bytes_and_the_next_one_is_whole(
    handset: Handset, adb_server: AdbServer
) -> None:
    handset.put("big.bin", bytes(SIZE))

    handset.add_fault(DisconnectMidStream(SIZE // 2))
    cut = stream(handset, "cat /sdcard/big.bin")
    adb_server.reconnect(handset.address)
    whole = stream(handset, "cat /sdcard/big.bin")

    assert 0 < cut <= SIZE // 2  # adb loses what it has not handed on yet
    assert (whole, handset.cuts) == (SIZE, 1)


def wait_for_cut(phone: Handset) -> None:
    deadline = time.monotonic() + 10
    while phone.cuts == 0:
        assert time.monotonic() < deadline, "the cable was not cut"
        time.sleep(0.01)


@pytest.mark.handset
def test_the_other_direction_is_cut_as_well(handset: Handset) -> None:
    handset.cut_after(100_000, direction="to_phone")

    with device(handset).open_transport() as line:
        line.send_command("exec:cat >/sdcard/arrived.bin")
        line.check_okay()
        with contextlib.suppress(OSError):  # adb takes more than it can deliver
            line.conn.sendall(bytes(SIZE))
        wait_for_cut(handset)

    assert (handset.storage_path / "arrived.bin").stat().st_size <= 100_000


@pytest.mark.handset
def test_a_hanging_command_never_answers_and_others_do(start_handset: StartHandset) -> None:
    phone = start_handset(faults=[Hang("dumpsys battery")])

    with device(phone).open_transport() as line:
        line.send_command("exec:dumpsys battery")
        line.check_okay()
        line.conn.settimeout(0.5)
        with pytest.raises(TimeoutError):
            line.conn.recv(1)
        assert ask(phone, "getprop ro.product.brand") == "Xiaomi\n"


@pytest.mark.handset
def test_a_dead_cable_keeps_the_connection_and_passes_nothing(handset: Handset) -> None:
    handset.add_fault(DeadCable())

    with device(handset).open_transport(timeout=0.5) as line:
        line.send_command("exec:echo hello")
        with pytest.raises(AdbTimeout):
            line.check_okay()

    handset.resume_flow()
    assert ask(handset, "echo hello") == "hello\n"


@pytest.mark.handset
def test_a_slow_cable_takes_its_time(handset: Handset) -> None:
    handset.put("big.bin", bytes(500_000))
    handset.add_fault(SlowCable(1_000_000))
    began = time.monotonic()

    assert stream(handset, "cat /sdcard/big.bin") == 500_000
    assert time.monotonic() - began > 0.4


@pytest.mark.handset
def test_a_command_can_answer_as_another_build_does(handset: Handset) -> None:
    handset.add_fault(Answers("locksettings verify", out("Request throttled.", 255)))

    assert ask(handset, "locksettings verify --old 1") == "Request throttled.\n"


def test_adb_listens_nowhere_but_where_it_was_asked_to(adb_server: AdbServer) -> None:
    with socket.create_connection(("127.0.0.1", adb_server.port)) as line:
        assert line.getpeername() == ("127.0.0.1", adb_server.port)
