"""How a return gate is shown: what is open with what to do next, then what holds."""

from typing import TYPE_CHECKING

import click

from cli.context import App
from cli.exits import GATE_OPEN
from cli.labels import label
from fleet.contracts.custody import CheckName, CheckOut, GateOut
from fleet.contracts.words import _, say, translated

if TYPE_CHECKING:
    from api.client import Refused

NAMES = {
    CheckName.PIN: _("PIN"),
    CheckName.BACKUP: _("backup"),
    CheckName.ACCOUNTS: _("accounts"),
    CheckName.SIM: _("SIM"),
    CheckName.VENDOR_ACCOUNT: _("maker's account"),
    CheckName.CHAT_HISTORY: _("chat history"),
    CheckName.HANDED_BACK: _("handed back"),
}


def show_gate(app: App, gate: GateOut) -> None:
    """Show every check; the last line says whether the phone may be accepted."""
    for warning in gate.warnings:
        app.line(f"  ! {warning}")
    for check in (one for one in gate.checks if not one.ok):
        app.line(f"  ✗ {named(check.check)}: {check.sentence}  → {check.advice}")
    for check in (one for one in gate.checks if one.ok):
        app.line(f"  ✓ {named(check.check)}: {check.sentence} ({_level(check)})")


def show_refused(app: App, refusal: "Refused") -> int:
    """Show the checks that a refusal names, and return the exit code of an open gate."""
    click.echo(refusal.message, err=not app.for_people)
    for check in refusal.details.get("checks", ()):
        name = named(CheckName(check["check"]))
        app.line(f"  ✗ {name}: {check['sentence']}  → {check['advice']}")
    return GATE_OPEN


def named(check: CheckName) -> str:
    return translated(NAMES[check])


def _level(check: CheckOut) -> str:
    if check.waived_by:
        return say("waived by {name}", name=check.waived_by)
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
