"""Search over everything, and saved views."""

from api.client.transport import Transport
from fleet.contracts.search import SearchOut, SearchQuery
from fleet.contracts.views import ShareIn, ViewIn, ViewOut, ViewQuery
from fleet.contracts.wire import Page


class Search(Transport):
    def search(self, query: SearchQuery) -> SearchOut:
        return self._get(SearchOut, "search", query=query)

    def views(self, query: ViewQuery | None = None) -> Page[ViewOut]:
        return self._get(Page[ViewOut], "views", query=query)

    def view(self, name: str) -> ViewOut:
        """Return a view of one's own, or a shared one: "name", or "owner:name"."""
        return self._get(ViewOut, "views", name)

    def save_view(self, body: ViewIn) -> ViewOut:
        return self._post(ViewOut, "views", body=body)

    def share_view(self, name: str, body: ShareIn) -> ViewOut:
        return self._post(ViewOut, "views", name, "share", body=body)

    def remove_view(self, name: str) -> ViewOut:
        return self._post(ViewOut, "views", name, "remove")
