"""Whole registers as spreadsheets, in and out."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from api.client.transport import Content, Transport
from fleet.contracts.imports import (
    AccountExportQuery,
    EmployeeExportQuery,
    ExportQuery,
    HoldingExportQuery,
    ImportOut,
    ImportQuery,
    PartnerExportQuery,
    PhoneExportQuery,
    SimExportQuery,
    TemplateQuery,
)

Download = AbstractContextManager[Iterator[bytes]]


class Registers(Transport):
    """With `dry_run` an import tells what would come of a file."""

    def import_departments(self, content: Content, size: int, query: ImportQuery) -> ImportOut:
        return self._import("departments", content, size, query)

    def import_employees(self, content: Content, size: int, query: ImportQuery) -> ImportOut:
        return self._import("employees", content, size, query)

    def import_phones(self, content: Content, size: int, query: ImportQuery) -> ImportOut:
        return self._import("phones", content, size, query)

    def import_sims(self, content: Content, size: int, query: ImportQuery) -> ImportOut:
        return self._import("sims", content, size, query)

    def import_accounts(self, content: Content, size: int, query: ImportQuery) -> ImportOut:
        return self._import("accounts", content, size, query)

    def import_partners(self, content: Content, size: int, query: ImportQuery) -> ImportOut:
        return self._import("partners", content, size, query)

    def import_holdings(self, content: Content, size: int, query: ImportQuery) -> ImportOut:
        return self._import("holdings", content, size, query)

    def _import(self, kind: str, content: Content, size: int, query: ImportQuery) -> ImportOut:
        parts = "imports", kind
        return self._put(ImportOut, *parts, content=content, size=size, query=query, method="POST")

    def template(self, kind: str, query: TemplateQuery) -> Download:
        return self._download("templates", kind, query=query)

    def export_departments(self, query: ExportQuery) -> Download:
        return self._download("exports", "departments", query=query)

    def export_employees(self, query: EmployeeExportQuery) -> Download:
        return self._download("exports", "employees", query=query)

    def export_phones(self, query: PhoneExportQuery) -> Download:
        return self._download("exports", "phones", query=query)

    def export_sims(self, query: SimExportQuery) -> Download:
        return self._download("exports", "sims", query=query)

    def export_accounts(self, query: AccountExportQuery) -> Download:
        return self._download("exports", "accounts", query=query)

    def export_partners(self, query: PartnerExportQuery) -> Download:
        return self._download("exports", "partners", query=query)

    def export_holdings(self, query: HoldingExportQuery) -> Download:
        return self._download("exports", "holdings", query=query)
