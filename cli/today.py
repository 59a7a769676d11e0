"""`workfleet today`: what is wrong, what is due, in a few lines."""

from collections.abc import Mapping
from typing import Final

from cli.context import App, pass_app
from cli.labels import label
from cli.speaking import command
from fleet.contracts.applications import ApplicationsTodayOut
from fleet.contracts.cases import TasksTodayOut
from fleet.contracts.clock import now
from fleet.contracts.escrow import EscrowToday
from fleet.contracts.proof import Level
from fleet.contracts.reports import SummaryOut
from fleet.contracts.requests import RequestsTodayOut
from fleet.contracts.words import _, say


@command(_("What is wrong, what is due."))
@pass_app
def today(app: App) -> None:
    day = _summary(app)
    if day is None:
        _only_yours(app)
        return
    app.answer(day)
    _whole_fleet(app, day)
    if day.requests is not None:
        _yours(app, day.requests)
    if day.tasks is not None:
        _tasks(app, day.tasks)
    if day.applications is not None:
        _to_be_given(app, day.applications)


def _only_yours(app: App) -> None:
    waiting = app.client.requests_today()
    app.answer(waiting)
    _yours(app, waiting)
    _tasks(app, app.client.tasks_today())
    _to_be_given(app, app.client.applications_today())


def _tasks(app: App, waiting: TasksTodayOut) -> None:
    """Say how many steps and waivers wait for whoever asks."""
    for count, text in (
        (waiting.steps, _("{count} steps of cases ← workfleet task list --kind step")),
        (waiting.overdue, _("{count} of them OVERDUE")),
        (waiting.waivers, _("{count} waivers asked for ← workfleet task list --kind waiver")),
    ):
        if count:
            app.say(_("Yours    {line}"), line=say(text, count=count))


def _summary(app: App) -> SummaryOut | None:
    """Return the numbers of the whole fleet; None for who sees only a part of it."""
    from api.client import Refused

    try:
        return app.client.summary()
    except Refused as refusal:
        if refusal.code != "not_allowed":
            raise
    return None


def _yours(app: App, waiting: RequestsTodayOut) -> None:
    """Say what waits for whoever asks, and where he goes on; nothing where nothing does."""
    for count, text in (
        (waiting.to_decide, _("{count} approvals waiting ← workfleet request list --mine")),
        (waiting.overdue, _("{count} requests not decided in time ← … request list --overdue")),
        (waiting.to_appoint, _("{count} to appoint ← … request list --state approved")),
        (waiting.appointments, _("{count} appointments today ← … request list --day {day}")),
        (waiting.to_hand_over, _("{count} values to hand over ← … request list --to-hand-over")),
    ):
        if count:
            line = say(text, count=count, day=now().astimezone().date())
            app.say(_("Yours    {line}"), line=line)


def _to_be_given(app: App, waiting: ApplicationsTodayOut) -> None:
    """Say which applications wait for whoever asks, and which loans are due."""
    for count, text in (
        (waiting.to_decide, _("{count} applications to decide ← … application list --mine")),
        (waiting.overdue, _("{count} not decided in time ← … application list --overdue")),
        (waiting.to_issue, _("{count} to be issued ← workfleet application list --open")),
        (waiting.to_sign, _("{count} to be signed by you ← workfleet application list")),
    ):
        if count:
            app.say(_("Yours    {line}"), line=say(text, count=count))
    if waiting.loans_overdue:
        app.say(
            _("OVERDUE  {count} loans ← workfleet loan list --overdue"), count=waiting.loans_overdue
        )
    if waiting.loans_soon > waiting.loans_overdue:
        count = waiting.loans_soon - waiting.loans_overdue
        app.say(_("Loans    {count} due within 3 days ← workfleet loan list --soon"), count=count)


def _whole_fleet(app: App, day: SummaryOut) -> None:
    for name in day.alarms:
        app.say(
            _("ALARM    {name} was used: look why ← workfleet user acknowledge {name}"), name=name
        )
    _stored(app, day)
    _escrow(app, day.escrow)
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
    _cases(app, day)


def _cases(app: App, day: SummaryOut) -> None:
    counted = [f"{count} {label(kind)}" for kind, count in day.cases_by_kind.items()]
    app.say(_("Cases    {counted}"), counted=" · ".join(counted) or say("none is open"))
    if day.cases_overdue:
        app.say(
            _("OVERDUE  {count} cases ← workfleet case list --overdue"), count=day.cases_overdue
        )
    if day.clearances_blocked:
        app.say(
            _("BLOCKED  {count} clearances ← workfleet case blocked"), count=day.clearances_blocked
        )


def _stored(app: App, day: SummaryOut) -> None:
    if day.stored_wrong:
        app.say(
            _("ALARM    {count} stored objects are lost or altered ← workfleet backup faults"),
            count=day.stored_wrong,
        )
    if day.backups_damaged:
        app.say(
            _("ALARM    {count} backups are damaged ← workfleet backup list --state damaged"),
            count=day.backups_damaged,
        )
    if day.drills_failed:
        app.say(
            _("ALARM    {count} drills failed ← workfleet backup drill list --state failed"),
            count=day.drills_failed,
        )
    if day.drills_waiting:
        app.say(
            _("Drills   {count} samples to restore ← workfleet backup drill list --due"),
            count=day.drills_waiting,
        )


def _escrow(app: App, keys: EscrowToday) -> None:
    """Say who is about to read, or newly reads, every backup, and what may be lost."""
    for names, text in (
        (keys.new, _("ALARM    {names} opens every backup now ← workfleet escrow show {name}")),
        (keys.waiting, _("ALARM    {names} waits to open every backup ← workfleet escrow list")),
        (keys.overdue, _("OVERDUE  is the identity of {names} there? ← workfleet escrow check")),
    ):
        if names:
            app.say(text, names=", ".join(names), name=names[0])
    if keys.single:
        app.say(_("Keys     one alone opens the backups: a fire, and none does ← … escrow add"))
    if keys.settings_differ:
        app.say(_("Keys     the settings name one that is not in use ← workfleet escrow list"))


def _incidents(app: App, day: SummaryOut) -> None:
    if day.measures_overdue:
        app.say(
            _("OVERDUE  {count} measures of incidents ← workfleet incident list --overdue"),
            count=day.measures_overdue,
        )
    if day.findings_overdue:
        app.say(
            _("OVERDUE  {count} findings on phones ← workfleet finding list --overdue"),
            count=day.findings_overdue,
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
