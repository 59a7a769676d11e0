"""Photographs of phones."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from api.client.transport import Content, Transport
from fleet.contracts.photos import PhotoIn, PhotoOut, PhotoQuery
from fleet.contracts.wire import Page


class Photos(Transport):
    def attach_photo(self, tag: str, content: Content, query: PhotoIn) -> PhotoOut:
        """Attach a photograph; the same one sent again has the effect of one."""
        return self._put(
            PhotoOut, "devices", tag, "photos", content=content, size=query.size, query=query
        )

    def photos(self, query: PhotoQuery | None = None) -> Page[PhotoOut]:
        return self._get(Page[PhotoOut], "photos", query=query)

    def photo(self, number: str) -> PhotoOut:
        return self._get(PhotoOut, "photos", number)

    def photo_content(self, number: str) -> AbstractContextManager[Iterator[bytes]]:
        return self._download("photos", number, "content")
