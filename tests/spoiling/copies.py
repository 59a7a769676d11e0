"""Copying a phone's storage by different tools, and judging what each says it has."""

import hashlib
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from agents.handset.handset import Handset
from agents.phone.server import shipped_adb
from tests.spoiling.scenarios import BEGUN, Scenario

Contents = Mapping[bytes, str]  # SHA-256 by relative path


@dataclass(frozen=True)
class Copy:
    """What a tool says: `claims` tells whether it says it has a path; `contents` is what it has."""

    contents: Contents
    claims: Callable[[bytes], bool]


Tool = Callable[[], Copy]


@dataclass(frozen=True)
class Judged:
    """`false` are the paths that a tool says it has and has not, or not as they are.

    `claimed`: how many it says it has, of so many on the phone.
    """

    scenario: str
    false: list[bytes]
    claimed: int
    on_phone: int


def judged(phone: Handset, scenario: Scenario, tool: Tool) -> Judged:
    """Play the scenario against a tool; the truth is what lies on the phone afterwards."""
    scenario.plant(phone)
    if scenario.between is not None:
        tool()
        scenario.between(phone)
    scenario.cable(phone)
    copy = tool() if scenario.meanwhile is None else _disturbed(phone, scenario.meanwhile, tool)
    scenario.afterwards(phone)
    truth = contents_of(phone.storage_path)
    claimed = [path for path in truth if copy.claims(path)]
    false = [path for path in claimed if copy.contents.get(path) != truth[path]]
    return Judged(scenario.name, false, len(claimed), len(truth))


def _disturbed(phone: Handset, happen: Callable[[Handset], None], tool: Tool) -> Copy:
    """Run the tool, and let it happen when so much has come from the phone."""
    told: list[Copy | Exception] = []
    phone.hold_after(BEGUN)
    running = Thread(target=lambda: told.append(_safely(tool)))
    running.start()
    while phone.flows and running.is_alive():
        time.sleep(0.005)
    assert not phone.flows, "the copy ended before anything happened"
    happen(phone)
    phone.resume_flow()
    running.join()
    [said] = told
    if isinstance(said, Exception):
        raise said
    return said


def _safely(tool: Tool) -> Copy | Exception:
    try:
        return tool()
    except Exception as error:  # noqa: BLE001 — raised where the tool was started
        return error


def contents_of(folder: Path) -> Contents:
    """Return the digest of every regular file below `folder`; links are not followed."""
    found = {}
    for root, _folders, names in os.walk(os.fsencode(folder)):
        for name in names:
            path = os.path.join(root, name)  # noqa: PTH118 — names are bytes
            if stat.S_ISREG(os.lstat(path).st_mode):
                with open(path, "rb") as file:  # noqa: PTH123
                    found[os.path.relpath(path, os.fsencode(folder))] = _digest(file)
    return found


def _digest(file: BinaryIO) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def adb_pull(phone: Handset, to: Path) -> Tool:
    """`adb pull`, which says by its exit status and by naming a file that something is wrong."""
    adb = [str(shipped_adb()), "-P", str(phone.adb.port), "-s", phone.address]

    def run() -> Copy:
        to.mkdir(exist_ok=True)
        done = subprocess.run(
            [*adb, "pull", "/sdcard/.", str(to)], check=False, capture_output=True
        )
        return _told(done, to)

    return run


def exec_out(phone: Handset, to: Path) -> Tool:
    """`adb exec-out tar`, unpacked here: its exit status is all that it says."""
    command = [str(shipped_adb()), "-P", str(phone.adb.port), "-s", phone.address]
    command += ["exec-out", "tar -c -f - -C /sdcard ."]

    def run() -> Copy:
        to.mkdir(exist_ok=True)
        unpack = ["tar", "-x", "-f", "-", "-C", str(to)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as asked:
            subprocess.run(unpack, stdin=asked.stdout, check=False, capture_output=True)
        return Copy(contents_of(to), lambda _path: asked.returncode == 0)

    return run


def adbsync(phone: Handset, to: Path) -> Tool:
    """BetterADBSync's `adbsync pull`."""
    program = Path(sys.executable).with_name("adbsync")
    options = ["--adb-bin", str(shipped_adb()), "--adb-option", "P", str(phone.adb.port)]
    options += ["--adb-option", "s", phone.address, "--del"]

    def run() -> Copy:
        to.mkdir(exist_ok=True)
        # It leaves out a folder that is a link, as /sdcard is.
        command = [str(program), *options, "pull", "/storage/emulated/0/.", str(to)]
        return _told(subprocess.run(command, check=False, capture_output=True), to)

    return run


def _told(done: subprocess.CompletedProcess[bytes], to: Path) -> Copy:
    said = done.stdout + done.stderr
    failed = done.returncode != 0

    def claims(path: bytes) -> bool:
        return not failed and not _complained(said, path)

    return Copy(contents_of(to), claims)


def _complained(said: bytes, path: bytes) -> bool:
    """Be fair: any line of trouble that names the file, or a folder it is in, is a warning."""
    parts = [part for part in path.split(b"/") if part]
    trouble = [
        line for line in said.splitlines()
        if any(word in line.lower() for word in (b"error", b"fail", b"warn", b"skip", b"denied"))
    ]  # fmt: skip
    return any(part in line for line in trouble for part in parts)
