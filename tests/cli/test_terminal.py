"""Questions at a real terminal: what is typed unseen, and a no that changes nothing."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from cli.exits import INTERRUPTED, OK

if sys.platform == "win32":
    pytest.skip("a pseudo-terminal is a POSIX thing", allow_module_level=True)

PATIENCE = 60.0
PASSWORD = "correct horse battery"


@dataclass
class Terminal:
    """A command with a person before it."""

    process: subprocess.Popen[bytes]
    screen: int
    seen: str = ""

    def until(self, text: str) -> None:
        """Read until `text` stands on the screen."""
        deadline = monotonic() + PATIENCE
        while text not in self.seen:
            assert monotonic() < deadline, self.seen
            if select.select([self.screen], [], [], 0.2)[0]:
                self.seen += os.read(self.screen, 4096).decode()

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def ended(self) -> int:
        return self.process.wait(PATIENCE)


@pytest.fixture
def at_terminal(folders: Path) -> Iterator[object]:
    import pty

    opened: list[Terminal] = []

    def start(*words: str) -> Terminal:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "--lang", "en", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        )
        os.close(theirs)
        opened.append(Terminal(process, ours))
        return opened[-1]

    yield start
    for terminal in opened:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()
        os.close(terminal.screen)


def test_a_password_is_asked_for_twice_and_never_shown(at_terminal: type, folders: Path) -> None:
    terminal = at_terminal("server", "init")
    terminal.until("Password of the administrator: ")
    terminal.type(f"{PASSWORD}\n")
    terminal.until("Repeat for confirmation: ")
    terminal.type(f"{PASSWORD}\n")
    terminal.until("is its administrator")

    assert terminal.ended() == OK
    assert PASSWORD not in terminal.seen


def test_ctrl_c_at_a_question_leaves_nothing(at_terminal: type, folders: Path) -> None:
    terminal = at_terminal("server", "init")
    terminal.until("Password of the administrator: ")

    terminal.process.send_signal(signal.SIGINT)
    terminal.until("Stopped.")

    assert terminal.ended() == INTERRUPTED
    assert not (folders / "home").exists()
