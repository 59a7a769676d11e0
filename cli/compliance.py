"""`workfleet compliance …`: rules, the terms behind them, and how phones keep to them."""

import json
from datetime import datetime
from typing import IO, Any, Final

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.data_files import read, tell_difference
from cli.data_files import text_of as text_of_data
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import moment
from cli.options import WHY
from cli.output import NOTHING, Column, text_of
from cli.refusals import RuleUnknown, TermsUnreadable
from cli.speaking import argument, group, option
from fleet.contracts.compliance import (
    CompliancePolicyIn,
    CompliancePolicyQuery,
    CompliancePolicySetOut,
    ComplianceQuery,
    ComplianceTermsQuery,
    RuleOnPhoneOut,
    Ruling,
    TrendQuery,
)
from fleet.contracts.findings import FindingOut, Severity, UnwaiveIn, WaiverIn
from fleet.contracts.remedying import RemedyProofOut
from fleet.contracts.words import _, say


@group(_("Rules for phones: who keeps to them, and what is demanded."))
def compliance() -> None:
    pass


DEPARTMENT: Final = option(
    "--department", metavar="CODE", help=_("In this department; the whole company when left out.")
)
DAY: Final[dict[str, Any]] = {"type": click.DateTime(), "callback": moment, "metavar": "DAY"}


TITLES: Final = {
    Severity.CRITICAL: _("Critical"),
    Severity.HIGH: _("High"),
    Severity.MEDIUM: _("Medium"),
    Severity.LOW: _("Low"),
}


def _open(severity: Severity) -> Column:
    return Column(TITLES[severity], lambda one: one.findings.get(severity, 0), right=True)


STATUS: Final = (
    Column(_("Department"), lambda one: one.name or say("nobody's")),
    Column(_("Code"), lambda one: one.department),
    Column(_("Phones"), lambda one: one.phones, right=True),
    *(_open(severity) for severity in TITLES),
    Column(_("Overdue"), lambda one: one.overdue, right=True),
    Column(_("Waived"), lambda one: one.waived, right=True),
    Column(_("Score"), lambda one: one.score, right=True),
)


@compliance.command(help=_("Show how departments stand, or what the rules say of one phone."))
@DEPARTMENT
@option("--device", "tag", metavar="TAG", help=_("This phone: every rule, and what it says."))
@pass_app
def status(app: App, department: str | None, tag: str | None) -> None:
    if tag is not None:
        _status_of_phone(app, tag)
        return
    found = app.client.compliance_status(ComplianceQuery(department=department))
    app.answer(found)
    if app.for_people:
        app.table(found.departments, STATUS, empty=_("No phone was judged yet."))
    if found.company.phones:
        app.say(
            _("{phones} phones; {score} of 100 have nothing open that is medium or worse."),
            phones=found.company.phones,
            score=found.company.score,
        )


ON_PHONE: Final = (
    Column(_("Rule"), lambda one: one.rule),
    Column(_("What"), lambda one: one.title),
    Column(_("Severity"), lambda one: label(one.severity)),
    Column(_("Says"), lambda one: label(one.outcome)),
    Column(_("Finding"), lambda one: one.finding, spare=True),
    Column(_("Due"), lambda one: one.due_at, spare=True),
)


def _status_of_phone(app: App, tag: str) -> None:
    found = app.client.phone_compliance(tag)
    app.answer(found)
    if app.for_people:
        said = [one for one in found.rules if one.outcome is not Ruling.OFF]
        app.table(said, ON_PHONE, empty=_("No rule applies to {tag}."))
        app.say(
            _("Why a rule says so: {command}"),
            command=f"workfleet compliance explain RULE --device {tag}",
        )


RULES: Final = (
    Column(_("Rule"), lambda one: one.rule),
    Column(_("What"), lambda one: one.title),
    Column(_("Clauses"), lambda one: " ".join(one.clauses)),
    Column(_("Severity"), lambda one: label(one.severity)),
    Column(_("On"), lambda one: one.on),
    Column(_("By the terms"), lambda one: _terms(one.terms), spare=True, long=True),
)


def _terms(terms: dict[str, Any]) -> str:
    told = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in terms.items())
    return ", ".join(told)


@compliance.command(help=_("List the rules: how severe, for which clauses, by which terms."))
@DEPARTMENT
@pass_app
def rules(app: App, department: str | None) -> None:
    found = app.client.compliance_rules(ComplianceQuery(department=department))
    app.table(found.rules, RULES, empty="")


@compliance.command(help=_("Say what RULE says of a phone: what was seen, by which terms, why."))
@argument("rule")
@option("--device", "tag", metavar="TAG", required=True, help=_("This phone."))
@pass_app
def explain(app: App, rule: str, tag: str) -> None:
    found = app.client.phone_compliance(tag)
    one = next((one for one in found.rules if one.rule == rule), None)
    if one is None:
        raise RuleUnknown(rule=rule)
    rows: list[tuple[str, object]] = [
        (_("Rule"), f"{one.rule} · {one.title}"),
        (_("Phone"), found.device),
        (_("Department"), found.department),
        (_("Says"), label(one.outcome)),
        (_("What was found"), one.sentence),
        (_("What was seen"), _terms(one.seen)),
        (_("Not known"), ", ".join(one.missing)),
        (_("By the terms"), _terms(one.terms)),
        (_("Set by"), "; ".join(found.set_by) or say("the product")),
        (_("Severity"), label(one.severity)),
        (_("Clauses"), " ".join(one.clauses)),
        (_("Last visit"), found.seen_at),
        (_("Digest of what was seen"), found.digest),
        *_standing(one),
        *((_("Remedy"), _done(remedy)) for remedy in one.done),
    ]
    app.fields(one, rows)


def _standing(one: RuleOnPhoneOut) -> list[tuple[str, object]]:
    if one.outcome is not Ruling.BROKEN and one.finding is None:
        return []
    return [
        (_("Finding"), one.finding),
        (_("Due"), one.due_at),
        (_("Waived until"), one.waived_until),
        (_("What to do"), one.remedy),
        (_("What a station can do"), ", ".join(map(label, one.actions))),
        (_("Have it done"), offer(one.finding) if one.actions and one.finding else None),
    ]


def offer(finding: str) -> str:
    """Return the command by which a station does something against a finding."""
    return f"workfleet remedy plan --finding {finding}"


def _done(one: RemedyProofOut) -> str:
    """Return "RM-2026-001 disable com.example.game: done, verified, <digest>"."""
    what = " ".join(filter(None, (one.number, label(one.action), one.package)))
    told = (label(one.state), label(one.level), text_of(one.ended_at), one.digest)
    return f"{what}: {', '.join(filter(None, told))}"


@compliance.command(help=_("Have a finding not count until a day. It closes by itself even so."))
@argument("number")
@option("--until", required=True, help=_("The day on which it counts again."), **DAY)
@WHY
@pass_app
def waive(app: App, number: str, until: datetime, reason: str) -> None:
    done = app.client.waive_finding(number, WaiverIn(until=until, reason=reason))
    _tell(app, done, _("{number} does not count until {until}."))


@compliance.command(help=_("Have a waived finding count again at once."))
@argument("number")
@WHY
@pass_app
def unwaive(app: App, number: str, reason: str) -> None:
    done = app.client.unwaive_finding(number, UnwaiveIn(reason=reason))
    _tell(app, done, _("{number} counts again."))


def _tell(app: App, one: FindingOut, text: str) -> None:
    app.answer(one, text, number=one.number, until=text_of(one.waived_until))


TREND: Final = (
    Column(_("Day"), lambda one: one.day.isoformat()),
    Column(_("Opened"), lambda one: one.opened, right=True),
    Column(_("Closed"), lambda one: one.closed, right=True),
    Column(_("Open"), lambda one: one.open, right=True),
)


@compliance.command(help=_("Show how many findings were opened and closed each day."))
@option("--days", type=click.IntRange(1, 366), help=_("So many days back; 30 when left out."))
@DEPARTMENT
@pass_app
def trend(app: App, /, **given: Any) -> None:
    query = TrendQuery(**{name: value for name, value in given.items() if value is not None})
    app.table(app.client.compliance_trend(query).days, TREND, empty="")


COVERAGE: Final = (
    Column(_("Clause"), lambda one: one.clause),
    Column(_("Demands"), lambda one: one.demand, long=True),
    Column(_("Is"), lambda one: label(one.met)),
    Column(_("By"), lambda one: " ".join(one.where) or NOTHING, long=True),
    Column(_("Rules"), lambda one: " ".join(one.rules) or NOTHING, long=True),
)


@compliance.command(help=_("Show how each clause of companies' rules for phones is met."))
@pass_app
def coverage(app: App) -> None:
    app.table(app.client.coverage().clauses, COVERAGE, empty="")


@group(_("The terms: what is demanded, by department and from which day on."))
def policy() -> None:
    pass


compliance.add_command(policy)


policy.add_command(
    list_command(
        Listing(
            help=_("List the versions of terms in force, or every one."),
            query=CompliancePolicyQuery,
            fetch=lambda client, query: client.compliance_policies(query),
            columns=(
                Column(_("Department"), lambda one: one.department or say("all")),
                Column(_("From"), lambda one: one.effective_from),
                Column(_("In force"), lambda one: one.in_force),
                Column(_("Set by"), lambda one: one.set_by),
                Column(_("Why"), lambda one: one.reason, long=True),
            ),
            empty=_("Nobody has set any. See what holds with `workfleet compliance policy show`."),
            filters={"department": _("Only set for this very department.")},
            flags={"history": _("Every version, not those in force alone.")},
        )
    )
)


@policy.command(help=_("Show what is demanded in a department, and who says so."))
@DEPARTMENT
@option("--at", help=_("As it was, or will be, on this day."), **DAY)
@pass_app
def show(app: App, department: str | None, at: datetime | None) -> None:
    found = app.client.compliance_terms(ComplianceTermsQuery(department=department, at=at))
    terms = found.terms.model_dump(mode="json")
    rows: list[tuple[str, object]] = [
        (name, json.dumps(value, ensure_ascii=False)) for name, value in terms.items()
    ]
    rows += [
        (_("Set by"), f"{one.set_by}, {one.department or say('all')}: {one.reason}")
        for one in found.versions
    ]
    app.fields(found, rows)


FILE: Final = argument("file", type=click.File(encoding="utf-8"))


@policy.command(help=_("Show what FILE says otherwise than the document in force."))
@FILE
@DEPARTMENT
@pass_app
def diff(app: App, file: IO[str], department: str | None) -> None:
    before, after = _sorted(_document(app, department)), _sorted(_read(file))
    tell_difference(app, (say("the document in force"), before), (file.name, after))


def _document(app: App, department: str | None) -> dict[str, Any]:
    """Return what the department itself has said, and nothing of what holds above it."""
    found = app.client.compliance_terms(ComplianceTermsQuery(department=department))
    own = [one.document for one in found.versions if one.department == department]
    return own[-1] if own else {}


def _sorted(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(document, sort_keys=True))
    return found


def _read(file: IO[str]) -> dict[str, Any]:
    return read(file, "document", TermsUnreadable)


FROM: Final = option(
    "--from", "effective_from", help=_("From this day on; at once when left out."), **DAY
)


@policy.command(help=_("Set FILE as the terms of a department. It says what differs from above."))
@FILE
@DEPARTMENT
@FROM
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def apply(app: App, /, *, yes: bool, **given: Any) -> None:
    _set(app, _read(given.pop("file")), given, yes=yes)


@policy.command(help=_("Open the document of a department in an editor, and set what comes back."))
@DEPARTMENT
@FROM
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def edit(app: App, /, *, yes: bool, **given: Any) -> None:
    before = text_of_data(_sorted(_document(app, given["department"])))
    after = click.edit(before, extension=".json")
    if after is None or after.strip() == before:
        app.say(_("Nothing was changed."))
        return
    try:
        document = json.loads(after)
    except ValueError as error:
        raise TermsUnreadable("-", str(error)) from None
    _set(app, document, given, yes=yes)


def _set(app: App, document: dict[str, Any], given: dict[str, Any], *, yes: bool) -> None:
    """Show what terms would open and close, ask, and set them."""
    told = {name: value for name, value in given.items() if value is not None}
    body = CompliancePolicyIn.model_validate({"document": document, **told})
    looked = app.client.set_compliance_policy(body.model_copy(update={"dry_run": True}))
    _tell_effects(app, looked)
    if body.dry_run:
        app.answer(looked)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    where = body.department or say(_("the whole company"))
    app.confirm(_("These become the terms of {where}."), yes=yes, where=where)
    done = app.client.set_compliance_policy(body)
    app.answer(done, _("Set, from {when} on."), when=text_of(done.policy.effective_from))


EFFECTS: Final = (
    Column(_("Rule"), lambda one: one.rule),
    Column(_("What"), lambda one: one.title),
    Column(_("Opens"), lambda one: one.opens, right=True),
    Column(_("Closes"), lambda one: one.closes, right=True),
    Column(_("Phones"), lambda one: " ".join((*one.opening, *one.closing)), long=True),
)


def _tell_effects(app: App, looked: CompliancePolicySetOut) -> None:
    if app.for_people:
        app.table(looked.effects, EFFECTS, empty=_("No finding opens or closes by it."))
        app.say(_("Judged by both: {phones} phones."), phones=looked.phones)
