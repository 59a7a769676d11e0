"""What the agent says is in the file with its time, and the file's trouble is the file's alone."""

import os
import re
from datetime import datetime
from pathlib import Path

import pytest

from cli.agent_log import logged

LARGE = 1 << 20
Said = list[str]


@pytest.fixture
def said() -> Said:
    return []


def test_each_line_is_said_as_it_is_and_kept_with_its_time(tmp_path: Path, said: Said) -> None:
    with logged(said.append, tmp_path / "a.log", size=LARGE, files=2) as say:
        say("手机 is here.")

    assert said == ["手机 is here."]
    when, _, line = (tmp_path / "a.log").read_text("utf-8").rstrip("\n").partition(" ")
    assert line == said[0]
    assert datetime.fromisoformat(when).utcoffset() is not None


def test_without_a_file_nothing_else_happens(said: Said) -> None:
    with logged(said.append, None, size=LARGE, files=2) as say:
        say("here")

    assert said == ["here"]


def test_what_a_phone_calls_itself_begins_no_line_of_its_own(tmp_path: Path, said: Said) -> None:
    with logged(said.append, tmp_path / "a.log", size=LARGE, files=2) as say:
        say("X\n2026-01-01T00:00:00.000+08:00 all is well\x1b[2J\u2028 is here.")

    assert len((tmp_path / "a.log").read_text("utf-8").splitlines()) == 1
    assert "\x1b" not in (tmp_path / "a.log").read_text("utf-8")


def test_the_file_does_not_grow_for_ever(tmp_path: Path, said: Said) -> None:
    with logged(said.append, tmp_path / "a.log", size=1000, files=2) as say:
        for number in range(200):
            say(f"line {number}")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.log", "a.log.1", "a.log.2"]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert "line 199" in (tmp_path / "a.log").read_text("utf-8")


@pytest.mark.parametrize("name", ["", "nowhere/a.log"])
def test_a_file_that_cannot_be_written_is_told_once(tmp_path: Path, said: Said, name: str) -> None:
    with logged(said.append, tmp_path / name, size=LARGE, files=2) as say:
        say("one")
        say("two")

    assert [line for line in said if not line.startswith("!")] == ["one", "two"]
    assert sum(line.startswith("!") for line in said) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_a_full_disk_is_told_once_and_stops_nobody(tmp_path: Path, said: Said) -> None:
    (tmp_path / "a.log").symlink_to("/dev/full")

    with logged(said.append, tmp_path / "a.log", size=LARGE, files=2) as say:
        for number in range(100):
            say(f"line {number}")

    told = [line for line in said if line.startswith("!")]
    assert len(said) == 101
    assert len(told) == 1
    assert re.search(os.strerror(28), told[0])


def test_a_disk_that_has_room_again_is_written_again(tmp_path: Path, said: Said) -> None:
    (tmp_path / "a.log").mkdir()
    with logged(said.append, tmp_path / "a.log", size=LARGE, files=2) as say:
        say("lost")
        (tmp_path / "a.log").rmdir()
        say("kept")

    assert "kept" in (tmp_path / "a.log").read_text("utf-8")
