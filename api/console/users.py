"""Users: who may work with the product, what they may, and who decided it."""

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.console.blueprint import bp
from api.console.forms import (
    GrantForm,
    NewPasswordForm,
    NothingForm,
    ReasonForm,
    answered,
    parsed,
    queried,
)
from api.console.me import end_of, same_twice
from api.console.surroundings import page
from api.identity import asks, current_actor, may_ask
from api.shown import shown_grants, shown_session, shown_user, shown_users
from api.transaction import current_session
from fleet.access import granting, queries, services, tokens
from fleet.access.models import RoleGrant, User
from fleet.contracts.access import (
    GrantIn,
    GrantOut,
    NewPasswordIn,
    RevokeIn,
    Role,
    SessionOut,
    UserQuery,
)
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.people.queries import department


@bp.get("/users")
@asks(Permission.USERS_READ)
def users() -> str:
    query = queried(UserQuery, request.args)
    db = current_session()
    rows, mark = queries.users(db, query, actor=current_actor())
    return page("users.html", items=shown_users(db, rows), next=mark, query=query, roles=list(Role))


@bp.get("/users/<username>")
@asks(Permission.USERS_READ)
def user(username: str) -> str:
    """Show a user: his roles, who granted them and why, and where he is signed in."""
    db = current_session()
    found = queries.user_named(db, username)
    return page(
        "user.html",
        user=shown_user(db, found),
        must_change=found.must_change,
        grants=_grants(db, found),
        sessions=_sessions(db, found),
        itself=found.id == current_actor().id,
        form=NothingForm(),
    )


@bp.get("/users/<username>/grant")
@asks(Permission.GRANTS_WRITE)
def new_grant(username: str) -> str:
    return page("grant.html", form=GrantForm(), user=_user(username))


@bp.post("/users/<username>/grant")
@asks(Permission.GRANTS_WRITE)
def grant(username: str) -> Response:
    """Say what the grant will mean, and grant it once that was read."""
    form, found = GrantForm(), _user(username)

    def do() -> Response | str:
        given = parsed(GrantIn, form, expires_at=end_of(form.until.data))
        if not form.sure.data:
            return page("grant_sure.html", form=form, user=found, given=given)
        _granted(found, given)
        role = label(given.role)
        flash(say(_("{name} holds the role {role} now."), name=found.name, role=role))
        return redirect(url_for("console.user", username=username), code=303)

    return answered("grant.html", form, do, user=found)


@bp.get("/grants/<grant_id>/withdraw")
@asks(Permission.GRANTS_WRITE)
def ask_withdraw(grant_id: str) -> str:
    return page("confirm.html", form=ReasonForm(), **_of_withdrawing(_grant(grant_id)))


@bp.post("/grants/<grant_id>/withdraw")
@asks(Permission.GRANTS_WRITE)
def withdraw_grant(grant_id: str) -> Response:
    """Take a role back; it ends with this request."""
    form, found = ReasonForm(), _grant(grant_id)

    def do() -> Response:
        reason = parsed(RevokeIn, form).reason
        granting.withdraw_role(current_session(), found, reason=reason, actor=current_actor())
        flash(say(_("The role is withdrawn.")))
        return redirect(url_for("console.user", username=found.user.username), code=303)

    return answered("confirm.html", form, do, **_of_withdrawing(found))


@bp.get("/users/<username>/password")
@asks(Permission.USERS_WRITE)
def new_password(username: str) -> str:
    return page("new_password.html", form=NewPasswordForm(), user=_user(username))


@bp.post("/users/<username>/password")
@asks(Permission.USERS_WRITE)
def set_password(username: str) -> Response:
    """Give a user another password, which he has to change when he signs in."""
    form, found = NewPasswordForm(), _user(username)

    def do() -> Response:
        given = parsed(NewPasswordIn, form).password.get_secret_value()
        same_twice(form)
        services.set_password(current_session(), found, password=given, actor=current_actor())
        flash(say(_("{name} has another password, to be changed at once."), name=found.name))
        return redirect(url_for("console.user", username=username), code=303)

    return answered("new_password.html", form, do, user=found)


@bp.post("/users/<username>/sessions/<token_id>/end")
@asks(Permission.SESSIONS_REVOKE)
def end_session(username: str, token_id: str) -> Response:
    """End one session of a user."""
    db = current_session()
    tokens.revoke_token(db, tokens.token_named(db, token_id), actor=current_actor())
    flash(say(_("The session has ended.")))
    return redirect(url_for("console.user", username=username), code=303)


def _user(username: str) -> User:
    return queries.user_named(current_session(), username)


def _grant(grant_id: str) -> RoleGrant:
    return queries.grant_of(current_session(), grant_id)


def _granted(user: User, given: GrantIn) -> None:
    db = current_session()
    place = department(db, given.department) if given.department else None
    granting.grant_role(
        db,
        user,
        given.role,
        reason=given.reason,
        department_id=place.id if place else None,
        expires_at=given.expires_at,
        actor=current_actor(),
    )


def _grants(db: Session, user: User) -> list[GrantOut]:
    """Return every grant there ever was, the newest first, to who may see them."""
    return shown_grants(db, user.grants[::-1]) if may_ask("users.show_grants") else []


def _sessions(db: Session, user: User) -> list[SessionOut]:
    if not may_ask("tokens.show_sessions"):
        return []
    actor = current_actor()
    found = tokens.tokens_of(db, user, sessions=True, actor=actor)
    return [shown_session(token, actor) for token in found]


def _of_withdrawing(grant: RoleGrant) -> dict[str, object]:
    blanks = {"name": grant.user.name, "role": label(grant.role)}
    return {
        "title": say(_("Withdraw the role {role} from {name}?"), **blanks),
        "tells": [
            say(
                _("From the next click on, {name} may not do any more what only {role} may."),
                **blanks,
            ),
            say(_("The grant stays on record, with who withdrew it and why.")),
        ],
        "button": say(_("Withdraw")),
        "back": url_for("console.user", username=grant.user.username),
    }
