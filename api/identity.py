"""Who is asking, settled before anything else is looked at: closed unless it is said to be open.

The order is identity, permission, size, validation, verb; a stranger therefore learns nothing, not
even whether an address exists, and a role that may not ask learns nothing about what is there.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from apiflask import APIFlask
from flask import current_app, g, request, session

from api.doors import by_a_program
from api.house import house
from api.transaction import short_look
from fleet.access.actor import Actor
from fleet.access.errors import NotAllowed, SomethingFirst, TokenNotKnown
from fleet.access.models import Token
from fleet.access.queries import actor_of, token_of
from fleet.access.tokens import note_use, use_is_due
from fleet.contracts.permissions import Permission
from fleet.database import DatabaseBusy, in_passing

OPEN_TO_ALL: Final = frozenset(
    {
        "access.login",
        "bootstrap.static",
        "console.check_paper",
        "console.code",
        "console.give_code",
        "console.login",
        "console.sign_in",
        "console.speak",
        "console.static",
        "openapi.spec",
        "ready.authority",
        "ready.ready",
        "station.enrol",
    }
)
# What somebody known may ask whatever his role.
OPEN_TO_EVERYBODY_KNOWN: Final = frozenset(
    {
        "access.logout",
        "access.whoami",
        "cases.list_tasks",
        "cases.tasks_today",
        "console.begin_second_factor",
        "console.change_password",
        "console.confirm_second_factor",
        "console.end_my_other_sessions",
        "console.end_my_session",
        "console.end_my_token",
        "console.first",
        "console.go_on",
        "console.logout",
        "console.make_my_token",
        "console.me",
        "console.my_tokens",
        "console.new_recovery_codes",
        "console.password",
        "console.remove_second_factor",
        "console.remove_view",
        "console.save_view",
        "console.search",
        "console.second_factor",
        "console.tasks_page",
        "console.share_view",
        "console.today",
        "console.view",
        "console.views",
        "me.begin_second_factor",
        "me.change_password",
        "me.confirm_second_factor",
        "me.show_my_sessions",
        "me.show_my_tokens",
        "me.make_my_token",
        "me.new_recovery_codes",
        "me.remove_second_factor",
        "me.revoke_my_session",
        "me.revoke_my_token",
        "search.list_views",
        "search.remove_view",
        "search.save_view",
        "search.search",  # each kind asks what its list asks
        "search.share_view",
        "search.show_view",
    }
)

COOKIE_TOKEN: Final = "token"  # noqa: S105 — where the console's cookie keeps it

_ASKS = "asks_permission"
_SCOPED = "asks_within_reach"

View = TypeVar("View", bound=Callable[..., Any])


def asks(permission: Permission, *, scoped: bool = False) -> Callable[[View], View]:
    """Mark a route with the permission that its verb or finder needs.

    `scoped`: the verb or finder keeps to the actor's reach by itself. Any other route is closed to
    whoever's permission ends at a department or at what he holds himself.
    """

    def mark(view: View) -> View:
        setattr(view, _ASKS, permission)
        setattr(view, _SCOPED, scoped)
        return view

    return mark


def permission_of(app: APIFlask, endpoint: str) -> Permission | None:
    return getattr(app.view_functions[endpoint], _ASKS, None)


def is_scoped(app: APIFlask, endpoint: str) -> bool:
    return getattr(app.view_functions[endpoint], _SCOPED, False)


def current_actor() -> Actor:
    return g.actor  # type: ignore[no-any-return]


def register(app: APIFlask) -> None:
    app.before_request(_know_who_asks)


def refuse_unguarded(app: APIFlask) -> None:
    """Stop the start of a server in which a route forgot to say who may ask it."""
    guarded = OPEN_TO_ALL | OPEN_TO_EVERYBODY_KNOWN
    for endpoint in app.view_functions.keys() - guarded:
        if permission_of(app, endpoint) is None:
            raise RuntimeError(f"the route {endpoint} does not say who may ask it")


def _know_who_asks() -> None:
    if request.endpoint in OPEN_TO_ALL:
        return
    with short_look() as session:
        token = token_of(session, _token())
        g.actor = actor_of(token, source_address=request.remote_addr, request_id=g.request_id)
    _require_may_ask(g.actor, request.endpoint)
    if use_is_due(token):
        _note_use(token)


def _note_use(token: Token) -> None:
    """Note it in passing: a request that only reads waits for nobody who writes."""
    with suppress(DatabaseBusy), house().sessions.begin() as noting:
        note_use(in_passing(noting), token.id)


def may_ask(endpoint: str) -> bool:
    """Tell whether whoever asks now may ask this too, so that no page offers what it refuses."""
    try:
        _require_may_ask(current_actor(), endpoint)
    except (NotAllowed, SomethingFirst):
        return False
    return True


def _require_may_ask(actor: Actor, endpoint: str | None) -> None:
    """Refuse here as well, although every verb asks by itself: a door is closed on both sides."""
    if endpoint is None or endpoint in OPEN_TO_EVERYBODY_KNOWN:
        return
    permission = permission_of(current_app, endpoint)  # type: ignore[arg-type]
    if permission is None:
        return
    if actor.signed_in and actor.only is not None:
        raise SomethingFirst
    if is_scoped(current_app, endpoint):  # type: ignore[arg-type]
        actor.reach(permission)
    else:
        actor.require(permission)


def _token() -> str:
    """Return what was shown: a program never shows a cookie, and a browser never a bearer."""
    return _bearer() if by_a_program() else _of_the_cookie()


def _of_the_cookie() -> str:
    if COOKIE_TOKEN not in session:
        raise TokenNotKnown
    return str(session[COOKIE_TOKEN])


def _bearer() -> str:
    # Read here: the framework's own reader stumbles over other schemes with odd bytes behind them.
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenNotKnown
    return token.strip()
