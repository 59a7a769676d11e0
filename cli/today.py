"""`workfleet today`: what is wrong, what is due, in a few lines."""

from collections.abc import Mapping
from typing import Final

from cli.context import App, pass_app
from cli.labels import label
from cli.speaking import command
from fleet.contracts.proof import Level
from fleet.contracts.reports import SummaryOut
from fleet.contracts.words import _, say


@command(_("What is wrong, what is due."))
@pass_app
def today(app: App) -> None:
    day = app.client.summary()
    app.answer(day)
    for name in day.alarms:
        app.say(
            _("ALARM    {name} was used: look why ← workfleet user acknowledge {name}"), name=name
        )
    _incidents(app, day)
    _phones(app, day)
    _pins(app, day)
    app.say(
        _("Due      {pins} PINs · {passwords} passwords in 7 days ← workfleet rotation run --due"),
        pins=day.pins_due,
        passwords=day.passwords_due,
    )
    if day.phones_without_backup:
        app.say(_("Backups  {count} phones are out without one"), count=day.phones_without_backup)
    app.say(_("Cases    {count} leaving"), count=day.cases_open)


def _incidents(app: App, day: SummaryOut) -> None:
    if day.measures_overdue:
        app.say(
            _("OVERDUE  {count} measures of incidents ← workfleet incident list --overdue"),
            count=day.measures_overdue,
        )
    if day.incidents_open or day.findings_open:
        app.say(
            _("Open     {incidents} incidents · {findings} findings ← workfleet incident list"),
            incidents=day.incidents_open,
            findings=day.findings_open,
        )


def _phones(app: App, day: SummaryOut) -> None:
    silent = [say("silent > 7 days {count}", count=day.phones_silent)] if day.phones_silent else []
    states = " · ".join([*_counted(day.phones_by_state), *silent])
    app.say(_("Phones   {count}  {states}"), count=day.phones, states=states or "—")


_HINT: Final = "   ← workfleet rotation show --unproven"


def _pins(app: App, day: SummaryOut) -> None:
    """Show how well PINs are known; one in doubt has lost its level and is named apart."""
    levels = dict(day.pins_by_level)
    levels["unproven"] = day.pins_unproven
    levels[Level.NONE] = levels.get(Level.NONE, 0) - day.pins_unproven
    line = say("PINs     {levels}", levels=" · ".join(_counted(levels)) or "—")
    app.line(line + (_HINT if day.pins_unproven else ""))


def _counted(numbers: Mapping[str, int]) -> list[str]:
    """Return "issued 3" and so on, the most first."""
    most_first = sorted(numbers.items(), key=lambda item: -item[1])
    return [f"{label(word)} {count}" for word, count in most_first if count > 0]
