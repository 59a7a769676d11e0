"""The search box of every page, and what it finds."""

from collections.abc import Mapping
from typing import Any, Final

from flask import request, url_for

from api.console.blueprint import bp
from api.console.forms import queried
from api.console.listing import COLOURS
from api.console.surroundings import page
from api.identity import current_actor, may_ask
from api.transaction import current_session
from fleet.contracts.search import FoundKind, HitOut, SearchOut, SearchQuery, kind_word
from fleet.finder.queries import search as found

# Where each kind has a page of its own: the page, and what its address calls the name.
PAGES: Final[Mapping[FoundKind, tuple[str, str]]] = {
    FoundKind.DEVICE: ("console.phone", "tag"),
    FoundKind.EMPLOYEE: ("console.employee", "number"),
    FoundKind.SIM: ("console.sim", "number"),
    FoundKind.ACCOUNT: ("console.account", "handle"),
    FoundKind.CASE: ("console.case", "number"),
    FoundKind.PARTNER: ("console.partner", "name"),
    FoundKind.DEPARTMENT: ("console.department", "code"),
    FoundKind.STATION: ("console.station_ports", "station"),
    FoundKind.REQUEST: ("console.change_request", "number"),
    FoundKind.INCIDENT: ("console.incident", "number"),
    FoundKind.FINDING: ("console.finding", "number"),
    FoundKind.BACKUP: ("console.backup", "reference"),
    FoundKind.APPLICATION: ("console.application", "number"),
    FoundKind.PAPER: ("console.paper", "number"),
    FoundKind.STOCKTAKE: ("console.stocktake", "number"),
    FoundKind.REMEDY: ("console.remedy", "number"),
    FoundKind.VIOLATION: ("console.violation", "number"),
    FoundKind.OPENING: ("console.opening", "number"),
}


@bp.get("/search")
def search() -> str:
    """Show what is found; without a word in the box, the box alone."""
    query = queried(SearchQuery, request.args) if request.args.get("q", "").strip() else None
    nothing = SearchOut(items=[], more=False, filling=False)
    answer = found(current_session(), query, actor=current_actor()) if query else nothing
    return page(
        "search.html",
        answer=answer,
        query=query,
        kinds=[(kind.value, kind_word(kind)) for kind in FoundKind],
        kind_word=kind_word,
        address=_address,
        colours=COLOURS,
    )


def _address(hit: HitOut) -> str | None:
    endpoint, name = PAGES.get(hit.kind, ("", ""))
    if not endpoint or not may_ask(endpoint):
        return None
    values: dict[str, Any] = {name: hit.name}
    return url_for(endpoint, **values)
