"""Whole registers as spreadsheets: templates, imports and exports.

A file comes in without a session, and a dry run only reads; who sends it is asked before.
"""

from apiflask import APIBlueprint, FileSchema
from flask import Response

from api import register_files
from api.house import house
from api.identity import asks, current_actor
from api.transaction import current_session, short_look
from api.v1.streams import pieces
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
from fleet.contracts.permissions import Permission
from fleet.contracts.registers import Kind
from fleet.registers import importing

bp = APIBlueprint("registers", __name__, url_prefix="/api/v1", tag="Spreadsheets")


@bp.post("/imports/departments")
@asks(Permission.PEOPLE_WRITE)
@bp.input(ImportQuery, location="query", arg_name="query")
@bp.output(ImportOut)
def import_departments(query: ImportQuery) -> ImportOut:
    """Take in departments from a spreadsheet, sent as the body: all of them or none."""
    return _taken_in(Kind.DEPARTMENTS, query)


@bp.post("/imports/employees")
@asks(Permission.PEOPLE_WRITE)
@bp.input(ImportQuery, location="query", arg_name="query")
@bp.output(ImportOut)
def import_employees(query: ImportQuery) -> ImportOut:
    """Take in employees from a spreadsheet, sent as the body: all of them or none."""
    return _taken_in(Kind.EMPLOYEES, query)


@bp.post("/imports/phones")
@asks(Permission.DEVICES_WRITE)
@bp.input(ImportQuery, location="query", arg_name="query")
@bp.output(ImportOut)
def import_phones(query: ImportQuery) -> ImportOut:
    """Take in phones from a spreadsheet, sent as the body: all of them or none."""
    return _taken_in(Kind.PHONES, query)


@bp.post("/imports/sims")
@asks(Permission.SIMS_WRITE)
@bp.input(ImportQuery, location="query", arg_name="query")
@bp.output(ImportOut)
def import_sims(query: ImportQuery) -> ImportOut:
    """Take in SIMs from a spreadsheet, sent as the body: all of them or none."""
    return _taken_in(Kind.SIMS, query)


@bp.post("/imports/accounts")
@asks(Permission.ACCOUNTS_WRITE)
@bp.input(ImportQuery, location="query", arg_name="query")
@bp.output(ImportOut)
def import_accounts(query: ImportQuery) -> ImportOut:
    """Take in work accounts from a spreadsheet, sent as the body: all of them or none."""
    return _taken_in(Kind.ACCOUNTS, query)


@bp.post("/imports/partners")
@asks(Permission.PEOPLE_WRITE)
@bp.input(ImportQuery, location="query", arg_name="query")
@bp.output(ImportOut)
def import_partners(query: ImportQuery) -> ImportOut:
    """Take in partners from a spreadsheet, sent as the body: all of them or none."""
    return _taken_in(Kind.PARTNERS, query)


@bp.post("/imports/holdings")
@asks(Permission.CUSTODY_ISSUE)
@bp.input(ImportQuery, location="query", arg_name="query")
@bp.output(ImportOut)
def import_holdings(query: ImportQuery) -> ImportOut:
    """Hand out what stands in a spreadsheet, sent as the body: all of it or nothing."""
    return _taken_in(Kind.HOLDINGS, query)


def _taken_in(kind: Kind, query: ImportQuery) -> ImportOut:
    settings, actor = house().settings, current_actor()
    with importing.received(kind, pieces(), settings) as sheet:
        if not query.dry_run:
            return importing.import_register(current_session(), sheet, query, settings, actor=actor)
        with short_look() as session:
            report = importing.planned(session, sheet.table, settings, actor=actor)
            return report.shown(dry_run=True, done=False)


@bp.get("/templates/<kind>")
@asks(Permission.PEOPLE_READ)
@bp.input(TemplateQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=register_files.BYTES)
def template(kind: str, query: TemplateQuery) -> Response:
    """Hand out an empty spreadsheet to fill in: one for each register."""
    return register_files.template(kind, query.language)


@bp.get("/exports/departments")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.input(ExportQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=register_files.BYTES)
def export_departments(query: ExportQuery) -> Response:
    """Hand out departments as a spreadsheet, .xlsx or CSV; recorded."""
    return register_files.export(Kind.DEPARTMENTS, query)


@bp.get("/exports/employees")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.input(EmployeeExportQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=register_files.BYTES)
def export_employees(query: EmployeeExportQuery) -> Response:
    """Hand out employees as a spreadsheet, .xlsx or CSV; recorded."""
    return register_files.export(Kind.EMPLOYEES, query)


@bp.get("/exports/phones")
@asks(Permission.DEVICES_READ, scoped=True)
@bp.input(PhoneExportQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=register_files.BYTES)
def export_phones(query: PhoneExportQuery) -> Response:
    """Hand out phones as a spreadsheet, .xlsx or CSV; recorded."""
    return register_files.export(Kind.PHONES, query)


@bp.get("/exports/sims")
@asks(Permission.SIMS_READ, scoped=True)
@bp.input(SimExportQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=register_files.BYTES)
def export_sims(query: SimExportQuery) -> Response:
    """Hand out SIMs as a spreadsheet, .xlsx or CSV; recorded."""
    return register_files.export(Kind.SIMS, query)


@bp.get("/exports/accounts")
@asks(Permission.ACCOUNTS_READ, scoped=True)
@bp.input(AccountExportQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=register_files.BYTES)
def export_accounts(query: AccountExportQuery) -> Response:
    """Hand out work accounts as a spreadsheet, .xlsx or CSV, without any password; recorded."""
    return register_files.export(Kind.ACCOUNTS, query)


@bp.get("/exports/partners")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.input(PartnerExportQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=register_files.BYTES)
def export_partners(query: PartnerExportQuery) -> Response:
    """Hand out partners as a spreadsheet, .xlsx or CSV; recorded."""
    return register_files.export(Kind.PARTNERS, query)


@bp.get("/exports/holdings")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.input(HoldingExportQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=register_files.BYTES)
def export_holdings(query: HoldingExportQuery) -> Response:
    """Hand out who has what as a spreadsheet, .xlsx or CSV; recorded."""
    return register_files.export(Kind.HOLDINGS, query)
