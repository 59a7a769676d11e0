"""The story as a newcomer runs it: it ends well, holds its claims, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest

pytestmark = pytest.mark.handset

MARK = "WORKFLEET_TEST_MARK"


@pytest.fixture
def mark():
    return uuid4().hex


@contextmanager
def started(mark, *words, tmp):
    """Run a command whose processes can be told by the mark; it is ended whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *words],
        env={**os.environ, MARK: mark, "TMPDIR": str(tmp)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def still_running(mark):
    """Return the command lines of processes that were started with the mark in the environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def test_the_whole_story_ends_well_and_leaves_nothing(mark, tmp_path):
    with started(mark, "--lang", "en", "demo", "--once", tmp=tmp_path) as demo:
        told, _ = demo.communicate(timeout=280)

    assert demo.returncode == 0, told
    for claim in ("UNTRUSTED", "is accepted. Certificate", "The trail is whole"):
        assert claim in told
    assert still_running(mark) == []
    assert list(tmp_path.iterdir()) == []


def test_a_story_broken_off_by_ctrl_c_stops_all_it_started(mark, tmp_path):
    with started(mark, "--lang", "zh_CN", "demo", tmp=tmp_path) as demo:
        told = until_line(demo, "workfleet device list")
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=60)

    assert "六个厂商" in told
    assert demo.returncode == 130
    assert still_running(mark) == []
    assert list(tmp_path.iterdir()) == []


def until_line(process, wanted):
    told = ""
    for line in process.stdout:
        told += line
        if wanted in line:
            return told
    raise AssertionError(told)
