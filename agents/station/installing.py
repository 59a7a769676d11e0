"""Making a station a service of this machine: what is done is a list that is shown before."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from agents.station.errors import InstallFailed, ProgramPrivate
from agents.station.unit import NAME, UDEV_FILE, UDEV_RULE, UNIT_FILE, Service

SHELL: Final = "/usr/sbin/nologin"
OTHERS_READ, OTHERS_ENTER = 0o004, 0o001


@dataclass(frozen=True)
class Run:
    """A command; `may_fail` where nothing that follows needs it."""

    words: tuple[str, ...]
    may_fail: bool = False

    def __str__(self) -> str:
        return " ".join(self.words)

    def do(self) -> None:
        try:
            done = subprocess.run(self.words, capture_output=True, text=True, check=False)
        except OSError as error:
            raise InstallFailed(what=str(self), reason=str(error.strerror)) from None
        if done.returncode and not self.may_fail:
            reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise InstallFailed(what=str(self), reason=reason)


@dataclass(frozen=True)
class Write:
    path: Path
    text: str

    def __str__(self) -> str:
        return f"write {self.path}"

    def do(self) -> None:
        part = self.path.with_name(self.path.name + ".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(self.text, "utf-8")
            part.chmod(0o644)
            part.replace(self.path)
        except OSError as error:
            raise InstallFailed(what=str(self), reason=str(error.strerror)) from None


@dataclass(frozen=True)
class Remove:
    path: Path

    def __str__(self) -> str:
        return f"remove {self.path}"

    def do(self) -> None:
        self.path.unlink(missing_ok=True)


Step = Run | Write | Remove


def to_install(service: Service, root: Path = Path("/")) -> Iterator[Step]:
    """Give what makes the station a service; what is so already is left out."""
    yield from _user(service, root)
    yield from _folder(service, root)
    for path, text in ((UDEV_FILE, f"{UDEV_RULE}\n"), (UNIT_FILE, service.unit())):
        if not _has(_below(root, path), text):
            yield Write(_below(root, path), text)
    if (root / "run/udev").is_dir():
        yield Run(("udevadm", "control", "--reload"), may_fail=True)
        yield Run(("udevadm", "trigger", "--subsystem-match=usb"), may_fail=True)
    if is_running(root):
        yield Run(("systemctl", "daemon-reload"))
    yield Run(("systemctl", "enable", NAME))
    if is_running(root) and _below(root, service.home / "station.json").is_file():
        yield Run(("systemctl", "restart", NAME))


def to_remove(root: Path = Path("/")) -> Iterator[Step]:
    """Give what ends the service; the folder, its key and the user stay."""
    unit, rule = _below(root, UNIT_FILE), _below(root, UDEV_FILE)
    if unit.exists():
        if is_running(root):
            yield Run(("systemctl", "stop", NAME))
        yield Run(("systemctl", "disable", NAME))
        yield Remove(unit)
    if _has(rule, f"{UDEV_RULE}\n"):
        yield Remove(rule)
    if unit.exists() and is_running(root):
        yield Run(("systemctl", "daemon-reload"))


def is_running(root: Path = Path("/")) -> bool:
    """Say whether systemd runs this machine, as sd_booted(3) finds out."""
    return (root / "run/systemd/system").is_dir()


def refuse_private_program(service: Service, *needs: Path) -> None:
    """Refuse an installation that the service's user could not even read.

    `needs` is what the program needs besides itself: its interpreter, its modules.
    """
    if service.user == "root":
        return
    for needed in (Path(service.program[0]), *needs):
        for path in (needed.absolute(), needed.resolve()):
            _refuse_private(path, service.user)


def _refuse_private(path: Path, user: str) -> None:
    if not path.stat().st_mode & OTHERS_READ:
        raise ProgramPrivate(path=str(path), user=user)
    for folder in path.parents:
        if not folder.stat().st_mode & OTHERS_ENTER:
            raise ProgramPrivate(path=str(folder), user=user)


def _user(service: Service, root: Path) -> Iterator[Step]:
    if service.group and service.group not in _names(root / "etc/group"):
        yield Run(("groupadd", "--system", service.group))
    if service.user in _names(root / "etc/passwd"):
        if service.group:
            yield Run(("usermod", "-aG", service.group, service.user))
        return
    groups = ("--groups", service.group) if service.group else ()
    home = ("--home-dir", str(service.home), "--no-create-home", "--shell", SHELL)
    yield Run(("useradd", "--system", "--user-group", *home, *groups, service.user))


def _folder(service: Service, root: Path) -> Iterator[Step]:
    """The folder must be there before the station is enrolled, and so before its first start."""
    if not _below(root, service.home).exists():
        owner = ("-o", service.user, "-g", service.user)
        yield Run(("install", "-d", "-m", "0700", *owner, str(service.home)))


def _names(path: Path) -> set[str]:
    return {line.partition(":")[0] for line in path.read_text("utf-8").splitlines()}


def _has(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def _below(root: Path, path: PurePosixPath) -> Path:
    return root / path.relative_to("/")


def has_systemd() -> bool:
    return os.name == "posix" and shutil.which("systemctl") is not None
