"""Whole registers on pages: templates, exports, and imports that are looked at first.

A file is read and its report shown; only then, and with the plan of that report, is it taken in.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final
from uuid import UUID

from flask import Response as Answer
from flask import flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from api import register_files
from api.console.blueprint import bp
from api.console.forms import Form as SomeForm
from api.console.forms import NothingForm, answered
from api.console.surroundings import page
from api.house import house
from api.identity import asks, current_actor
from api.problems import status_of
from api.transaction import current_session, undo
from fleet.access.actor import Actor
from fleet.contracts.imports import ExportQuery, Form, ImportQuery, Language
from fleet.contracts.permissions import Permission
from fleet.contracts.registers import REGISTERS, Kind
from fleet.contracts.words import _, language, say
from fleet.errors import FleetError
from fleet.registers import importing, waiting
from fleet.registers.errors import SheetUnreadable
from fleet.registers.exporting import READS
from fleet.registers.files import LARGEST_FILE
from fleet.registers.importing import WRITES, Sheet
from fleet.registers.models import WaitingSheet

TITLES: Final = {
    Kind.DEPARTMENTS: _("Departments"),
    Kind.EMPLOYEES: _("Employees"),
    Kind.PARTNERS: _("Partners"),
    Kind.PHONES: _("Phones"),
    Kind.SIMS: _("SIM cards"),
    Kind.ACCOUNTS: _("Accounts"),
    Kind.HOLDINGS: _("Who has what"),
}
FORM_BYTES: Final = LARGEST_FILE + 64 * 1024  # with what surrounds the file in a form
LIMITS: Final = {f"console.send_{kind}": FORM_BYTES for kind in Kind}


@bp.get("/registers")
@asks(Permission.PEOPLE_READ, scoped=True)
def registers() -> str:
    """Show every register with what can be done with it."""
    return page("registers.html", rows=_registers(current_actor()))


def _registers(actor: Actor) -> list[dict[str, object]]:
    return [
        {"kind": kind.value, "title": say(title), "writes": actor.may(WRITES[kind])}
        for kind, title in TITLES.items()
        if actor.may(READS[kind])
    ]


@bp.get("/registers/<kind>/template")
@asks(Permission.PEOPLE_READ, scoped=True)
def register_template(kind: str) -> Answer:
    """Hand out an empty spreadsheet to fill in, with headers in the language of the page."""
    return register_files.template(kind, Language(language()))


def _add(kind: Kind) -> None:
    """Add the pages of one register: each asks what its own register asks."""

    def export() -> Answer:
        form = Form.CSV if request.form.get("form") == Form.CSV else Form.XLSX
        query = ExportQuery(form=form, language=Language(language()))
        return register_files.export(kind, query)

    def send() -> Response:
        return _sent(kind)

    def look(key: UUID) -> str:
        return page("register_import.html", form=NothingForm(), **_looked_at(kind, key))

    def take(key: UUID) -> Response:
        return _taken_in(kind, key)

    reads, writes = asks(READS[kind], scoped=True), asks(WRITES[kind])
    at, one = f"/registers/{kind}", f"/registers/{kind}/sheets/<uuid:key>"
    for address, name, guarded, methods in (
        (f"{at}/export", f"export_register_{kind}", reads(export), ["POST"]),
        (f"{at}/import", f"send_{kind}", writes(send), ["POST"]),
        (one, f"look_{kind}", writes(look), ["GET"]),
        (f"{one}/take", f"take_{kind}", writes(take), ["POST"]),
    ):
        bp.add_url_rule(address, name, guarded, methods=methods)


for _kind in Kind:
    _add(_kind)


def _sent(kind: Kind) -> Response:
    """Keep a file and show what would come of it; one that cannot be read is refused here."""

    def do() -> Response:
        name, content = chosen_file()
        with importing.received(kind, [content], house().settings):
            kept = waiting.keep(current_session(), kind, name, content, actor=current_actor())
        return redirect(url_for(f"console.look_{kind}", key=kept.id), code=303)

    return answered("registers.html", NothingForm(), do, rows=_registers(current_actor()))


def chosen_file() -> tuple[str, bytes]:
    """Return the name and the content of the file that was sent; refused where there is none."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise SheetUnreadable(reason=say(_("no file was chosen")))
    with closing(given.stream) as stream:
        return given.filename, stream.read()


@contextmanager
def _read(sheet: WaitingSheet) -> Iterator[Sheet]:
    with importing.received(Kind(sheet.kind), waiting.pieces(sheet), house().settings) as read:
        yield read


def _looked_at(kind: Kind, key: UUID) -> dict[str, Any]:
    session, actor, settings = current_session(), current_actor(), house().settings
    sheet = waiting.waiting(session, kind, key, actor=actor)
    with _read(sheet) as read:
        report = importing.planned(session, read.table, settings, actor=actor)
        plan = report.shown(dry_run=True, done=False)
    return {
        "sheet": sheet,
        "title": say(TITLES[kind]),
        "zh": REGISTERS[kind].zh,
        "plan": plan,
        "to": url_for(f"console.take_{kind}", key=key),
    }


def _taken_in(kind: Kind, key: UUID) -> Response:
    """Take a file in as its report said, or refuse and show the report as it is now."""

    def do() -> Response:
        session, actor, settings = current_session(), current_actor(), house().settings
        sheet = waiting.waiting(session, kind, key, actor=actor)
        query = ImportQuery(plan=request.form.get("plan"))
        with _read(sheet) as read:
            done = importing.import_register(session, read, query, settings, actor=actor)
        session.delete(sheet)
        told = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged}
        flash(say(_("Stored: {added} new, {changed} changed, {unchanged} as they were."), **told))
        return redirect(url_for("console.registers"), code=303)

    return answered_anew("register_import.html", NothingForm(), do, lambda: _looked_at(kind, key))


def answered_anew(
    template: str,
    form: SomeForm,
    do: Callable[[], Response],
    looked_at: Callable[[], Mapping[str, Any]],
) -> Response:
    """Undo what a refused file began before its report is made anew."""
    try:
        return do()
    except FleetError as refusal:
        undo()
        again = page(template, form=form, refusal=refusal, **looked_at())
        return make_response(again, status_of(refusal))
