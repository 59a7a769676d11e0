"""Signing in: a password, then a code where there is one; and what has to come first."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import g, redirect, request, session, url_for
from pydantic import SecretStr
from werkzeug.wrappers import Response

from api import attempts
from api.console.addresses import own
from api.console.blueprint import bp
from api.console.forms import CodeForm, LoginForm, NothingForm, answered, parsed
from api.console.surroundings import page
from api.doors import by_a_program
from api.house import tools
from api.identity import COOKIE_TOKEN, OPEN_TO_ALL, current_actor
from api.language import LANGUAGE_COOKIE
from api.transaction import current_session
from fleet.access import signing_in
from fleet.access.errors import LoginRefused, SecondFactorNeeded, SomethingFirst
from fleet.access.models import User
from fleet.access.signing_in import SignedIn
from fleet.contracts.access import CodeIn, FirstThing, LoginIn
from fleet.contracts.addresses import is_loopback
from fleet.contracts.clock import now
from fleet.contracts.words import LANGUAGES, _
from fleet.errors import Forbidden

HALFWAY: Final = "halfway"
HALFWAY_LASTS: Final = timedelta(minutes=5)
YEAR: Final = timedelta(days=365)
# What may be done in a session in which something has to be done first.
FIRST: Final = frozenset(
    {
        "console.begin_second_factor",
        "console.change_password",
        "console.confirm_second_factor",
        "console.first",
        "console.go_on",
        "console.logout",
        "console.password",
        "console.second_factor",
    }
)


class PlainHttp(Forbidden):
    code = "plain_http"
    message = _("Nobody signs in here over plain HTTP: others could listen.")
    advice = _("Open the address with https; a proxy that speaks TLS belongs in trusted_proxies.")


class CodeTooLate(LoginRefused):
    code = "code_too_late"
    message = _("The password was typed too long ago.")
    advice = _("Sign in from the beginning.")


@bp.get("/login")
def login() -> str | Response:
    if COOKIE_TOKEN in session:
        return redirect(own(request.args.get("next")))
    form = LoginForm(next=own(request.args.get("next")))
    return page("login.html", form=form, ended="ended" in request.args)


@bp.post("/login")
def sign_in() -> Response:
    """Let somebody in who knows his password, or ask for the code of his second factor."""
    form = LoginForm()

    def do() -> Response:
        refuse_plain_http()
        given = parsed(LoginIn, form)
        attempts.count(given.username)
        try:
            arrived = attempts.came()
            signed = signing_in.sign_in(current_session(), tools().keyring, given, arrived)
        except SecondFactorNeeded:
            return _halfway(given.username, own(form.next.data))
        return _enter(signed, own(form.next.data))

    return answered("login.html", form, do)


@bp.get("/login/code")
def code() -> str | Response:
    if HALFWAY not in session:
        return redirect(url_for("console.login"))
    return page("code.html", form=CodeForm())


@bp.post("/login/code")
def give_code() -> Response:
    form = CodeForm()

    def do() -> Response:
        passed = _passed()
        given = parsed(CodeIn, form).code
        attempts.count(passed["username"])
        return _enter(_signed_in(passed, given), own(passed["next"]))

    return answered("code.html", form, do)


@bp.post("/logout")
def logout() -> Response:
    """End the session for good: the cookie would be worth nothing if somebody had kept it."""
    signing_in.sign_out(current_session(), actor=current_actor())
    session.clear()
    return redirect(url_for("console.login"), code=303)


@bp.get("/first")
def first() -> str | Response:
    """Show the way to what has to be done before anything else."""
    mine = current_session().get_one(User, current_actor().id)
    what = signing_in.what_comes_first(current_session(), mine)
    if what is None:
        return page("go_on.html", form=NothingForm())
    pages = {
        FirstThing.PASSWORD: "console.password",
        FirstThing.SECOND_FACTOR: "console.second_factor",
    }
    return redirect(url_for(pages[what]))


@bp.post("/first")
def go_on() -> Response:
    """Widen the session, where nothing is left to be done first."""
    db, actor = current_session(), current_actor()
    signing_in.done_first(db, db.get_one(User, actor.id), actor=actor)
    return redirect(url_for("console.today"), code=303)


@bp.post("/language")
def speak() -> Response:
    """Show the pages in another language from now on."""
    chosen = request.form.get("language", "")
    answer = redirect(own(request.form.get("next")), code=303)
    if chosen in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=YEAR,
            secure=request.is_secure,
            httponly=True,
            samesite="Strict",
        )
    return answer


def refuse_before_first_things() -> None:
    """Keep a session to what has to be done first, whatever page is asked for."""
    if by_a_program() or request.endpoint in OPEN_TO_ALL | FIRST:
        return
    if "actor" in g and g.actor.only is not None:
        raise SomethingFirst


def refuse_plain_http() -> None:
    """Take no password over a wire that others can listen to; this machine alone needs no TLS."""
    if not request.is_secure and not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
        raise PlainHttp


def _halfway(username: str, going_on: str) -> Response:
    """Note in the cookie that the password was right; it is worth nothing without the code."""
    proof = signing_in.proof_of_password(current_session(), username)
    session.clear()
    session[HALFWAY] = {
        "username": username,
        "proof": proof,
        "next": going_on,
        "at": now().timestamp(),
    }
    return redirect(url_for("console.code"), code=303)


def _passed() -> dict[str, str]:
    passed = session.get(HALFWAY)
    if passed is None or now().timestamp() - passed["at"] > HALFWAY_LASTS.total_seconds():
        session.pop(HALFWAY, None)
        raise CodeTooLate
    return passed  # type: ignore[no-any-return]


def _signed_in(passed: dict[str, str], given: SecretStr) -> SignedIn:
    return signing_in.sign_in_by_code(
        current_session(),
        tools().keyring,
        passed["username"],
        passed["proof"],
        given,
        attempts.came(),
    )


def _enter(signed: SignedIn, going_on: str) -> Response:
    """Begin with an empty cookie: nothing that was in it before speaks for the one who came."""
    session.clear()
    session[COOKIE_TOKEN] = signed.text
    return redirect(url_for("console.first") if signed.first else going_on, code=303)
