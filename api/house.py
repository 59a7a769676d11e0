"""What a running server has: one engine and pool per process, one session per request."""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from fleet.settings import Settings

EXTENSION = "workfleet"


@dataclass(frozen=True)
class House:
    settings: Settings
    sessions: sessionmaker[Session]


def house() -> House:
    """Return the house of the application that answers this request."""
    return current_app.extensions[EXTENSION]  # type: ignore[no-any-return]
