"""`workfleet password`, `second-factor`, `session` and `token`: one's own way in."""

from datetime import datetime
from typing import IO

import click

from cli.access import FIRST
from cli.context import App, pass_app
from cli.output import Column, text_of
from cli.prompts import at_terminal, hidden
from cli.speaking import argument, command, group, option
from fleet.contracts.access import CodeIn, DoneOut, PasswordIn, ProgramTokenIn, RecoveryCodesOut
from fleet.contracts.words import _

CODE_STDIN = option("--code-stdin", is_flag=True, help=_("The code: first line of standard input."))
WHOSE = option("--user", "username", metavar="NAME", help=_("Another user's, instead of yours."))


@command(_("Change your own password; your other sessions end."))
@option("--password-file", type=click.File(encoding="utf-8"), help=_("Present one, then the new."))
@option("--password-stdin", is_flag=True, help=_("Present one, then the new: two lines."))
@pass_app
def password(app: App, password_file: IO[str] | None, *, password_stdin: bool) -> None:
    present = hidden(_("Present password"), file=password_file, from_stdin=password_stdin)
    new = hidden(_("New password"), file=password_file, from_stdin=password_stdin, twice=True)
    body = PasswordIn.model_validate({"present": present, "password": new})
    done = app.client.change_password(body)
    app.answer(done, _("Your password is changed; your other sessions have ended."))
    _say_first(app, done)


def _say_first(app: App, done: DoneOut | RecoveryCodesOut) -> None:
    if done.first:
        app.say(FIRST[done.first])


@group(_("Your second factor: a code from an app on your phone."))
def second_factor() -> None:
    pass


@second_factor.command("set-up", help=_("Show a QR code for your app, and confirm it by a code."))
@CODE_STDIN
@pass_app
def set_up(app: App, *, code_stdin: bool) -> None:
    begun = app.client.begin_second_factor()
    _show_picture(app, begun.uri)
    app.line(begun.secret)
    app.say(_("Scan it with your app, or type the letters above into it."))
    _show_codes(app, app.client.confirm_second_factor(_code(code_stdin=code_stdin)))


def _show_picture(app: App, uri: str) -> None:
    import io

    import segno

    drawn = io.StringIO()
    segno.make(uri, error="l").terminal(out=drawn, compact=True)
    app.line(drawn.getvalue())


def _show_codes(app: App, made: RecoveryCodesOut) -> None:
    app.answer(made, _("Recovery codes: each lets you in once, and is never shown again."))
    for code in made.codes:
        app.line(f"  {code}")
    _say_first(app, made)


@second_factor.command(help=_("Make new recovery codes; those of before end."))
@CODE_STDIN
@pass_app
def codes(app: App, *, code_stdin: bool) -> None:
    _show_codes(app, app.client.new_recovery_codes(_code(code_stdin=code_stdin)))


@second_factor.command(help=_("Remove your second factor; it takes a code of it."))
@CODE_STDIN
@pass_app
def remove(app: App, *, code_stdin: bool) -> None:
    done = app.client.remove_second_factor(_code(code_stdin=code_stdin))
    app.answer(done, _("Your second factor is removed."))


def _code(*, code_stdin: bool) -> CodeIn:
    name = _("Code of your app")
    if code_stdin or not at_terminal():
        return CodeIn.model_validate({"code": hidden(name, file=None, from_stdin=code_stdin)})
    return CodeIn.model_validate({"code": click.prompt(name, err=True)})


@group(_("Sessions: who is logged in, from where."))
def session() -> None:
    pass


@session.command("list", help=_("List sessions that have not ended."))
@WHOSE
@pass_app
def list_sessions(app: App, username: str | None) -> None:
    client = app.client
    found = client.sessions(username) if username else client.my_sessions()
    columns = (
        Column(_("Began"), lambda one: one.began_at),
        Column(_("Last used"), lambda one: one.last_used_at),
        Column(_("From where"), lambda one: one.source),
        Column(_("With"), lambda one: one.agent, long=True),
        Column(_("This one"), lambda one: "✓" if one.mine else None),
        Column(_("Session"), lambda one: one.id),
    )
    app.table(found.items, columns, empty=_("There is no session."))


@session.command("revoke", help=_("End a session at once; --all ends every one but this."))
@argument("session_id", metavar="SESSION", required=False)
@option("--all", "every", is_flag=True, help=_("Every session but the one this is asked with."))
@WHOSE
@pass_app
def revoke_session(app: App, session_id: str | None, username: str | None, *, every: bool) -> None:
    client = app.client
    end = client.revoke_session if username else client.revoke_my_session
    found = client.sessions(username) if username else client.my_sessions()
    names = [one.id for one in found.items if not one.mine] if every else [session_id or ""]
    for name in names:
        end(name)
    app.say(_("{count} sessions have ended."), count=len(names))


@group(_("Tokens: what programs show instead of a password."))
def token() -> None:
    pass


@token.command("list", help=_("List tokens that have not ended."))
@WHOSE
@pass_app
def list_tokens(app: App, username: str | None) -> None:
    found = app.client.tokens(username) if username else app.client.my_tokens()
    columns = (
        Column(_("For"), lambda one: one.label),
        Column(_("May only"), lambda one: None if one.only is None else ", ".join(one.only)),
        Column(_("Made"), lambda one: one.made_at),
        Column(_("Last used"), lambda one: one.last_used_at),
        Column(_("Ends"), lambda one: one.expires_at),
        Column(_("Token"), lambda one: one.id),
    )
    app.table(found.items, columns, empty=_("There is no token."))


@token.command(help=_("Make a token for a program; it is shown this once."))
@argument("label")
@option("--only", multiple=True, metavar="PERMISSION", help=_("What it is for; repeat it."))
@option("--until", type=click.DateTime(), help=_("Its end; 90 days from now when left out."))
@WHOSE
@pass_app
def make(
    app: App, label: str, only: tuple[str, ...], until: datetime | None, username: str | None
) -> None:
    ends = until.astimezone() if until else None
    body = ProgramTokenIn(label=label, only=list(only) or None, expires_at=ends)
    made = app.client.make_token(username, body) if username else app.client.make_my_token(body)
    app.answer(made, "{token}", token=made.token)
    app.say(
        _("It ends {day}. Keep it where only the program can read it."),
        day=text_of(made.about.expires_at),
    )


@token.command("revoke", help=_("End a token at once."))
@argument("token_id", metavar="TOKEN")
@WHOSE
@pass_app
def revoke_token(app: App, token_id: str, username: str | None) -> None:
    end = app.client.revoke_token if username else app.client.revoke_my_token
    app.answer(end(token_id), _("The token has ended."))
