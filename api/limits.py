"""Floods are stopped at the door: so many sign-ins, enrolments, disclosures, and no more.

Counted in the database, in transactions of their own, so that all server processes count together
and a refusal undoes nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from apiflask import APIFlask
from flask import request
from flask_limiter import Limiter
from limits.storage import Storage
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from api.house import EXTENSION, House
from api.identity import current_actor
from fleet.database import reading
from fleet.limits import services

SCHEME: Final = "workfleet"


class Counters(Storage):
    """What Flask-Limiter needs of a storage, over the tables of the house."""

    STORAGE_SCHEME = [SCHEME]

    def __init__(
        self, uri: str | None = None, *, sessions: sessionmaker[Session], **options: Any
    ) -> None:
        super().__init__(uri, **options)
        self._sessions = sessions

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        with self._sessions.begin() as session:
            return services.count(session, key, seconds=expiry, amount=amount)

    def get(self, key: str) -> int:
        return self._counted(key)[0]

    def get_expiry(self, key: str) -> float:
        return self._counted(key)[1].timestamp()

    def check(self) -> bool:
        self._counted("")
        return True

    def _counted(self, key: str) -> tuple[int, datetime]:
        """Only read: the request's own session may hold SQLite's write lock at this moment."""
        with self._sessions() as session:
            return services.counted(reading(session), key)

    def reset(self) -> int | None:
        with self._sessions.begin() as session:
            return services.forget(session)

    def clear(self, key: str) -> None:
        with self._sessions.begin() as session:
            services.forget(session, key)


def register(app: APIFlask) -> None:
    """Limit the routes that a flood would be aimed at; call it when all routes are there."""
    house: House = app.extensions[EXTENSION]
    settings = house.settings
    limiter = Limiter(
        key_func=_address,
        app=app,
        storage_uri=f"{SCHEME}://",
        storage_options={"sessions": house.sessions},  # type: ignore[dict-item]
        strategy="fixed-window",
        headers_enabled=True,
    )
    for endpoint in SIGNING_IN:
        _limit(app, limiter, endpoint, f"{settings.logins_per_minute} per minute", _address)
    most = f"{settings.enrolments_per_minute} per minute"
    _limit(app, limiter, "station.enrol", most, _address)
    most = f"{settings.checks_per_minute} per minute"
    _limit(app, limiter, "console.check_paper", most, _address)
    for endpoint in DISCLOSING:
        _limit(app, limiter, endpoint, f"{settings.disclosures_per_hour} per hour", _person)


# By whichever door: each list is counted together.
SIGNING_IN: Final = ("access.login", "console.sign_in", "console.give_code")
DISCLOSING: Final = (
    "console.ask_disclosure",
    "console.hand_over",
    "console.print_slip",
    "console.view_disclosure",
    "credentials.disclose_device_pin",
    "credentials.disclose_account_password",
    "credentials.disclose_sim_code",
    "credentials.view_disclosure",
    "requests.hand_over_value",
    "rotations.attend",
)


def _limit(
    app: APIFlask, limiter: Limiter, endpoint: str, most: str, whose: Callable[[], str]
) -> None:
    limited = limiter.shared_limit(most, scope=_scope(endpoint), key_func=whose)
    app.view_functions[endpoint] = limited(app.view_functions[endpoint])  # type: ignore[assignment]


def _scope(endpoint: str) -> str:
    lists = {"disclosure": DISCLOSING, "access.login": SIGNING_IN}
    return next((name for name, list_ in lists.items() if endpoint in list_), endpoint)


def _address() -> str:
    return request.remote_addr or "unknown"


def _person() -> str:
    return str(current_actor().id)
