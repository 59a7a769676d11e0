"""Attempts to sign in, by whichever door: counted before they are judged."""

from flask import request

from api.house import house
from fleet.access import signing_in
from fleet.access.guard import count_attempt
from fleet.access.signing_in import Came


def count(username: str) -> None:
    """Count an attempt in a transaction of its own: a refusal must not undo it."""
    with house().sessions.begin() as counting:
        if not signing_in.is_break_glass(counting, username):
            count_attempt(counting, username)


def came() -> Came:
    """Return from where this request comes, and with what."""
    return Came(source_address=request.remote_addr, agent=request.user_agent.string)
