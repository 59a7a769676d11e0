"""Run a program in place of this process, and see to it that it ends when its parent does.

A watcher is left beside the program. The signal Linux offers for this follows the thread that
started the program, and ends it with a thread that merely finished.
"""

import contextlib
import os
import select
import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    guarded = os.getpid()
    if os.fork() == 0:
        watch(parent, guarded)
    os.execv(program[0], program)  # noqa: S606 — the program is the adb we ship


def watch(parent: int, guarded: int) -> NoReturn:
    """Wait for either to end; then the guarded one has to end as well."""
    with contextlib.suppress(OSError):
        sources = [os.pidfd_open(guarded), os.pidfd_open(parent)]
        ready, _, _ = select.select(sources, [], [])
        if sources[0] in ready:
            os._exit(0)
    with contextlib.suppress(ProcessLookupError):
        os.kill(guarded, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main()
