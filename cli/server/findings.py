"""What `workfleet server doctor` finds: one line a part, with what to do where one is not well."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import click

from cli.context import App
from cli.exits import NOT_SO
from fleet.contracts.words import say
from fleet.errors import FleetError

ADB_SECONDS: Final = 20


@dataclass(frozen=True)
class Finding:
    """`sentence` says what is so, `advice` what to do; an advice to a well part is a warning."""

    part: str
    ok: bool
    sentence: str
    advice: str = ""


def found(part: str, look: Callable[[], str]) -> Finding:
    """Return what `look` says; a refusal of it, or anything unexpected, is a part not well."""
    try:
        return Finding(part, ok=True, sentence=look())
    except FleetError as refusal:
        return Finding(part, ok=False, sentence=refusal.sentence(), advice=refusal.next_step())
    except Exception as error:  # noqa: BLE001 — whatever is wrong is what a doctor is asked for
        advice = say("Nothing we know; the text of the error may help: {text}", text=error)
        return Finding(part, ok=False, sentence=type(error).__name__, advice=advice)


def show(app: App, findings: Iterable[Finding]) -> int:
    every = list(findings)
    if not app.for_people:
        click.echo(json.dumps([asdict(one) for one in every], ensure_ascii=False, indent=2))
    for one in every:
        arrow = f"  → {one.advice}" if one.advice else ""
        app.line(f"{'✓' if one.ok else '✗'} {one.part}: {one.sentence}{arrow}")
    return 0 if all(one.ok for one in every) else NOT_SO


def adb() -> str:
    """Run the adb that is shipped, without starting its server."""
    from agents.phone.server import shipped_adb

    done = subprocess.run(
        [str(shipped_adb()), "version"],
        capture_output=True,
        text=True,
        timeout=ADB_SECONDS,
        check=True,
    )
    return done.stdout.splitlines()[0]


def writable(folder: Path) -> str:
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"workfleet")
    return say("{folder} can be written.", folder=folder)


def recipients(known: Callable[[], Sequence[str]], identity: Path) -> Finding:
    """Look whether backups are readable by somebody, and by nobody who finds this machine."""
    from cli.server.founding import NoRecipient, check_recipient

    def look() -> str:
        given = known()
        if not given:
            raise NoRecipient
        for recipient in given:
            check_recipient(recipient)
        return say("backups open for {count} recipients.", count=len(given))

    finding = found(say("recipients"), look)
    if finding.ok and identity.exists():
        advice = say("Move {path} into a safe: it opens every backup.", path=identity)
        return Finding(finding.part, ok=True, sentence=finding.sentence, advice=advice)
    return finding
