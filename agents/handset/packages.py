"""The parts of a phone's system come from Debian, verified by the archive's own signed indexes.

Debian 13 ("trixie") ships Android's own device daemon. The machine may run an older Debian: the
packages are only downloaded and unpacked, in an apt state of their own, so that nothing of the
machine's own package state changes. Which archive to ask is the machine's own configuration.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.handset.errors import RootNotBuilt

SUITE: Final = "trixie"
ARCHITECTURE: Final = "amd64"
KEYRINGS: Final = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)
PACKAGES: Final = (
    *("adbd", "android-libbase", "android-libboringssl", "android-libcutils", "android-liblog"),
    *("libbrotli1", "libc6", "libcap2", "libcrypt1", "libgcc-s1", "liblz4-1", "libprotobuf32t64"),
    *("libstdc++6", "libsystemd0", "libxxhash0", "libzstd1", "mksh", "toybox", "zlib1g"),
)
TOOLS: Final = ("apt-get", "dpkg", "dpkg-deb")
DOWNLOAD_SECONDS: Final = 240

INDEX_FIELDS: Final = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(LABEL)|$(CREATED_BY)"


@dataclass(frozen=True)
class Index:
    """One package index among the machine's apt sources; the label is empty before an update."""

    archive: str
    release: str
    component: str
    label: str

    @property
    def may_hold_debian(self) -> bool:
        """Tell whether this is the main part of a Debian archive, or could be one."""
        if self.component != "main" or "-" in self.release:
            return False
        return self.label == "Debian" or (not self.label and "security" not in self.archive)


def unpack_packages(work: Path, root: Path) -> None:
    """Download the packages below `work` and unpack them into `root`, or refuse."""
    _require_tools()
    configuration = _private_apt(work)
    _apt(configuration, work, "update", "--error-on=any")
    debs = work / "debs"
    debs.mkdir()
    _apt(configuration, debs, "download", *PACKAGES)
    for deb in sorted(debs.glob("*.deb")):
        _run(["dpkg-deb", "--extract", str(deb), str(root)], work)


def _require_tools() -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise RootNotBuilt(f"{', '.join(missing)} is not on this machine")
    found = _run(["dpkg", "--print-architecture"], Path("/")).strip()
    if found != ARCHITECTURE:
        raise RootNotBuilt(f"this machine is {found}, not {ARCHITECTURE}")


def _private_apt(work: Path) -> Path:
    """Write an apt configuration that keeps its state below `work`; return its path."""
    for folder in ("sources", "state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    (work / "sources" / "handset.sources").write_text(_source(_archive(), _keyring()))
    configuration = work / "apt.conf"
    configuration.write_text(_configuration(work))
    return configuration


def _configuration(work: Path) -> str:
    """Return settings read after the machine's own, whose proxies and limits stay in force."""
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": str(work / "sources"),
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null/",
        "Dir::State": str(work / "state"),
        "Dir::State::status": str(work / "status"),
        "Dir::Cache": str(work / "cache"),
        "APT::Architecture": ARCHITECTURE,
        # apt would otherwise fetch as a user who may not enter our private folder.
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
    }
    # Hooks of the machine's own configuration are about the machine's own state.
    hooks = ("APT::Update", "DPkg::Post-Invoke", "Acquire::IndexTargets::deb::DEP-11")
    lines = [f"#clear {hook};" for hook in hooks]
    lines += [f'{name} "{value}";' for name, value in settings.items()]
    return "\n".join(lines) + "\n"


def _source(archive: str, keyring: Path) -> str:
    fields = {
        "Types": "deb",
        "URIs": archive,
        "Suites": SUITE,
        "Components": "main",
        "Architectures": ARCHITECTURE,
        "Signed-By": str(keyring),
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _archive() -> str:
    """Return where this machine itself gets Debian from."""
    listed = _run(["apt-get", "indextargets", "--format", INDEX_FIELDS], Path("/"))
    found = archive_among(_indexes(listed.splitlines()))
    if found is None:
        raise RootNotBuilt("no Debian archive is among this machine's apt sources")
    return found


def archive_among(indexes: Sequence[Index]) -> str | None:
    """Return the archive of the first index that says it is Debian, else of one that may be."""
    able = [index for index in indexes if index.may_hold_debian]
    sure = [index for index in able if index.label]
    return next((index.archive for index in (*sure, *able)), None)


def _indexes(lines: Iterable[str]) -> list[Index]:
    rows = (line.split("|") for line in lines)
    return [Index(*row[:4]) for row in rows if len(row) == 5 and row[4] == "Packages"]


def _keyring() -> Path:
    for keyring in KEYRINGS:
        if keyring.exists():
            return keyring
    raise RootNotBuilt("the package debian-archive-keyring is not on this machine")


def _apt(configuration: Path, folder: Path, *arguments: str) -> None:
    _run(["apt-get", "-q", "-c", str(configuration), *arguments], folder)


def _run(command: Sequence[str], folder: Path) -> str:
    """Run `command` in `folder`, return what it printed, and refuse with its last words."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RootNotBuilt(f"{command[0]} took more than {DOWNLOAD_SECONDS} seconds") from None
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise RootNotBuilt(f"{command[0]}: {words[-1] if words else 'it failed and said nothing'}")
    return done.stdout
