"""The company's list of its people, and what it proposes."""

from api.client.transport import Content, Transport
from fleet.contracts.directory import (
    AcceptIn,
    DecisionsOut,
    DismissIn,
    ProposalOut,
    ProposalQuery,
    SyncOut,
    SyncQuery,
)
from fleet.contracts.wire import Page


class Directory(Transport):
    def sync_directory(self, content: Content, size: int, query: SyncQuery) -> SyncOut:
        """Compare a whole list with the register; with `dry_run` nothing is proposed."""
        parts = "directory", "sync"
        return self._put(SyncOut, *parts, content=content, size=size, query=query, method="POST")

    def proposals(self, query: ProposalQuery | None = None) -> Page[ProposalOut]:
        return self._get(Page[ProposalOut], "directory", "proposals", query=query)

    def proposal(self, number: str) -> ProposalOut:
        return self._get(ProposalOut, "directory", "proposals", number)

    def accept_proposals(self, body: AcceptIn) -> DecisionsOut:
        return self._post(DecisionsOut, "directory", "proposals", "accept", body=body)

    def dismiss_proposals(self, body: DismissIn) -> DecisionsOut:
        return self._post(DecisionsOut, "directory", "proposals", "dismiss", body=body)
