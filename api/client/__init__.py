"""The typed client of the API: one method per route, contracts in, contracts out.

Used by the station and the command line; it needs httpx and pydantic and nothing of the server.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from api.client.access import Access
from api.client.applications import Applications
from api.client.backups import Backups
from api.client.bin import Bin
from api.client.cases import Cases
from api.client.compliance import Compliance
from api.client.custody import Custody
from api.client.directory import Directory
from api.client.escrow import Escrow
from api.client.incidents import Incidents
from api.client.keeping import Keeping
from api.client.naming import Naming
from api.client.papers import Papers
from api.client.people import People
from api.client.photos import Photos
from api.client.plans import Plans
from api.client.refusals import AnswerUnreadable, Refused, ServerAddressWrong, ServerUnreachable
from api.client.registers import Registers
from api.client.remedies import Remedies
from api.client.requests import Requests
from api.client.restores import Restores
from api.client.search import Search
from api.client.secrets import Secrets
from api.client.stations import Stations
from api.client.stocktakes import Stocktakes
from api.client.things import Things
from api.client.trail import Trail
from api.client.transport import fetched_authority
from fleet.contracts.wire import ListQuery, Page

__all__ = [
    "AnswerUnreadable",
    "Client",
    "Refused",
    "ServerAddressWrong",
    "ServerUnreachable",
    "every",
    "fetched_authority",
]

Item = TypeVar("Item")
Query = TypeVar("Query", bound=ListQuery)


class Client(
    Access,
    People,
    Directory,
    Naming,
    Things,
    Bin,
    Registers,
    Cases,
    Search,
    Custody,
    Applications,
    Secrets,
    Incidents,
    Compliance,
    Remedies,
    Requests,
    Backups,
    Keeping,
    Escrow,
    Plans,
    Restores,
    Papers,
    Photos,
    Stations,
    Stocktakes,
    Trail,
):
    """Speaks to one server; every method may raise `Refused` or `ServerUnreachable`."""


def every(fetch: Callable[[Query], Page[Item]], query: Query) -> Iterator[Item]:
    """Give the items of all pages of a list, page by page as they are asked for."""
    while True:
        page = fetch(query)
        yield from page.items
        if page.next is None:
            return
        query = query.model_copy(update={"after": page.next})
