"""Where each thing has its page; nothing where whoever looks may not see it."""

from collections.abc import Mapping
from typing import Final

from flask import url_for

from api.identity import current_actor, may_ask
from fleet.contracts.cases import TaskKind
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import EmployeeRef

OF_THE_GATE: Final = "WV-"  # numbers of waivers; a step of a case is waived on the case's page
TASKS: Final[Mapping[TaskKind, str]] = {
    TaskKind.STEP: "console.case",
    TaskKind.WAIVER: "console.case",
    TaskKind.REQUEST: "console.request",
    TaskKind.OPENING: "console.opening",
    TaskKind.STOCKTAKE: "console.stocktake",
}


def phone(tag: str | None) -> str | None:
    return _page("console.phone", tag=tag)


def sim(number: str | None) -> str | None:
    """Return the page of a SIM by its number, or by that of its card."""
    return _page("console.sim", number=number)


def account(handle: str | None, kind: str | None = None) -> str | None:
    """Return the page of an account; two kinds may share a handle, so the kind is better said."""
    said = f"{kind}:{handle}" if handle and kind else handle
    return _page("console.account", handle=said)


def employee(number: str | None) -> str | None:
    return _page("console.employee", number=number)


def person(one: EmployeeRef | None) -> str | None:
    return employee(one.number) if one else None


def department(code: str | None) -> str | None:
    """Return the page of a department; whose reach ends has it from the list of his own."""
    actor, reads = current_actor(), Permission.PEOPLE_READ
    everywhere = actor.may(reads) and actor.reach(reads).everything
    return _page("console.department", code=code) if everywhere else None


def waiver(number: str | None) -> str | None:
    """Return the page of a waiver at the gate; a case may name a person in its place."""
    return (
        _page("console.waiver", number=number) if (number or "").startswith(OF_THE_GATE) else None
    )


def task(kind: TaskKind, number: str) -> str | None:
    """Return the page of what a task is about."""
    if kind is TaskKind.WAIVER and number.startswith(OF_THE_GATE):
        return waiver(number)
    return _page(TASKS[kind], number=number) if kind in TASKS else None


def station(name: str | None) -> str | None:
    return _page("console.station_ports", station=name)


def _page(endpoint: str, **named: str | None) -> str | None:
    if None in named.values() or not may_ask(endpoint):
        return None
    return url_for(endpoint, **named)  # type: ignore[arg-type]
