"""How a return gate is shown: what is open with what to do next, then what holds."""

from typing import TYPE_CHECKING

import click

from cli.context import App
from cli.exits import GATE_OPEN
from cli.labels import label
from cli.output import Column
from fleet.contracts.accessories import Condition, KitOut
from fleet.contracts.custody import CheckName, CheckOut, GateOut
from fleet.contracts.gate_words import named
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from api.client import Refused

CHECKS = click.Choice([check.value for check in CheckName])


def show_gate(app: App, gate: GateOut) -> None:
    """Show every check; the last line says whether the phone may be accepted."""
    for warning in gate.warnings:
        app.line(f"  ! {warning}")
    for check in (one for one in gate.checks if not one.ok):
        app.line(f"  ✗ {named(check.check)}: {check.sentence}  → {_next(check)}")
    for check in (one for one in gate.checks if one.ok):
        app.line(f"  ✓ {named(check.check)}: {check.sentence} ({waived_or_level(check)})")
    show_kit(app, gate.kit)


def _next(check: CheckOut) -> str:
    if check.asked_waiver:
        return say("{number} waits for its decision.", number=check.asked_waiver)
    return check.advice


def show_check(app: App, gate: GateOut, check: CheckOut) -> None:
    """Show one check: what is so, where it is known from, and how it is met."""
    app.fields(
        check,
        [
            (_("Check"), named(check.check)),
            (_("Holds"), say("yes") if check.ok else say("no")),
            (_("Known"), waived_or_level(check)),
            (_("Demanded"), label(check.needed)),
            (_("What is so"), check.sentence),
            (_("What to do"), _next(check) or None),
            (_("Waiver"), check.waiver or check.asked_waiver),
            (_("Why waived"), check.waived_because),
            (_("Waived until"), check.waived_until),
            (_("A person's word"), _words(check)),
            (_("Return since"), gate.since),
        ],
    )
    columns = (
        Column(_("Proof"), lambda one: one.what, long=True),
        Column(_("Level"), lambda one: label(one.level)),
        Column(_("When"), lambda one: one.at),
        Column(_("By whom"), lambda one: one.by),
        Column(_("Digest"), lambda one: (one.digest or "")[:12]),
    )
    if app.for_people:
        app.table(check.proofs, columns, empty=_("There is no proof of it yet."))


def _words(check: CheckOut) -> str:
    taken = say("is taken for it") if check.declarable else say("does not count here")
    return taken if check.waivable else f"{taken}; {say('nothing waives it')}"


def show_kit(app: App, kit: KitOut) -> None:
    """Show what went out beside a phone; nothing where nothing did."""
    looked = kit.condition
    if looked.condition or looked.back_condition:
        text = _("Condition: {out}, when it came back {back}.")
        app.say(
            text,
            out=_looks(looked.condition, looked.note),
            back=_looks(looked.back_condition, looked.back_note),
        )
    for one in kit.accessories:
        app.say(
            _("{name} × {count}: {back} back, {missing} missing, {out} out."),
            name=one.name,
            count=one.count,
            back=one.back,
            missing=one.missing,
            out=one.out,
        )


def _looks(condition: Condition | None, note: str | None) -> str:
    return " · ".join(filter(None, (condition.spoken if condition else "—", note)))


def show_refused(app: App, refusal: "Refused") -> int:
    """Show the checks that a refusal names, and return the exit code of an open gate."""
    click.echo(refusal.message, err=not app.for_people)
    for check in refusal.details.get("checks", ()):
        name = named(CheckName(check["check"]))
        app.line(f"  ✗ {name}: {check['sentence']}  → {check['advice']}")
    return GATE_OPEN


def waived_or_level(check: CheckOut) -> str:
    if check.waived_by:
        return say("waived by {name}", name=f"{check.waived_by} ({check.waiver})")
    return label(check.level)


def heading(gate: GateOut) -> str:
    if gate.open:
        return say(
            "Not yet: {count} of {all} checks are open.", count=len(gate.open), all=len(gate.checks)
        )
    return say("All {all} checks hold ({levels}).", all=len(gate.checks), levels=_levels(gate))


def _levels(gate: GateOut) -> str:
    """Count the checks by how well they are known, strongest first."""
    waived = sum(1 for check in gate.checks if check.waived_by)
    levels = [check.level for check in gate.checks if not check.waived_by]
    strongest = sorted(set(levels), key=lambda level: -level.strength)
    counted = [f"{levels.count(level)} {label(level)}" for level in strongest]
    return ", ".join(counted + ([say("{count} waived", count=waived)] if waived else []))
