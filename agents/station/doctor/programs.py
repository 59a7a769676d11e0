"""The adb that is shipped, and others that could end its server."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from agents.station.doctor.check import Check, attention, broken, well
from agents.station.doctor.place import Place
from fleet.contracts.words import _, say

SECONDS: Final = 20
VERSION: Final = re.compile(r"Android Debug Bridge version (\d+\.\d+\.(\d+))")
BUILD: Final = re.compile(r"^Version (\S+)", re.MULTILINE)

ADB = _("adb")
OTHER_ADB = _("adb on PATH")
RUNS = _("The shipped adb runs: {version}.")
DOES_NOT_RUN = _("{path} does not run ({reason}).")
INSTALL_AGAIN = _("Install workfleet again: it brings the adb that it was tested with.")
OTHER = _("{path} is of another version ({version}): who calls it ends the adb server under us.")
TAKE_OTHER_AWAY = _("Take it from PATH, or put one of version {version} there.")
NO_OTHER = _("None that would end our adb server.")


def shipped(place: Place) -> Iterator[Check]:
    try:
        text = told_version(place.adb)
    except (OSError, subprocess.SubprocessError) as error:
        sentence = say(DOES_NOT_RUN, path=place.adb, reason=_reason(error))
        yield broken(say(ADB), sentence, say(INSTALL_AGAIN))
        return
    yield well(say(ADB), say(RUNS, version=_short(text)))


def others(place: Place) -> Iterator[Check]:
    """Look at each adb on PATH: a client of another protocol version ends the server it meets."""
    ours = protocol(_version_or_nothing(place.adb))
    found = [check for path in _on_path(place) for check in _judged(path, ours)]
    yield from found or [well(say(OTHER_ADB), say(NO_OTHER))]


def _judged(path: Path, ours: int | None) -> Iterator[Check]:
    text = _version_or_nothing(path)
    theirs = protocol(text)
    if theirs is None or ours is None or theirs == ours:
        return
    sentence = say(OTHER, path=path, version=_short(text))
    yield attention(say(OTHER_ADB), sentence, say(TAKE_OTHER_AWAY, version=f"1.0.{ours}"))


def _on_path(place: Place) -> Iterable[Path]:
    name = "adb.exe" if os.name == "nt" else "adb"
    folders = place.environment.get("PATH", "").split(os.pathsep)
    found = (Path(folder) / name for folder in folders if folder)
    return dict.fromkeys(path.resolve() for path in found if os.access(path, os.X_OK))


def told_version(path: Path) -> str:
    """Return what `adb version` says; it starts no server."""
    done = subprocess.run(
        [str(path), "version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=True,
    )
    return done.stdout


def protocol(text: str) -> int | None:
    """Return the protocol version, which client and server compare."""
    found = VERSION.search(text)
    return int(found[2]) if found else None


def _version_or_nothing(path: Path) -> str:
    try:
        return told_version(path)
    except (OSError, subprocess.SubprocessError):
        return ""


def _short(text: str) -> str:
    version, build = VERSION.search(text), BUILD.search(text)
    parts = [version[1] if version else "?", f"({build[1]})" if build else ""]
    return " ".join(filter(None, parts))


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
