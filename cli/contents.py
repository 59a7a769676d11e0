"""The table of contents: every noun and verb of the command line, loaded when it is called."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final, NamedTuple

import click
from click.shell_completion import CompletionItem

from cli.exits import MEANINGS
from cli.speaking import Group
from fleet.contracts.words import _, say, translated


class Entry(NamedTuple):
    name: str
    target: str  # "module:attribute"
    help: str


CONTENTS: Final[dict[str, tuple[Entry, ...]]] = {
    _("Every day"): (
        Entry("today", "cli.today:today", _("What is wrong, what is due.")),
        Entry("find", "cli.find:find", _("Find anything by what people say.")),
        Entry("issue", "cli.issue:issue", _("Hand phones, SIMs and accounts to an employee.")),
        Entry("application", "cli.applications:application", _("Applying for phones and more.")),
        Entry("kit", "cli.kits:kit", _("What people of a kind of work are given together.")),
        Entry("loan", "cli.loans:loan", _("Things that are out until a day.")),
        Entry("return", "cli.custody:return_", _("Begin the return of a phone.")),
        Entry("gate", "cli.custody:gate", _("Show what keeps a phone from being accepted.")),
        Entry("accept", "cli.accept:accept", _("Take a phone back, past its gate, and wipe it.")),
        Entry("waiver", "cli.waivers:waiver", _("Checks of the gate that are let pass.")),
        Entry("photo", "cli.photos:photo", _("How phones looked as they went out and came back.")),
        Entry("certificate", "cli.certificates:certificate", _("Papers of phones that came back.")),
        Entry("reassign", "cli.custody:reassign", _("Hand an account on to another employee.")),
        Entry("offboard", "cli.leaving:offboard", _("Plan and start an employee's leaving.")),
        Entry("transfer", "cli.moving:transfer", _("Move an employee to another department.")),
        Entry("swap", "cli.moving:swap", _("Have another phone take the place of one.")),
        Entry("join", "cli.moving:join", _("Have an employee handed what he needs.")),
        Entry("case", "cli.cases:case", _("What is to be done for people, step by step.")),
        Entry("task", "cli.tasks:task", _("What waits for you.")),
        Entry("leaving", "cli.leaving:leaving", _("Leaving cases.")),
        Entry("incident", "cli.incidents:incident", _("Things lost, stolen, abnormal or leaked.")),
    ),
    _("Passwords and data"): (
        Entry("rotate", "cli.rotate:rotate", _("Change a phone's PIN or an account's password.")),
        Entry("rotation", "cli.rotations:rotation", _("Changes of PINs and passwords.")),
        Entry("playbook", "cli.playbooks:playbook", _("How people are guided on a phone.")),
        Entry("plan", "cli.plans:plan", _("What backups take of phones.")),
        Entry("policy", "cli.password_policies:policy", _("What is demanded of them.")),
        Entry("request", "cli.requests:request", _("Asking for a change, and its hand-over.")),
        Entry("credential", "cli.credentials:credential", _("Credentials in the vault.")),
        Entry("compliance", "cli.compliance:compliance", _("Rules for phones, and their terms.")),
        Entry("finding", "cli.findings:finding", _("What phones showed that they should not.")),
        Entry("remedy", "cli.remedies:remedy", _("What stations do on phones against findings.")),
        Entry("apk", "cli.apks:apk", _("Files of apps, from which stations update phones.")),
        Entry("violation", "cli.violations:violation", _("Drafts of violations.")),
        Entry("backup", "cli.backups:backup", _("Backups of phones.")),
        Entry("retention", "cli.retention:retention", _("For how long backups are kept.")),
        Entry("preservation", "cli.preserving:preservation", _("What must not be deleted.")),
        Entry("opening", "cli.openings:opening", _("Asking to open a backup.")),
        Entry("escrow", "cli.escrow:escrow", _("The keys that open backups, and who keeps them.")),
    ),
    _("What there is"): (
        Entry("device", "cli.devices:device", _("Phones.")),
        Entry("sim", "cli.sims:sim", _("SIM cards.")),
        Entry("account", "cli.accounts:account", _("Work WeChat, WeCom and official accounts.")),
        Entry("employee", "cli.people:employee", _("Employees.")),
        Entry("department", "cli.people:department", _("Departments.")),
        Entry("bin", "cli.bin:bin_", _("What was deleted or merged, and can be restored.")),
        Entry("accessory", "cli.accessories:accessory", _("What goes out beside phones.")),
        Entry("stocktake", "cli.stocktakes:stocktake", _("What is really there.")),
        Entry("partner", "cli.partners:partner", _("Companies whose people are in our groups.")),
        Entry("naming", "cli.naming:naming", _("How accounts are named.")),
        Entry("directory", "cli.directory:directory", _("The company's list of its people.")),
        Entry("paper", "cli.papers:paper", _("Papers to print and to sign.")),
        Entry("label", "cli.tag_labels:label", _("Labels for phones.")),
        Entry("import", "cli.registers:import_", _("Take in a spreadsheet.")),
        Entry("export", "cli.registers:export", _("Write a register to a spreadsheet.")),
        Entry("template", "cli.registers:template", _("A spreadsheet to fill in.")),
        Entry("view", "cli.views:view", _("Lists as you ask them again and again.")),
    ),
    _("At the bench"): (
        Entry("station", "cli.stations:station", _("Stations: invite, enroll, list, revoke.")),
        Entry("agent", "cli.agent:agent", _("The program that runs beside the phones.")),
        Entry("job", "cli.jobs:job", _("What stations have to do.")),
        Entry("phone", "cli.phones:phone", _("A phone on the cable, without a server.")),
        Entry("handset", "cli.handsets:handset", _("Virtual phones for trying and training.")),
        Entry("demo", "cli.demo.command:demo", _("The main job, end to end, on virtual phones.")),
    ),
    _("Who, and who did what"): (
        Entry("login", "cli.access:login", _("Log in at a server.")),
        Entry("logout", "cli.access:logout", _("Forget the token on this machine.")),
        Entry("whoami", "cli.access:whoami", _("Show who is logged in, and where.")),
        Entry("password", "cli.myself:password", _("Change your own password.")),
        Entry("second-factor", "cli.myself:second_factor", _("A code from an app on your phone.")),
        Entry("session", "cli.myself:session", _("Who is logged in, from where.")),
        Entry("token", "cli.myself:token", _("What programs show instead of a password.")),
        Entry("access", "cli.policies:access", _("What is demanded of users.")),
        Entry("user", "cli.users:user", _("People who work with this software.")),
        Entry("audit", "cli.audit:audit", _("The audit trail.")),
    ),
    _("The server"): (
        Entry("server", "cli.server.command:server", _("Make, run and mend the server itself.")),
        Entry("vault", "cli.server.vault:vault", _("Keys of the vault: rekey, check.")),
        Entry("completion", "cli.completion:completion", _("Completion for your shell.")),
    ),
}


def entries() -> Iterator[Entry]:
    for section in CONTENTS.values():
        yield from section


class Contents(Group):
    """The root: shows the table without loading anything of it."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [entry.name for entry in entries()]

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = next((entry for entry in entries() if entry.name == cmd_name), None)
        return None if found is None else load(found)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in CONTENTS.items():
            with formatter.section(translated(title)):
                formatter.write_dl([(entry.name, translated(entry.help)) for entry in section])

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say("Exit codes")):
            formatter.write_dl([(str(code), translated(text)) for code, text in MEANINGS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        found = [
            CompletionItem(entry.name, help=translated(entry.help))
            for entry in entries()
            if entry.name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)


def load(entry: Entry) -> click.Command:
    module, _colon, attribute = entry.target.partition(":")
    found: Any = getattr(import_module(module), attribute)
    return found  # type: ignore[no-any-return]
