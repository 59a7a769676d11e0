"""Registers as files for whoever asks, by a program or on a page."""

from collections.abc import Iterator
from typing import Final

from flask import Response

from api.house import house
from api.identity import current_actor
from api.transaction import recording_session
from fleet.contracts.imports import ExportQuery, Form, Language
from fleet.contracts.registers import Kind
from fleet.database import reading
from fleet.registers import exporting

BYTES: Final = "application/octet-stream"


def template(kind: str, language: Language) -> Response:
    """Answer with an empty spreadsheet to fill in."""
    return _file(exporting.template(kind, language), kind, Form.XLSX)


def export(kind: Kind, query: ExportQuery) -> Response:
    """Answer with a register within the actor's reach; recorded before the first byte leaves."""
    at, actor = house(), current_actor()
    exporting.record_export(recording_session(), kind, query, actor=actor)

    def pieces_of() -> Iterator[bytes]:
        """Read in a session of its own: the request's is over by then."""
        with at.sessions() as session:
            yield from exporting.exported(reading(session), kind, query, actor=actor)

    return _file(pieces_of(), kind, query.form)


def _file(made: Iterator[bytes], name: str, form: Form) -> Response:
    response = Response(made, mimetype=BYTES)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form.value}"'
    return response
