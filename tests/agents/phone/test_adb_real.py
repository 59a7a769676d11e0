"""The seam on a real adbd behind a real adb server: what works, and what happens when it breaks."""

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from agents.phone.adb import Adb, AdbPhone
from agents.phone.errors import (
    CommandFailed,
    CommandTimedOut,
    NoAnswer,
    PhoneNotFound,
    PhoneUnreachable,
)

pytestmark = pytest.mark.handset

Seam = Callable[..., AdbPhone]


@pytest.fixture
def seam(adb_server: AdbServer, handset: Handset) -> Seam:
    def make(*, legacy: bool = False) -> AdbPhone:
        return AdbPhone(Adb(port=adb_server.port), handset.address, legacy=legacy)

    return make


both = pytest.mark.parametrize("legacy", [False, True], ids=["shell_v2", "legacy"])


@both
def test_output_errors_and_status_arrive_apart(seam: Seam, *, legacy: bool) -> None:
    answer = seam(legacy=legacy).script("echo out; echo err >&2; exit 7")

    assert (answer.stdout, answer.stderr, answer.status) == (b"out\n", b"err\n", 7)


@both
def test_bytes_go_both_ways_unchanged(seam: Seam, *, legacy: bool) -> None:
    data = bytes(range(256)) * 3000

    answer = seam(legacy=legacy).script("cat", stdin=data)

    assert hashlib.sha256(answer.stdout).digest() == hashlib.sha256(data).digest()


@both
def test_every_argument_arrives_as_it_was_given(seam: Seam, *, legacy: bool) -> None:
    odd = ["a b", "$HOME", "'", '"`x`', "two\nlines", "*", "微信", ""]

    answer = seam(legacy=legacy).shell("printf", "[%s]", *odd)

    assert answer.text == "".join(f"[{one}]" for one in odd)


@both
def test_a_script_longer_than_any_argument_runs(seam: Seam, *, legacy: bool) -> None:
    text = "".join(f"echo line {number}\n" for number in range(20_000))

    answer = seam(legacy=legacy).script(text)

    assert answer.text.splitlines()[-1] == "line 19999"


def test_a_script_is_one_round_trip(seam: Seam) -> None:
    phone = seam()

    phone.script("echo one; echo two")
    phone.script("true")

    assert phone.round_trips == 2


@both
def test_a_command_that_hangs_ends_at_the_deadline(seam: Seam, *, legacy: bool) -> None:
    phone, start = seam(legacy=legacy), time.monotonic()

    with pytest.raises(CommandTimedOut):
        phone.script("sleep 60", deadline=0.5)

    assert time.monotonic() - start < 5


def test_a_trickle_ends_at_the_deadline_too(seam: Seam) -> None:
    with pytest.raises(CommandTimedOut):
        seam().script("while true; do echo x; sleep 0.05; done", deadline=0.6)


def test_a_cable_that_passes_nothing_ends_at_the_deadline(seam: Seam, handset: Handset) -> None:
    phone = seam()
    assert phone.features
    handset.stop_flow()

    with pytest.raises(CommandTimedOut):
        phone.script("true", deadline=0.5)


def test_a_phone_is_silent_only_while_its_cable_passes_nothing(
    seam: Seam, handset: Handset
) -> None:
    assert not seam().is_silent(5.0)
    handset.stop_flow()
    assert seam().is_silent(0.5)
    handset.resume_flow()
    assert not seam().is_silent(10.0)


def test_a_phone_that_is_not_there_is_not_silent(adb_server: AdbServer) -> None:
    assert not AdbPhone(Adb(port=adb_server.port), "not-there").is_silent(5.0)


@pytest.mark.parametrize("before", [True, False], ids=["cut before", "cut meanwhile"])
def test_whoever_waits_for_a_phone_that_is_cut_waits_no_longer(seam: Seam, *, before: bool) -> None:
    phone = seam()
    assert phone.features
    if before:
        phone.cut()
    else:
        threading.Timer(0.5, phone.cut).start()

    with pytest.raises(PhoneUnreachable):
        phone.script("sleep 60", deadline=60)


def test_a_stream_that_falls_silent_is_given_up(seam: Seam) -> None:
    with (
        seam().stream("echo x; sleep 60", deadline=60, idle=0.5) as stream,
        pytest.raises(CommandTimedOut),
    ):
        list(stream)


@both
def test_a_phone_unplugged_in_the_middle_is_unreachable(
    seam: Seam, handset: Handset, *, legacy: bool
) -> None:
    phone = seam(legacy=legacy)
    with phone.stream("while true; do echo x; done", deadline=30, idle=10) as stream:
        chunks = iter(stream)
        next(chunks)
        handset.unplug()
        with pytest.raises(NoAnswer):
            list(chunks)

    # Until the adb server has noticed, it calls the phone offline.
    with pytest.raises((PhoneNotFound, PhoneUnreachable)):
        phone.script("true")


def test_a_connection_cut_in_mid_stream_is_no_end(seam: Seam, handset: Handset) -> None:
    phone = seam()
    assert phone.features  # asked before the cable is bad
    handset.cut_after(100_000, direction="from_phone", times=1)

    with (
        phone.stream("cat /dev/zero", deadline=30, idle=10) as stream,
        pytest.raises(PhoneUnreachable, match="cut off"),
    ):
        for _ in stream:
            pass


def test_a_file_cut_in_mid_transfer_is_no_file(seam: Seam, handset: Handset) -> None:
    handset.put("Download/big.bin", bytes(3_000_000))
    phone = seam()
    assert phone.features
    handset.cut_after(500_000, direction="from_phone", times=1)

    with phone.sync() as sync, pytest.raises(PhoneUnreachable):
        for _ in sync.recv(b"/sdcard/Download/big.bin"):
            pass


def test_an_unknown_serial_names_the_phones_that_are_there(
    adb_server: AdbServer, handset: Handset
) -> None:
    with pytest.raises(PhoneNotFound) as caught:
        AdbPhone(Adb(port=adb_server.port), "nobody").script("true")

    assert handset.address in caught.value.present
    assert handset.address in str(caught.value)


@both
def test_files_are_sent_told_and_received(seam: Seam, *, legacy: bool) -> None:
    path, content = "/data/local/tmp/微\n信.bin".encode(), bytes(range(256)) * 1000

    with seam(legacy=legacy).sync() as sync:
        sync.send(path, [content[:100_000], content[100_000:]], mtime=1_600_000_000)
        stat = sync.lstat(path)
        names = [name for name, _ in sync.list(b"/data/local/tmp")]
        received = b"".join(sync.recv(path))

    assert (sync.version, received) == (1 if legacy else 2, content)
    assert (stat.size, stat.mtime) == (len(content), 1_600_000_000)
    assert path.rpartition(b"/")[2] in names


@both
def test_a_refused_file_names_its_reason_and_the_next_one_works(
    seam: Seam, handset: Handset, *, legacy: bool
) -> None:
    handset.put("good", b"good")

    with seam(legacy=legacy).sync() as sync:
        with pytest.raises(CommandFailed, match="No such file"):
            list(sync.recv(b"/sdcard/missing"))

        assert b"".join(sync.recv(b"/sdcard/good")) == b"good"


def test_nine_gibibytes_are_told_whole_by_a_new_phone_only(seam: Seam, handset: Handset) -> None:
    handset.put("sparse", b"")
    with (handset.storage_path / "sparse").open("r+b") as file:
        file.truncate(9 << 30)

    with seam().sync() as new, seam(legacy=True).sync() as old:
        assert new.stat(b"/sdcard/sparse").size == 9 << 30
        assert old.stat(b"/sdcard/sparse").size == 1 << 30


def test_many_shells_at_once_do_not_mix(seam: Seam) -> None:
    phone, heard = seam(), {}

    def ask(number: int) -> None:
        heard[number] = phone.script(f"echo {number}; exit {number}").status

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert heard == {number: number for number in range(16)}


def test_no_secret_is_in_a_refusal(seam: Seam) -> None:
    with pytest.raises(CommandTimedOut) as caught:
        seam().shell("sleep", "482913", deadline=0.3, secrets=["482913"])

    assert "482913" not in f"{caught.value} {caught.value!r} {caught.value.details}"


@pytest.mark.parametrize("command", ["true", "sleep 2"])
def test_an_old_phone_keeps_no_file_of_ours(seam: Seam, handset: Handset, command: str) -> None:
    with suppress(CommandTimedOut):
        seam(legacy=True).script(command, stdin=b"given", deadline=0.5)

    assert _gone(handset.data_path / "local" / "tmp")


def _gone(folder: Path) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not list(folder.glob(".wf-*")):
            return True
        time.sleep(0.05)
    return False


@both
def test_an_answer_without_an_end_fills_no_memory(
    seam: Seam, monkeypatch: pytest.MonkeyPatch, *, legacy: bool
) -> None:
    monkeypatch.setattr("agents.phone.adb.MOST_SAID", 100_000)

    with pytest.raises(PhoneUnreachable, match="does not end"):
        seam(legacy=legacy).script("cat /dev/zero")
