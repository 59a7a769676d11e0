"""Whole registers as spreadsheets, in and out."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from api.client.transport import Content, Transport
from fleet.contracts.imports import ExportQuery, ImportOut, ImportQuery, TemplateQuery
from fleet.contracts.registers import Kind


class Registers(Transport):
    def import_register(
        self, kind: Kind, content: Content, size: int, query: ImportQuery
    ) -> ImportOut:
        """Send a file; with `dry_run` it is told what would come of it."""
        parts = "imports", kind.value
        return self._put(ImportOut, *parts, content=content, size=size, query=query, method="POST")

    def template(self, kind: str, query: TemplateQuery) -> AbstractContextManager[Iterator[bytes]]:
        return self._download("templates", kind, query=query)

    def export_register(
        self, kind: Kind, query: ExportQuery
    ) -> AbstractContextManager[Iterator[bytes]]:
        return self._download("exports", kind.value, query=query)
