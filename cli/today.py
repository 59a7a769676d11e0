"""`workfleet today`: what is wrong, what is due, in a few lines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import click

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import stream
from cli.speaking import command
from fleet.contracts.cases import LeavingQuery
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, CredentialOut, CredentialQuery
from fleet.contracts.devices import DeviceOut, DeviceQuery
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say

WEEK: Final = timedelta(days=7)
PAGE: Final = 1000


@dataclass(frozen=True)
class Day:
    """What the lists of the server say at one moment."""

    at: datetime
    phones: Sequence[DeviceOut]
    credentials: Sequence[CredentialOut]
    leaving: int

    @property
    def silent(self) -> int:
        """Phones that are out and were not seen for a week."""
        out = [one for one in self.phones if one.state in {"issued", "returning"}]
        return sum(1 for one in out if not one.last_seen_at or one.last_seen_at < self.at - WEEK)

    def due(self, kind: CredentialKind) -> int:
        ends = self.at + WEEK
        return sum(1 for one in self.of(kind) if one.due_at is not None and one.due_at <= ends)

    def of(self, kind: CredentialKind) -> list[CredentialOut]:
        return [one for one in self.credentials if one.kind == kind]


@command(_("What is wrong, what is due."))
@pass_app
def today(app: App) -> None:
    day = _look(app)
    if app.for_people:
        _tell(app, day)
    else:
        _data(app, day)


def _look(app: App) -> Day:
    client = app.client
    return Day(
        at=now(),
        phones=list(stream(client.devices, DeviceQuery(limit=PAGE))),
        credentials=list(stream(client.credentials, CredentialQuery(limit=PAGE))),
        leaving=len(list(stream(client.leaving_cases, LeavingQuery(state="open", limit=PAGE)))),
    )


def _tell(app: App, day: Day) -> None:
    states = [label(one.state) for one in day.phones]
    silent = [say("silent > 7 days {count}", count=day.silent)] if day.silent else []
    app.say(
        _("Phones   {count}  {states}"),
        count=len(day.phones),
        states=_joined([*_counted(states), *silent]),
    )
    levels = _counted(_known(one) for one in day.of(CredentialKind.DEVICE_PIN))
    doubtful = any(one.level is Level.NONE for one in day.credentials)
    app.line(say("PINs     {levels}", levels=_joined(levels)) + (_HINT if doubtful else ""))
    app.say(
        _("Due      {pins} PINs · {passwords} passwords in 7 days ← workfleet rotation run --due"),
        pins=day.due(CredentialKind.DEVICE_PIN),
        passwords=day.due(CredentialKind.ACCOUNT_PASSWORD),
    )
    app.say(_("Cases    {count} leaving"), count=day.leaving)


_HINT: Final = "   ← workfleet rotation show --unproven"


def _known(one: CredentialOut) -> str:
    """Return how well a credential is known; one in doubt has lost its level."""
    return label("unproven") if one.level is Level.NONE else label(one.level)


def _counted(words: Iterable[str]) -> list[str]:
    return [f"{word} {count}" for word, count in Counter(words).most_common()]


def _joined(words: Sequence[str]) -> str:
    return " · ".join(words) or "—"


def _data(app: App, day: Day) -> None:
    import json

    from cli.output import csv_of

    pins = Counter(one.level.value for one in day.of(CredentialKind.DEVICE_PIN))
    numbers = {
        "phones": len(day.phones),
        "states": dict(Counter(one.state for one in day.phones)),
        "silent": day.silent,
        "pins": dict(pins),
        "due_pins": day.due(CredentialKind.DEVICE_PIN),
        "due_passwords": day.due(CredentialKind.ACCOUNT_PASSWORD),
        "leaving": day.leaving,
    }
    if app.output == "csv":
        click.echo(csv_of([numbers]), nl=False)
    else:
        click.echo(json.dumps(numbers, ensure_ascii=False, indent=2))
