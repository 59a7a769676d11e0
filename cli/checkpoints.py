"""Checkpoints and exports of the trail as files: written whole, read with suspicion."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.private import written_whole
from fleet.contracts.audit import TrailOut
from fleet.contracts.chain import START, hash_of
from fleet.contracts.checkpoints import CheckpointOut, is_signed
from fleet.contracts.spreadsheets import BOM, ENTRY_COLUMNS, entry_cells
from fleet.contracts.words import _, say
from fleet.errors import Invalid

if TYPE_CHECKING:
    from api.client import Client


@dataclass(eq=False)
class CheckpointUnreadable(Invalid):
    path: str
    code = "checkpoint_unreadable"
    message = _("{path} is not a checkpoint, or its signature is not of what it says.")
    advice = _("Take the file as `workfleet audit checkpoint --out` wrote it.")


@dataclass(eq=False)
class ExportUnreadable(Invalid):
    path: str
    line: int
    code = "export_unreadable"
    message = _("Line {line} of {path} is not an entry of an export.")
    advice = _(
        "Take a file that `workfleet audit export --format jsonl --out FILE` wrote, of everything."
    )


def write_checkpoint(path: Path, signed: CheckpointOut) -> None:
    with written_whole(path) as file:
        file.write(signed.model_dump_json(indent=2) + "\n")


def read_checkpoint(path: Path) -> CheckpointOut:
    try:
        signed = CheckpointOut.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        raise CheckpointUnreadable(path=str(path)) from None
    if not is_signed(signed, signed.key):
        raise CheckpointUnreadable(path=str(path))
    return signed


def against_server(client: "Client", trail: TrailOut, papers: Sequence[CheckpointOut]) -> TrailOut:
    """Hold the server's trail against what it signed earlier."""
    for paper in papers:
        if paper.sequence in {0, *range(1, trail.begins_after)}:
            continue  # what it was signed over has been pruned since
        if paper.sequence > trail.entries:
            return _unlike(trail, paper, trail.entries + 1)
        found = _hash_at(client, trail, paper.sequence)
        if found != paper.hash:
            return _unlike(trail, paper, paper.sequence)
    return trail


def _hash_at(client: "Client", trail: TrailOut, sequence: int) -> str | None:
    if sequence == trail.begins_after:
        pruned = client.checkpoints().items
        return next((one.hash for one in pruned if one.sequence == sequence), None)
    return client.audit_entry(sequence).hash


def _unlike(trail: TrailOut, paper: CheckpointOut, at: int) -> TrailOut:
    problem = say(
        _("The checkpoint of entry {number} says otherwise: the trail was written anew."),
        number=paper.sequence,
    )
    return trail.model_copy(update={"whole": False, "broken_at": at, "problem": problem})


def verify_export(path: Path, papers: Sequence[CheckpointOut]) -> TrailOut:
    """Follow the chain in an export, without the server; what it begins after must be signed."""
    signed = {paper.sequence: paper for paper in papers}
    before, last = 0, START
    begins = 0
    for number, row in _rows(path):
        if number == 1 and row["sequence"] != 1:
            begins = before = row["sequence"] - 1
            last = signed[before].hash if before in signed else row["previous"]
        if row["sequence"] != before + 1:
            return _broken(before, say(_("The entry {number} is gone."), number=before + 1))
        if row["previous"] != last or row["hash"] != hash_of(row):
            return _broken(before, say(_("The entry {number} was changed."), number=before + 1))
        before, last = row["sequence"], row["hash"]
        if before in signed and signed[before].hash != last:
            return _unlike(_broken(before - 1, ""), signed[before], before)
    whole = TrailOut(whole=True, entries=before, head=last, begins_after=begins)
    missing = next((one for one in papers if one.sequence > before), None)
    return _unlike(whole, missing, before + 1) if missing else whole


def _broken(before: int, problem: str) -> TrailOut:
    return TrailOut(whole=False, entries=before, head=None, broken_at=before + 1, problem=problem)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            row = _entry_in(line)
            if row is None:
                raise ExportUnreadable(path=str(path), line=number)
            yield number, row


def _entry_in(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line.decode("utf-8"))
        kinds = [type(row[name]) for name in ("sequence", "previous", "hash")]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return row if kinds == [int, str, str] and row["sequence"] > 0 else None


def write_export(path: Path, rows: Iterable[Mapping[str, Any]], form: str) -> int:
    """Write rows as they come and return how many; a cut answer leaves no file."""
    with written_whole(path) as file:
        if form == "csv":
            return _write_csv(file, rows)
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007 — the last count is the answer
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return count


def _write_csv(file: Any, rows: Iterable[Mapping[str, Any]]) -> int:
    file.write(BOM)
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(ENTRY_COLUMNS)
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 — the last count is the answer
        table.writerow(entry_cells(row))
    return count
