"""The system of a virtual phone: built once on a machine, then shared read-only by all of them."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_cache_path

from agents.handset import layout
from agents.handset.errors import RootNotBuilt
from agents.handset.packages import PACKAGES, SUITE, unpack_packages
from agents.handset.stubs import COMMANDS, STUB


def handset_root() -> Path:
    """Return the root folder, building it when this machine has none of this recipe yet."""
    wanted = cache_folder() / f"handset-root-{recipe_digest()}"
    if wanted.is_dir():
        return wanted
    cache_folder().mkdir(parents=True, exist_ok=True)
    with _one_builder():
        if not wanted.is_dir():
            _build(wanted)
    return wanted


def cache_folder() -> Path:
    """Return where the root is kept: WORKFLEET_CACHE, else the user's cache folder."""
    chosen = os.environ.get("WORKFLEET_CACHE")
    return Path(chosen) if chosen else user_cache_path("workfleet")


def recipe_digest() -> str:
    made_by_hand = (layout.FOLDERS, layout.LINKS, layout.USERS, layout.GROUPS, layout.TOOLS.split())
    scripts = (*COMMANDS, STUB, layout.SHA256SUM)
    parts = (layout.VERSION, SUITE, *PACKAGES, *map(str, made_by_hand), *scripts)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@contextlib.contextmanager
def _one_builder() -> Iterator[None]:
    """Let one process build at a time; another waits here and then finds the work done."""
    with (cache_folder() / "handset-root.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(wanted: Path) -> None:
    """Build beside the final place and rename, so that a half-built root is never seen."""
    with tempfile.TemporaryDirectory(prefix="handset-build-", dir=cache_folder()) as name:
        work, root = Path(name), Path(name) / "root"
        root.mkdir(mode=0o755)
        try:
            unpack_packages(work, root)
            _lay_out(root)
            root.rename(wanted)
        except OSError as error:
            raise RootNotBuilt(f"{error.strerror}: {error.filename}") from error


def _lay_out(root: Path) -> None:
    for needless in layout.NEEDLESS:
        shutil.rmtree(root / needless, ignore_errors=True)
    for folder in layout.FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for link, target in layout.LINKS.items():
        (root / link).symlink_to(target)
    _install_tools(root)
    _install_stubs(root)
    _write_names(root)


def _install_tools(root: Path) -> None:
    tools = root / "system" / "bin"
    shutil.copy2(root / layout.SHELL, tools / "sh")
    shutil.copy2(root / layout.TOYBOX, tools / "toybox")
    shutil.copy2(root / layout.BORINGSSL, tools / "bssl")
    _write_script(tools / "sha256sum", layout.SHA256SUM)
    for tool in layout.TOOLS.split():
        (tools / tool).symlink_to("toybox")


def _install_stubs(root: Path) -> None:
    for command in COMMANDS:
        _write_script(root / "system" / "bin" / command, STUB)


def _write_script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _write_names(root: Path) -> None:
    """Name a phone's users, so that `id` and `ls -l` speak as on a phone."""
    users = (
        f"{name}:x:{number}:{number}::/:/system/bin/sh\n" for name, number in layout.USERS.items()
    )
    groups = (f"{name}:x:{number}:\n" for name, number in layout.GROUPS.items())
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc" / "passwd").write_text("".join(users))
    (root / "etc" / "group").write_text("".join(groups))
    (root / "etc" / "mkshrc").touch()
