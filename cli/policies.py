"""`workfleet access …`: what the company demands of its users."""

from collections.abc import Callable
from typing import Any

import click

from cli.context import App, pass_app
from cli.speaking import group, option
from fleet.contracts.access import AccessPolicyIn, AccessPolicyOut
from fleet.contracts.words import _, say

TITLES = {
    "administrators_separated": _("Nobody holds two of administrator, security, auditor"),
    "disclosure_needs_approval": _("A secret is shown after another person approved it"),
    "approval_minutes": _("A request for one waits (minutes)"),
    "view_minutes": _("An approved one can be seen, once, for (minutes)"),
    "opening_needs_approval": _("A backup is opened after another person approved it"),
    "opening_hours": _("An approved opening can be used for (hours)"),
    "password_length": _("Least length of a password"),
    "password_classes": _("Kinds of characters it mixes"),
    "lockout_after": _("Wrong passwords before a delay"),
    "lockout_seconds": _("The first delay (seconds); it doubles"),
    "lockout_seconds_most": _("The longest delay (seconds)"),
    "idle_minutes": _("A session ends after idle (minutes)"),
    "session_hours": _("A session ends after (hours)"),
    "second_factor": _("Second factor: optional, administrators, everybody"),
}


@group(_("What the company demands of its users."))
def access() -> None:
    pass


@access.command(help=_("Show what is demanded."))
@pass_app
def show(app: App) -> None:
    _show(app, app.client.access_policy())


def _show(app: App, policy: AccessPolicyOut) -> None:
    rows = [(say(title), _value(getattr(policy, name))) for name, title in TITLES.items()]
    app.fields(policy, rows)


def _value(value: object) -> object:
    return {True: "✓", False: "—"}[value] if isinstance(value, bool) else value


def demand(name: str, kind: Any = int, *, flag: str = "") -> Callable[[Any], Any]:
    """Return the option that changes one number or switch of the policy."""
    return option(
        flag or f"--{name.replace('_', '-')}", name, type=kind, default=None, help=TITLES[name]
    )


@access.command("set", help=_("Change what is named, and leave the rest."))
@demand("administrators_separated", bool, flag="--separation/--no-separation")
@demand("disclosure_needs_approval", bool, flag="--approval/--no-approval")
@demand("approval_minutes")
@demand("view_minutes")
@demand("opening_needs_approval", bool, flag="--opening-approval/--no-opening-approval")
@demand("opening_hours")
@demand("password_length")
@demand("password_classes")
@demand("lockout_after")
@demand("lockout_seconds")
@demand("lockout_seconds_most")
@demand("idle_minutes")
@demand("session_hours")
@demand("second_factor", click.Choice(["optional", "administrators", "everybody"]))
@pass_app
def set_(app: App, /, **given: Any) -> None:
    named = {name: value for name, value in given.items() if value is not None}
    if not named:
        raise click.UsageError(say("Name what is to be changed; see --help."))
    _show(app, app.client.change_access_policy(AccessPolicyIn.model_validate(named)))
