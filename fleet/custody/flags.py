"""What is to be known of a person before a thing is handed over, as rooms further down know it."""

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from fleet.people.models import Employee

# Filled by `fleet.wiring`.
FLAGS: Final[list[Callable[[Session, Employee], list[str]]]] = []


def flags_of(session: Session, employee: Employee) -> list[str]:
    return [text for flags in FLAGS for text in flags(session, employee)]
