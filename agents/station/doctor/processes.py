"""Which processes listen and which are adb servers, as far as Linux shows them to this user."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LISTENING: Final = "0A"


@dataclass(frozen=True)
class Listener:
    """Whoever listens on a port; `pid` and `program` are None where we may not see them."""

    uid: int
    pid: int | None = None
    program: Path | None = None


@dataclass(frozen=True)
class AdbProcess:
    pid: int
    uid: int


def listener(root: Path, port: int) -> Listener | None:
    for table in ("tcp", "tcp6"):
        for uid, inode in _listening(root / "proc/net" / table, port):
            pid = _owner_of(root, inode)
            return Listener(uid, pid, _program(root, pid) if pid is not None else None)
    return None


def adb_servers(root: Path) -> Iterator[AdbProcess]:
    """Give the adb servers that look for phones on cables, whoever runs them."""
    for folder in _processes(root):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            is_adb = Path(words[0].decode(errors="replace")).name == "adb"
            is_server = is_adb and {b"server", b"fork-server"} & set(words[1:])
            if is_server and not _keeps_off_cables(folder):
                yield AdbProcess(int(folder.name), folder.stat().st_uid)


def user_name(uid: int) -> str:
    import pwd  # noqa: PLC0415 — not on Windows

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _keeps_off_cables(process: Path) -> bool:
    with suppress(OSError):  # of another user: it may well look for them
        return b"ADB_USB=0" in (process / "environ").read_bytes().split(b"\0")
    return False


def _listening(table: Path, port: int) -> Iterator[tuple[int, str]]:
    with suppress(OSError):
        for line in table.read_text("ascii").splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENING and int(words[1].rpartition(":")[2], 16) == port:
                yield int(words[7]), words[9]


def _owner_of(root: Path, inode: str) -> int | None:
    wanted = f"socket:[{inode}]"
    for folder in _processes(root):
        with suppress(OSError):
            if any(_leads_to(one, wanted) for one in (folder / "fd").iterdir()):
                return int(folder.name)
    return None


def _leads_to(link: Path, wanted: str) -> bool:
    try:
        return str(link.readlink()) == wanted
    except OSError:
        return False


def _program(root: Path, pid: int) -> Path | None:
    with suppress(OSError):
        return (root / "proc" / str(pid) / "exe").readlink()
    return None


def _processes(root: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (one for one in (root / "proc").iterdir() if one.name.isdecimal())
