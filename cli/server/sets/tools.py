"""PostgreSQL's own tools: found in the version that fits, and told no password in an argument."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import make_url

from cli.private import write_private
from cli.server.sets.errors import ToolFailed, ToolMissing

# Debian, Red Hat, and Homebrew on both kinds of Mac put every version into a folder of its own.
PLACES: Final = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
SECONDS: Final = 20
SERVICE: Final = "workfleet"


@dataclass(frozen=True)
class Tool:
    path: str
    version: int


def tool_for(name: str, needed: int) -> Tool:
    """Return the tool of the lowest version that is not older than the server.

    An older pg_dump refuses a newer server; what a newer one writes, an older server may refuse.
    """
    found = sorted(_found(name), key=lambda tool: tool.version)
    fitting = [tool for tool in found if tool.version >= needed]
    if not fitting:
        versions = ", ".join(str(tool.version) for tool in found) or "—"
        raise ToolMissing(tool=name, needed=needed, found=versions)
    return fitting[0]


def _found(name: str) -> Iterator[Tool]:
    root = Path("/")
    paths = [path / name for place in PLACES for path in root.glob(place.removeprefix("/"))]
    on_path = shutil.which(name)
    for path in [*filter(Path.is_file, paths), *([Path(on_path)] if on_path else [])]:
        version = _version(path)
        if version is not None:
            yield Tool(str(path), version)


def _version(path: Path) -> int | None:
    try:
        done = subprocess.run(
            [str(path), "--version"], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.search(r"\) (\d+)", done.stdout)
    return int(number[1]) if number and not done.returncode else None


@dataclass(frozen=True)
class Access:
    """How a tool reaches a database: `words` for its arguments, the password in `environment`."""

    words: tuple[str, ...]
    environment: Mapping[str, str]


def access_to(url: str, work: Path) -> Access:
    """Write a service file for libpq into `work`; every user can read arguments, so none is one."""
    parsed = make_url(url)
    _none, given = parsed.get_dialect()().create_connect_args(parsed)
    password = given.pop("password", None)
    given.setdefault("dbname", given.get("user", ""))
    lines = [f"[{SERVICE}]", *(f"{name}={value}" for name, value in given.items()), ""]
    write_private(work / "service.conf", "\n".join(lines))
    environment = {**os.environ, "PGSERVICEFILE": str(work / "service.conf")}
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    return Access(("--no-password", f"--dbname=service={SERVICE}"), environment)


@contextmanager
def running(
    tool: Tool, words: tuple[str, ...], access: Access, **pipes: Any
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a tool while the block lasts; refused with what it said unless it ends well."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [tool.path, *words, *access.words], env=access.environment, stderr=said, **pipes
        )
        try:
            yield process
        except BaseException as error:
            _end(process)
            if isinstance(error, BrokenPipeError):  # it went away: it says why itself
                raise ToolFailed(tool=Path(tool.path).name, reason=_last(said)) from None
            raise
        _close(process)
        if process.wait():
            raise ToolFailed(tool=Path(tool.path).name, reason=_last(said))


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    _close(process)
    process.wait()


def _close(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue


def _last(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "—"
