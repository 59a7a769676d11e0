"""What is refused of what is told about a time."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Invalid


@dataclass(eq=False)
class DayToCome(Invalid):
    day: str
    code = "day_to_come"
    message = _("{day} is still to come: who could read it then, nobody knows.")
    advice = _("Name today, or a day before it.")
