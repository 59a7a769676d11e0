"""A real PostgreSQL of the test run's own: temporary folder, free port, 127.0.0.1 only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.ports import free_port

BINARIES = Path("/usr/lib/postgresql")  # where Debian's packages put them, by version
OWNERS = ("postgres", "nobody")  # initdb and postgres refuse to run as root
STARTS_WITHIN_SECONDS = 60
ENDS_WITHIN_SECONDS = 20
# Nothing of this outlives the run, so nothing is forced to the disk.
SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")
SAFE_SETTINGS = ("max_connections=60",)  # for what is measured: commits reach the disk


def newest_binaries() -> Path | None:
    found = [path for path in BINARIES.glob("*/bin") if (path / "initdb").exists()]
    return max(found, key=lambda path: float(path.parent.name), default=None)


@dataclass
class Server:
    """A PostgreSQL over a folder of its own; `url` has no database's name at its end."""

    binaries: Path
    folder: Path
    port: int
    settings: tuple[str, ...] = SETTINGS
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = _start(self)

    def stop(self) -> None:
        if self.process is not None:
            _stop(self.process)


@contextmanager
def running(binaries: Path, settings: tuple[str, ...] = SETTINGS) -> Iterator[Server]:
    """Give a server that runs, and stop it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="workfleet-postgres-", dir=_place()))
    server = Server(binaries, folder, free_port(), settings)
    try:
        _make(binaries, folder)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> Path:
    """Return a folder for temporary things that another user can reach."""
    places = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/dev/shm")]
    open_to_all = (all(up.stat().st_mode & 0o001 for up in (p, *p.parents)) for p in places)
    return next((p for p, is_open in zip(places, open_to_all, strict=True) if is_open), places[0])


def _make(binaries: Path, folder: Path) -> None:
    made = [*_as_nobody_in_particular(folder), str(binaries / "initdb"), "-D", str(folder / "data")]
    made += ["-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=folder)


def _start(server: Server) -> subprocess.Popen[bytes]:
    folder = server.folder
    command = [*_as_nobody_in_particular(folder), str(server.binaries / "postgres")]
    command += ["-D", str(folder / "data"), "-p", str(server.port), "-k", str(folder)]
    command += ["-h", "127.0.0.1", *(part for line in server.settings for part in ("-c", line))]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    _wait(process, server.port, folder / "log")
    return process


def _as_nobody_in_particular(folder: Path) -> list[str]:
    """Return what stands before a command so that it ends with this process, and not as root."""
    prefix = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() != 0:
        return [*prefix, "--"]
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    owner = next(names[name] for name in OWNERS if name in names)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    ids = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    return [*prefix, *ids, "--"]


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    _stop(server)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text('utf-8', 'replace')}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, at once
        if server.poll() is None:
            server.send_signal(how)
        try:
            server.wait(ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return
