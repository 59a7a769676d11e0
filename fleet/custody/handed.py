"""What went out beside phones, over all of them: what is still out, and what is missing."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, contains_eager

from fleet.access.actor import Actor
from fleet.contracts.accessories import HandedOut, HandedQuery, Whereabouts
from fleet.contracts.permissions import Permission
from fleet.custody.accessories import shown_accessory
from fleet.custody.accessory_words import names_of
from fleet.custody.models import Accessory, Holding
from fleet.custody.queries import ref
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.people.queries import people_within

SORTS: Final = {
    "issued_at": Holding.issued_at,
    "tag": Device.tag,
    "word": Accessory.word,
    "back_at": Accessory.back_at,
}
_WHERE: Final = {
    Whereabouts.WITH_HOLDER: Accessory.count > Accessory.back + Accessory.missing,
    Whereabouts.CAME_BACK: Accessory.back > 0,
    Whereabouts.MISSING: Accessory.missing > 0,
}


def handed_out(
    session: Session, query: HandedQuery, *, actor: Actor
) -> tuple[list[HandedOut], str | None]:
    """Return one page of what people within the actor's reach were handed, the newest first."""
    within = people_within(actor.reach(Permission.CUSTODY_READ))
    statement = (
        select(Accessory)
        .join(Accessory.holding)
        .join(Holding.employee)
        .join(Holding.device)
        .options(
            contains_eager(Accessory.holding).contains_eager(Holding.employee),
            contains_eager(Accessory.holding).contains_eager(Holding.device),
        )
        .where(within, *_asked(query))
    )
    rows, mark = page(
        session, statement, query, sorts=SORTS, default="-issued_at", key=Accessory.id
    )
    names = names_of(session)
    return [_shown(row, names) for row in rows], mark


def _asked(query: HandedQuery) -> Iterator[ColumnElement[bool]]:
    yield containing(query.q, Device.tag, Employee.number, Employee.name, Accessory.word)
    for column, wanted in (
        (Device.tag, query.device),
        (Employee.number, query.holder),
        (Accessory.word, query.word),
    ):
        if wanted:
            yield column == wanted
    if query.where:
        yield _WHERE[query.where]


def _shown(row: Accessory, names: dict[str, str]) -> HandedOut:
    holding = row.holding
    return HandedOut(
        **dict(shown_accessory(row, names)),
        device=row.tag,
        holder=ref(holding.employee),
        issued_at=holding.issued_at,
        returned_at=holding.returned_at,
    )
