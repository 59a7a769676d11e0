"""What can be decided over a user, each with a page that says what will happen before it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.console.blueprint import bp
from api.console.forms import Form, NothingForm, ReasonForm, answered, parsed
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.access import second_factor, services, tokens
from fleet.access.actor import Actor
from fleet.access.models import User
from fleet.access.queries import user_named
from fleet.contracts.access import RevokeIn
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say

# Does what was decided; the reason is empty where none is asked for.
Do = Callable[[Session, User, str, Actor], object]


@dataclass(frozen=True)
class Decision:
    """`name` is its address and, with the user's name, its route; `tells` is what will happen."""

    name: str
    permission: Permission
    title: str
    tells: tuple[str, ...]
    button: str
    done: str
    do: Do
    asks_why: bool = True

    @property
    def endpoint(self) -> str:
        return self.name.replace("-", "_")


def _shut_out(db: Session, user: User, reason: str, actor: Actor) -> None:
    services.shut_out(db, user, reason=reason, actor=actor)


def _let_in(db: Session, user: User, reason: str, actor: Actor) -> None:
    services.let_in_again(db, user, reason=reason, actor=actor)


def _unlock(db: Session, user: User, _reason: str, actor: Actor) -> None:
    services.unlock(db, user, actor=actor)


def _end_sessions(db: Session, user: User, _reason: str, actor: Actor) -> None:
    tokens.revoke_sessions(db, user, actor=actor)


def _take_second_factor(db: Session, user: User, reason: str, actor: Actor) -> None:
    second_factor.remove(db, user, reason=reason, actor=actor)


def _acknowledge(db: Session, user: User, reason: str, actor: Actor) -> None:
    services.acknowledge_alarm(db, user, reason=reason, actor=actor)


DECISIONS: Final = (
    Decision(
        "shut-out",
        Permission.USERS_WRITE,
        _("Shut {name} ({username}) out?"),
        (
            _("Every session and every token of {name} stops working at once."),
            _("The roles stay on record; letting in again gives them back."),
        ),
        _("Shut out"),
        _("{name} is shut out."),
        _shut_out,
    ),
    Decision(
        "let-in",
        Permission.USERS_WRITE,
        _("Let {name} ({username}) in again?"),
        (
            _("{name} can sign in again, with the roles that have not ended meanwhile."),
            _("Tokens of programs that have not ended work again as well."),
        ),
        _("Let in again"),
        _("{name} is let in again."),
        _let_in,
    ),
    Decision(
        "unlock",
        Permission.USERS_WRITE,
        _("Forget the wrong passwords under {username}?"),
        (_("{name} need not wait any more and can sign in at once."),),
        _("Forget them"),
        _("{name} need not wait any more."),
        _unlock,
        asks_why=False,
    ),
    Decision(
        "end-sessions",
        Permission.SESSIONS_REVOKE,
        _("End all sessions of {name} ({username})?"),
        (
            _("{name} is signed out everywhere at once, and can sign in again."),
            _("Tokens of programs go on working; shutting out ends them too."),
        ),
        _("End sessions"),
        _("{name} is signed out everywhere."),
        _end_sessions,
        asks_why=False,
    ),
    Decision(
        "take-second-factor",
        Permission.USERS_WRITE,
        _("Remove the second factor of {name} ({username})?"),
        (
            _("The password alone lets {name} in from now on, until a new one is set up."),
            _("Make sure first that it is {name} who asks you for this."),
        ),
        _("Remove"),
        _("The second factor of {name} is removed."),
        _take_second_factor,
    ),
    Decision(
        "acknowledge",
        Permission.GRANTS_WRITE,
        _("Acknowledge the use of {username}?"),
        (
            _("The alarm goes from the first page of everybody."),
            _("What was done with the account stays in the audit trail: read it first."),
        ),
        _("Acknowledge"),
        _("The use of {username} is acknowledged."),
        _acknowledge,
    ),
)


def _add(decision: Decision) -> None:
    """Add the page that asks, and what it does when it is sent."""

    def ask(username: str) -> str:
        return page("confirm.html", form=_form(decision), **_about(decision, _user(username)))

    def do(username: str) -> Response:
        return _decided(decision, _user(username))

    address = f"/users/<username>/{decision.name}"
    guarded = asks(decision.permission)
    bp.add_url_rule(address, f"ask_{decision.endpoint}", guarded(ask), methods=["GET"])
    bp.add_url_rule(address, decision.endpoint, guarded(do), methods=["POST"])


def _decided(decision: Decision, user: User) -> Response:
    form = _form(decision)

    def do() -> Response:
        reason = parsed(RevokeIn, form).reason if decision.asks_why else ""
        decision.do(current_session(), user, reason, current_actor())
        flash(say(decision.done, **_blanks(user)))
        return redirect(url_for("console.user", username=user.username), code=303)

    return answered("confirm.html", form, do, **_about(decision, user))


def _form(decision: Decision) -> Form:
    return ReasonForm() if decision.asks_why else NothingForm()


def _user(username: str) -> User:
    return user_named(current_session(), username)


def _about(decision: Decision, user: User) -> dict[str, object]:
    blanks = _blanks(user)
    return {
        "title": say(decision.title, **blanks),
        "tells": [say(each, **blanks) for each in decision.tells],
        "button": say(decision.button),
        "back": url_for("console.user", username=user.username),
    }


def _blanks(user: User) -> dict[str, str]:
    return {"name": user.name, "username": user.username}


for _each in DECISIONS:
    _add(_each)
