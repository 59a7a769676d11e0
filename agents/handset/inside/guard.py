"""Run a program in place of this process, and see to it that it ends when its parent does.

A watcher is left beside the program. The signal Linux offers for this follows the thread that
started the program, and ends it with a thread that merely finished.
"""

import contextlib
import os
import select
import shutil
import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    parent, home, program = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    guarded = os.getpid()
    if os.fork() == 0:
        watch(parent, guarded, home)
    os.execv(program[0], program)  # noqa: S606 — the program is the adb we ship


def watch(parent: int, guarded: int, home: str) -> NoReturn:
    """Wait for either to end; without its parent the guarded one ends too, and its folder."""
    with contextlib.suppress(OSError):
        sources = [os.pidfd_open(guarded), os.pidfd_open(parent)]
        ready, _, _ = select.select(sources, [], [])
        if sources[0] in ready:
            os._exit(0)
    with contextlib.suppress(ProcessLookupError):
        os.kill(guarded, signal.SIGKILL)
    shutil.rmtree(home, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
