"""A process that deletes what is marked, and dies by SIGKILL at the instant it was told."""

import os
import signal
import sys
from pathlib import Path

import fleet.wiring  # noqa: F401
from fleet.backups.storage import Storage
from fleet.database import make_engine, make_sessions
from fleet.keeping import deleting
from fleet.settings import Settings

BEFORE, BETWEEN, AFTER = "before", "between", "after"


def main(url: str, home: str, instant: str) -> None:
    delete = Storage.delete
    calls = 0

    def dies(storage: Storage, names: list[str]) -> None:
        nonlocal calls
        calls += 1
        if instant == BEFORE:
            _die()
        delete(storage, names[: len(names) // 2] if instant == BETWEEN else names)
        if instant == BETWEEN or calls == 2:
            _die()

    Storage.delete = dies  # type: ignore[assignment,method-assign]
    deleting.carry_out(make_sessions(make_engine(url)), Settings(home=Path(home)))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
