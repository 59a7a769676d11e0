"""The adb that is shipped, its server, and others beside it."""

import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from agents.handset.adb_server import AdbServer
from agents.phone.errors import AdbServerUnavailable
from agents.phone.server import Adb, shipped_adb
from agents.station.doctor import State, programs, servers
from tests.ports import free_port

THIS_MACHINE = Path("/")


@pytest.fixture
def served(adb_server):
    return Adb("127.0.0.1", adb_server.port)


def test_the_shipped_adb_runs(place):
    (check,) = programs.shipped(place)

    assert check.state is State.OK
    assert "1.0." in check.sentence


def test_an_adb_that_is_gone_or_spoilt_is_told(place, tmp_path):
    (tmp_path / "adb").write_bytes(b"\x7fELF")
    (tmp_path / "adb").chmod(0o755)

    for path in (tmp_path / "adb", tmp_path / "gone"):
        (check,) = programs.shipped(replace(place, adb=path))
        assert check.state is State.BROKEN


def put_on_path(place, folder, text):
    folder.mkdir()
    (folder / "adb").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "adb").chmod(0o755)
    return replace(place, environment={**place.environment, "PATH": str(folder)})


def test_an_adb_on_path_of_another_protocol_is_told(place, tmp_path):
    old = "echo Android Debug Bridge version 1.0.32"

    (check,) = programs.others(put_on_path(place, tmp_path / "bin", old))

    assert check.state is State.ATTENTION
    assert str(tmp_path / "bin/adb") in check.sentence
    assert "1.0.32" in check.sentence


@pytest.mark.parametrize("text", [f'exec {shipped_adb()} "$@"', "exit 3", "echo nonsense"])
def test_an_adb_that_ends_no_server_of_ours_is_well(place, tmp_path, text):
    (check,) = programs.others(put_on_path(place, tmp_path / "bin", text))

    assert check.state is State.OK


def test_a_server_that_does_not_run_is_not_started(place, nowhere):
    (check,) = servers.server(place, nowhere)

    assert check.state is State.OK
    assert not nowhere._answers()
    assert list(servers.phones(place, nowhere)) == []


@pytest.mark.handset
def test_whose_server_it_is_is_told(place, served):
    (check,) = servers.server(replace(place, root=THIS_MACHINE), served)

    assert check.state is State.OK
    assert "the shipped adb" in check.sentence


@pytest.mark.handset
def test_phones_that_are_ready_are_counted(place, served, handset):
    (check,) = servers.phones(place, served)

    assert check.state is State.OK
    assert "1 phones that are ready" in check.sentence


def test_what_does_not_answer_like_adb_is_told(place, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        adb = Adb("127.0.0.1", silent.getsockname()[1])
        monkeypatch.setattr(adb, "version", lambda: adb.ask("host:version", seconds=0.2))

        with pytest.raises(AdbServerUnavailable):
            list(servers.server(replace(place, root=THIS_MACHINE), adb))


def test_a_server_of_another_machine_is_started_there(place):
    (check,) = servers.server(place, Adb("127.0.0.9", free_port()))

    assert check.state is State.BROKEN
    assert "Start it there" in check.advice


def test_another_server_that_looks_for_cables_is_told(place, tmp_path):
    rivals = replace(place, root=THIS_MACHINE)
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin", "ADB_MDNS": "0"}
    process = subprocess.Popen(
        [shipped_adb(), "-P", str(free_port()), "nodaemon", "server"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        told = [check.sentence for check in servers.rivals(rivals)]
    finally:
        process.kill()
        process.wait()

    assert any(str(process.pid) in sentence for sentence in told)


def test_a_server_kept_off_the_cables_is_no_rival(place):
    with AdbServer() as quiet:
        told = [check.sentence for check in servers.rivals(replace(place, root=THIS_MACHINE))]
        assert not any(str(quiet.pid) in sentence for sentence in told)
