"""What is due, planning it in parts, and what is to come: the rest of `workfleet rotation …`."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from cli.context import DRY_RUN, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column, text_of
from cli.speaking import command, option
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.rotation import (
    BatchBy,
    BatchOut,
    CalendarOut,
    CalendarQuery,
    DayOut,
    DueQuery,
    EntropyOut,
    ForecastOut,
    ForecastQuery,
    PlanIn,
    PlanOut,
    RotationQuery,
)
from fleet.contracts.words import _, say

LARGEST_PART = 500

DUE_COLUMNS = (
    Column(_("Subject"), lambda one: one.subject),
    Column(_("What"), lambda one: label(one.kind)),
    Column(_("Due"), lambda one: one.due_at),
    Column(_("How it stands"), lambda one: label(one.standing)),
    Column(_("Department"), lambda one: one.department),
    Column(_("Station"), lambda one: one.station, spare=True),
    Column(_("Level"), lambda one: one.level),
    Column(_("Changed by"), lambda one: say("station") if one.by_station else say("a person")),
)
FILTERS = {
    "kind": _("Only for this kind of value."),
    "department": _("Only held in this department and beneath it."),
    "station": _("Only on phones last seen at this station."),
}
due = list_command(
    Listing(
        help=_("List what is due or soon will be; SIM codes too, which no station changes."),
        query=DueQuery,
        fetch=lambda client, query: client.due(query),
        columns=DUE_COLUMNS,
        empty=_("Nothing is due."),
        filters={**FILTERS, "standing": _("Only overdue, or only what is warned of.")},
    ),
    name="due",
)

HISTORY_COLUMNS = (
    Column(_("Planned"), lambda one: one.planned_at),
    Column(_("Ended"), lambda one: one.ended_at),
    Column(_("What"), lambda one: label(one.kind)),
    Column(_("State"), lambda one: label(one.state)),
    Column(_("Asked for"), lambda one: one.asked),
    Column(_("Station"), lambda one: one.station, spare=True),
    Column(_("Why it ended so"), lambda one: one.sentence or one.reason, spare=True, long=True),
    Column("Id", lambda one: one.id),
)
history = list_command(
    Listing(
        help=_("List every change of a phone's PIN or an account's password."),
        query=RotationQuery,
        fetch=lambda client, query: client.rotations(query),
        columns=HISTORY_COLUMNS,
        empty=_("It was never changed by a station, and no change of it is planned."),
    ),
    name="history",
)
history.params.insert(0, click.Argument(["subject"]))

ONLY_KIND = option(
    "--kind",
    type=click.Choice([kind.value for kind in CredentialKind]),
    help=FILTERS["kind"],
)
ONLY_DEPARTMENT = option("--department", metavar="CODE", help=FILTERS["department"])
ONLY_STATION = option("--station", metavar="NAME", help=FILTERS["station"])


def given_of(words: dict[str, Any]) -> dict[str, Any]:
    return {name: word for name, word in words.items() if word is not None}


@command(_("Plan what is due, outside of quiet hours; see `run` for at once."), name="plan")
@ONLY_KIND
@ONLY_DEPARTMENT
@ONLY_STATION
@option("--most", type=click.IntRange(1), help=_("So many, the longest overdue; all otherwise."))
@option(
    "--by",
    type=click.Choice([by.value for by in BatchBy]),
    default=BatchBy.DEPARTMENT.value,
    show_default=True,
    help=_("What the numbers are told by."),
)
@option("--even-untrusted", is_flag=True, help=_("Although the build's lock tool lies."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def plan(app: App, /, most: int | None, **words: Any) -> None:
    done = all_parts(app, PlanIn.model_validate(given_of(words)), most)
    app.answer(done)
    if app.for_people:
        tell_plan(app, done)


def all_parts(app: App, asked: PlanIn, most: int | None) -> PlanOut:
    """Plan part after part, each stored by itself: nothing waits long for another."""
    parts: list[PlanOut] = []
    while True:
        left = LARGEST_PART if most is None else most - sum(part.planned for part in parts)
        asked = asked.model_copy(update={"most": min(LARGEST_PART, left)})
        parts.append(app.client.plan_rotations(asked))
        done = most is not None and sum(part.planned for part in parts) >= most
        if done or parts[-1].next is None:
            return _together(parts)
        asked = asked.model_copy(update={"after": parts[-1].next})


def _together(parts: list[PlanOut]) -> PlanOut:
    refused: Counter[str] = Counter()
    for part in parts:
        refused.update(part.refused)
    return PlanOut(
        at=parts[0].at,
        planned=sum(part.planned for part in parts),
        begun=[one for part in parts for one in part.begun],
        refused=dict(refused),
        batches=_batches([batch for part in parts for batch in part.batches]),
        entropy=_weakest([one for part in parts for one in part.entropy]),
        dry_run=parts[-1].dry_run,
        next=parts[-1].next,
    )


def _batches(every: list[BatchOut]) -> list[BatchOut]:
    planned: Counter[str | None] = Counter()
    begins: dict[str | None, datetime | None] = {}
    for batch in every:
        planned[batch.name] += batch.planned
        before = begins.setdefault(batch.name, batch.begins_at)
        begins[batch.name] = min(before, batch.begins_at) if before and batch.begins_at else None
    return [
        BatchOut(name=name, planned=count, begins_at=begins[name])
        for name, count in planned.most_common()
    ]


def _weakest(every: list[EntropyOut]) -> list[EntropyOut]:
    bits: dict[CredentialKind, float] = {}
    for one in every:
        bits[one.kind] = min(one.bits, bits.get(one.kind, one.bits))
    return [EntropyOut(kind=kind, bits=least) for kind, least in bits.items()]


def tell_plan(app: App, done: PlanOut) -> None:
    columns = (
        Column(_("Part"), lambda one: one.name),
        Column(_("Planned"), lambda one: one.planned, right=True),
        Column(_("Begins"), lambda one: one.begins_at or say("at once")),
    )
    app.table(done.batches, columns, empty=_("Nothing is due."))
    for one in done.entropy:
        app.say(_("New {what}: {bits} bits each."), what=label(one.kind), bits=one.bits)
    tell_refused(app, done.refused)
    if done.next:
        app.say(_("More is due than was to be planned."))
    if done.dry_run:
        app.say(_("Nothing was changed: this was a dry run."))


def tell_refused(app: App, refused: Mapping[str, int]) -> None:
    """Say how many were left out and why; for people only, programs have the answer itself."""
    if not app.for_people:
        return
    for code, count in refused.items():
        app.say(_("Left for the next time: {count} ({why})."), count=count, why=label(code))
    if "untrusted_build" in refused:
        app.say(_("Which builds cannot be believed, and what to do: workfleet rotation builds"))


@command(_("Count what falls due on each day."), name="calendar")
@ONLY_KIND
@ONLY_DEPARTMENT
@ONLY_STATION
@option("--weeks", type=click.IntRange(1, 53), default=4, show_default=True, help=_("So many."))
@pass_app
def calendar(app: App, /, **words: Any) -> None:
    found = app.client.calendar(CalendarQuery.model_validate(given_of(words)))
    app.answer(found)
    if app.for_people:
        _tell_calendar(app, found)


def _tell_calendar(app: App, found: CalendarOut) -> None:
    if found.overdue:
        app.say(_("Overdue: {numbers}"), numbers=_numbers(found.overdue))
    columns = (
        Column(_("Day"), lambda one: f"{one.day:%a %Y-%m-%d}"),
        Column(_("Due"), lambda one: one.total, right=True),
        Column(_("What"), _kinds),
    )
    app.table(found.days, columns, empty=_("Nothing falls due in this time."))


def _kinds(one: DayOut) -> str:
    return _numbers(one.by_kind)


def _numbers(by_kind: dict[CredentialKind, int]) -> str:
    return " · ".join(f"{label(kind)} {count}" for kind, count in by_kind.items())


@command(_("Say how many changes are to come, and how long stations will be at them."))
@ONLY_KIND
@ONLY_DEPARTMENT
@ONLY_STATION
@option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help=_("So many."))
@pass_app
def forecast(app: App, /, **words: Any) -> None:
    found = app.client.forecast(ForecastQuery.model_validate(given_of(words)))
    app.answer(found)
    if app.for_people:
        _tell_forecast(app, found)


def _tell_forecast(app: App, found: ForecastOut) -> None:
    due = {one.kind: one.due for one in found.visits}
    app.say(
        _("Next {days} days: {phones} phones, {accounts} accounts, {hours} station-hours."),
        days=found.days,
        phones=due.get(CredentialKind.DEVICE_PIN, 0),
        accounts=due.get(CredentialKind.ACCOUNT_PASSWORD, 0),
        hours=text_of(found.station_hours),
    )
    for one in found.visits:
        if one.minutes is None:
            app.say(
                _("  {what}: no visit was made yet, so none is measured."), what=label(one.kind)
            )
        else:
            app.say(
                _("  {what}: {minutes} minutes a visit, the median of {count} past ones."),
                what=label(one.kind),
                minutes=one.minutes,
                count=one.measured,
            )
