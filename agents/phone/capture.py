"""Keeps a visit as files, and reads such files, our own or other people's, back into facts."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from agents.phone.memory import NoMemory
from agents.phone.parts.facts import facts_of
from agents.phone.parts.part import Recorded
from agents.phone.parts.recognition import parts_in
from agents.phone.parts.text import text_of
from agents.phone.phone import Phone
from agents.phone.probe import RawPart, Visit, probe
from fleet.contracts.facts import Gap, PhoneFacts
from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound

INDEX = "capture.json"
RECORDINGS = {".txt", ".log", ".out", ".prop", ""}
MOST_FILES = 400
MOST_BYTES = 32 * 1024 * 1024
CHANGED = _("The file is not as it was recorded.")


@dataclass(eq=False)
class CaptureNotFound(NotFound):
    folder: str

    code = "capture_not_found"
    message = _("There is no folder {folder}.")
    advice = _("Name the folder that “workfleet phone capture” made.")


@dataclass(eq=False)
class NotACapture(Invalid):
    folder: str

    code = "not_a_capture"
    message = _("Nothing in {folder} is the recording of a phone.")
    advice = _("It should hold files such as getprop.txt, battery.txt, packages.txt.")


@dataclass(eq=False)
class CaptureUnreadable(Invalid):
    file: str
    reason: str

    code = "capture_unreadable"
    message = _("{file} cannot be read: {reason}.")


@dataclass(eq=False)
class CaptureFolderInUse(Conflict):
    folder: str

    code = "capture_folder_in_use"
    message = _("{folder} is not an empty folder.")
    advice = _("Give every visit a folder of its own.")


class IndexedPart(BaseModel):
    name: str
    file: str
    command: str = ""
    status: int | None = None
    cut: bool = False
    bytes: int = 0
    sha256: str | None = None


class Index(BaseModel):
    """`capture.json`: what was asked, how it ended, and what the files were like."""

    format: int = 1
    tool: str = ""
    taken_at: datetime | None = None
    transport: str = ""
    parts: tuple[IndexedPart, ...] = ()


def capture(phone: Phone, to: Path) -> Path:
    """Visit the phone and keep every answer as it came; refused where other files lie."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise CaptureFolderInUse(str(to))
    visit = probe(phone, memory=NoMemory())
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in visit.parts:
        (to / f"{part.name}.txt").write_bytes(part.data)
    # The index comes last: where it is, everything before it was written.
    (to / INDEX).write_text(_index(visit, phone.serial).model_dump_json(indent=2), encoding="utf-8")
    return to


def _index(visit: Visit, transport: str) -> Index:
    return Index(
        tool=f"workfleet {version('workfleet')}",
        taken_at=visit.taken_at,
        transport=transport,
        parts=tuple(_indexed(part) for part in visit.parts),
    )


def _indexed(part: RawPart) -> IndexedPart:
    return IndexedPart(
        name=part.name,
        file=f"{part.name}.txt",
        command=part.command,
        status=part.status,
        cut=part.cut,
        bytes=len(part.data),
        sha256=hashlib.sha256(part.data).hexdigest(),
    )


def inspect(folder: Path) -> PhoneFacts:
    """Understand the recordings in `folder`; refused when none of its files is one."""
    if not folder.is_dir():
        raise CaptureNotFound(str(folder))
    index = _read_index(folder / INDEX)
    indexed = {part.file: part for part in index.parts}
    recorded, changed = _recorded(folder, indexed)
    if not recorded:
        raise NotACapture(str(folder))
    facts = facts_of(recorded, probed_at=index.taken_at)
    return facts.model_copy(update={"gaps": (*changed, *facts.gaps)})


def _recorded(
    folder: Path, indexed: Mapping[str, IndexedPart]
) -> tuple[dict[str, Recorded], list[Gap]]:
    found: dict[str, list[Recorded]] = {}
    changed: list[Gap] = []
    for file in sorted(_files(folder)):
        name = file.relative_to(folder).as_posix()
        raw, known = _read(file), indexed.get(name)
        if known and known.sha256 and known.sha256 != hashlib.sha256(raw).hexdigest():
            changed.append(Gap(part=known.name, reason=CHANGED, detail=name))
        for part, text in parts_in(name.removesuffix(file.suffix), text_of(raw)):
            answer = Recorded(text, known.status, known.cut) if known else Recorded(text)
            # The file that bears the part's own name speaks before others about the same.
            place = 0 if file.stem.lower() == part.name else len(found.get(part.name, ()))
            found.setdefault(part.name, []).insert(place, answer)
    return {name: _joined(answers) for name, answers in found.items()}, changed


def _joined(answers: list[Recorded]) -> Recorded:
    text = "\n".join(answer.text for answer in answers)
    return Recorded(text, answers[0].status, any(answer.cut for answer in answers))


def _files(folder: Path) -> Iterator[Path]:
    """Give the recordings in `folder` and the folders right in it, but not without end."""
    files = (path for pattern in ("*", "*/*") for path in sorted(folder.glob(pattern)))
    wanted = (path for path in files if path.suffix.lower() in RECORDINGS and path.name[0] != ".")
    for count, path in enumerate(wanted):
        if count >= MOST_FILES:
            return
        if path.is_file():
            yield path


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as recording:
            return recording.read(MOST_BYTES)
    except OSError as error:
        raise CaptureUnreadable(file.name, error.strerror or type(error).__name__) from None


def _read_index(file: Path) -> Index:
    """Read the index where there is one; other people's captures have none, or another kind."""
    if not file.is_file():
        return Index()
    try:
        known: Any = json.loads(_read(file))
        return Index.model_validate(known)
    except (ValueError, ValidationError, RecursionError):
        return Index()
