"""My access: one's own password, second factor, sessions and tokens."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from flask import flash, redirect, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from api.console.blueprint import bp
from api.console.forms import (
    CodeForm,
    FirstCodeForm,
    FormNotRight,
    NewPasswordForm,
    NothingForm,
    PasswordForm,
    TokenForm,
    answered,
    mark,
    parsed,
)
from api.console.surroundings import page
from api.house import tools
from api.identity import current_actor
from api.shown import roles_of, shown_session, shown_token
from api.transaction import current_session
from fleet.access import second_factor as factor
from fleet.access import services, tokens
from fleet.access.models import User
from fleet.access.signing_in import done_first, what_comes_first
from fleet.contracts.access import CodeIn, PasswordIn, ProgramTokenIn, ProgramTokenOut
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say


def myself() -> User:
    return current_session().get_one(User, current_actor().id)


@bp.get("/me")
def me() -> str:
    """Show who one is here, and where one is signed in."""
    db, actor, mine = current_session(), current_actor(), myself()
    found = tokens.tokens_of(db, mine, sessions=True, actor=actor)
    return page(
        "me.html",
        user=mine,
        roles=roles_of(db, mine),
        sessions=[shown_session(token, actor) for token in found],
        programs=len(tokens.tokens_of(db, mine, sessions=False, actor=actor)),
        codes_left=factor.codes_left(db, mine),
        form=NothingForm(),
    )


@bp.get("/me/password")
def password() -> str:
    return page("password.html", form=PasswordForm(), first=_first(), username=myself().username)


@bp.post("/me/password")
def change_password() -> Response:
    """Change one's own password; one's other sessions end."""
    form = PasswordForm()

    def do() -> Response:
        given = parsed(PasswordIn, form)
        same_twice(form)
        services.change_password(
            current_session(),
            myself(),
            present=given.present.get_secret_value(),
            password=given.password.get_secret_value(),
            actor=current_actor(),
        )
        done_first(current_session(), myself(), actor=current_actor())
        flash(say(_("The password is changed; your other sessions have ended.")))
        return redirect(url_for("console.first" if _first() else "console.me"), code=303)

    return answered("password.html", form, do, first=_first(), username=myself().username)


@bp.get("/me/second-factor")
def second_factor() -> str:
    mine = myself()
    left = factor.codes_left(current_session(), mine)
    return page("second_factor.html", user=mine, codes_left=left, form=CodeForm(), first=_first())


@bp.post("/me/second-factor")
def begin_second_factor() -> str:
    """Show the secret for the app, as a picture and as text; it counts from its first code on."""
    begun = factor.begin(current_session(), tools().keyring, myself())
    drawn = Markup(begun.picture)  # noqa: S704 — drawn by segno, of our own text
    return page("set_up.html", begun=begun, picture=drawn, form=FirstCodeForm())


@bp.post("/me/second-factor/confirm")
def confirm_second_factor() -> Response:
    """Have the second factor count, and show the recovery codes, this once."""
    form = FirstCodeForm()

    def do() -> str:
        db, actor = current_session(), current_actor()
        given = parsed(CodeIn, form).code.get_secret_value()
        codes = factor.confirm(db, tools().keyring, myself(), given, actor=actor)
        done_first(db, myself(), actor=actor)
        return page("recovery_codes.html", codes=codes)

    return answered("set_up.html", form, do, begun=None)


@bp.post("/me/second-factor/remove")
def remove_second_factor() -> Response:
    """Remove one's own second factor, as one shows a code of it."""
    form = CodeForm()

    def do() -> Response:
        _show_code(form)
        factor.remove(current_session(), myself(), actor=current_actor(), reason="by himself")
        flash(say(_("The second factor is removed.")))
        return redirect(url_for("console.me"), code=303)

    return _with_code(form, do)


@bp.post("/me/recovery-codes")
def new_recovery_codes() -> Response:
    """Show new recovery codes, as one shows a code; those of before end."""
    form = CodeForm()

    def do() -> str:
        _show_code(form)
        codes = factor.new_recovery_codes(current_session(), myself(), actor=current_actor())
        return page("recovery_codes.html", codes=codes)

    return _with_code(form, do)


@bp.post("/me/sessions/<token_id>/end")
def end_my_session(token_id: str) -> Response:
    db = current_session()
    tokens.revoke_token(db, tokens.token_named(db, token_id), actor=current_actor())
    flash(say(_("The session has ended.")))
    return redirect(url_for("console.me"), code=303)


@bp.post("/me/sessions/end-others")
def end_my_other_sessions() -> Response:
    count = tokens.revoke_sessions(current_session(), myself(), actor=current_actor())
    flash(say(_("{count} other sessions have ended."), count=count))
    return redirect(url_for("console.me"), code=303)


@bp.get("/me/tokens")
def my_tokens() -> str:
    return page("tokens.html", form=_token_form(), tokens=_tokens())


@bp.post("/me/tokens")
def make_my_token() -> Response:
    """Make a token for a program, and show it, this once."""
    form = _token_form()

    def do() -> str:
        services.require_signed_in(current_actor())
        ends = end_of(form.until.data)
        given = parsed(ProgramTokenIn, form, expires_at=ends)
        text, made = tokens.make_token(
            current_session(),
            user=myself(),
            label=given.label,
            only=given.only,
            expires_at=given.expires_at,
            actor=current_actor(),
        )
        return page("token.html", text=text, about=shown_token(made))

    return answered("tokens.html", form, do, tokens=_tokens())


@bp.post("/me/tokens/<token_id>/end")
def end_my_token(token_id: str) -> Response:
    db = current_session()
    tokens.revoke_token(db, tokens.token_named(db, token_id), actor=current_actor())
    flash(say(_("The token does not work any more.")))
    return redirect(url_for("console.my_tokens"), code=303)


def same_twice(form: PasswordForm | NewPasswordForm) -> None:
    """Refuse a password that was not typed the same way twice: nobody could sign in with it."""
    if form.password.data != form.again.data:
        mark(form, "again", say(_("This is not the same as above.")))
        raise FormNotRight


def end_of(day: date | None) -> datetime | None:
    """Return the moment at which a day of the server's place is over."""
    return datetime.combine(day + timedelta(days=1), time()).astimezone() if day else None


def _first() -> bool:
    return what_comes_first(current_session(), myself()) is not None


def _show_code(form: CodeForm) -> None:
    services.require_signed_in(current_actor())
    given = parsed(CodeIn, form).code.get_secret_value()
    factor.check(current_session(), tools().keyring, myself(), given)


def _with_code(form: CodeForm, do: Callable[[], Response | str]) -> Response:
    mine = myself()
    left = factor.codes_left(current_session(), mine)
    return answered("second_factor.html", form, do, user=mine, codes_left=left, first=_first())


def _token_form() -> TokenForm:
    form = TokenForm()
    form.only.choices = [(each, each) for each in Permission if current_actor().may(each)]
    return form


def _tokens() -> list[ProgramTokenOut]:
    found = tokens.tokens_of(current_session(), myself(), sessions=False, actor=current_actor())
    return [shown_token(token) for token in found]
