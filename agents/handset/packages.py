"""The parts of a phone's system come from Debian, verified by the archive's own signed indexes.

Debian 13 ("trixie") ships Android's own device daemon. The machine may run an older Debian: the
packages are only downloaded and unpacked, in an apt state of their own, so that nothing of the
machine's own package state changes. Which archive to ask is the machine's own configuration.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
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
    *("adbd", "android-boringssl", "android-libbase", "android-libboringssl"),
    *("android-libcutils", "android-liblog"),
    *("libbrotli1", "libc6", "libcap2", "libcrypt1", "libgcc-s1", "liblz4-1", "libprotobuf32t64"),
    *("libstdc++6", "libsystemd0", "libxxhash0", "libzstd1", "mksh", "toybox", "zlib1g"),
)
TOOLS: Final = ("apt-get", "dpkg", "dpkg-deb")
DOWNLOAD_SECONDS: Final = 240

# apt names the index files it would fetch, also where none was ever fetched.
INDEX: Final = re.compile(rf"'(.+)/dists/\w+/main/binary-{ARCHITECTURE}/Packages")


def unpack_packages(
    work: Path, root: Path, packages: Sequence[str] = PACKAGES, suite: str = SUITE
) -> None:
    """Download the packages below `work` and unpack them into `root`, or refuse."""
    _require_tools()
    configuration = _private_apt(work)
    _update_from_first(configuration, work, archives(), suite)
    debs = work / "debs"
    debs.mkdir()
    _apt(configuration, debs, "download", *packages)
    for deb in sorted(debs.glob("*.deb")):
        _run(["dpkg-deb", "--extract", str(deb), str(root)], work)


def archives() -> list[str]:
    """Return the archives this machine gets packages from, the likeliest Debian first."""
    listed = _run(["apt-get", "update", "--print-uris"], Path("/"))
    found = archives_in(listed)
    if not found:
        raise RootNotBuilt("no Debian archive is among this machine's apt sources")
    return found


def archives_in(listed: str) -> list[str]:
    """Read the archives out of what apt would fetch; those of updates have a "-" in the suite."""
    found = dict.fromkeys(INDEX.findall(listed))
    return sorted(found, key=lambda archive: not archive.rstrip("/").endswith("/debian"))


def _update_from_first(
    configuration: Path, work: Path, candidates: Sequence[str], suite: str
) -> None:
    """Fetch the index from the first archive that is signed by Debian and has the suite."""
    source = work / "sources" / "handset.sources"
    for archive in candidates:
        source.write_text(_source(archive, suite, _keyring()))
        try:
            _apt(configuration, work, "update", "--error-on=any")
        except RootNotBuilt as error:
            refused = error
        else:
            return
    raise refused


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


def _source(archive: str, suite: str, keyring: Path) -> str:
    fields = {
        "Types": "deb",
        "URIs": archive,
        "Suites": suite,
        "Components": "main",
        "Architectures": ARCHITECTURE,
        "Signed-By": str(keyring),
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


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
