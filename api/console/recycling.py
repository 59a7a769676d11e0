"""The recycle bin on pages: what was deleted or merged, and the way back; and deleting a slip."""

from collections.abc import Callable
from typing import Any, Final

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import ReasonForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import house
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.bin import merging, queries, services
from fleet.bin.models import BinEntry
from fleet.contracts.bin import (
    RECORDS,
    BinEntryOut,
    BinQuery,
    DeleteIn,
    PurgeIn,
    RecordKind,
    RestoreIn,
    WentBy,
    in_words,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say, translated

LISTS: Final = {
    RecordKind.DEVICE: "console.phones",
    RecordKind.SIM: "console.sims",
    RecordKind.ACCOUNT: "console.accounts",
    RecordKind.EMPLOYEE: "console.employees",
    RecordKind.DEPARTMENT: "console.departments",
}
WOULD_RESTORE: Final = {
    WentBy.DELETED: _("{name} goes back into its register as it was."),
    WentBy.MERGED: _("{name} is parted from {into}: what was its own is its own again."),
}


def _rows(query: BinQuery) -> listing.Rows:
    rows, mark = queries.entries(current_session(), query, actor=current_actor())
    return [queries.shown(row) for row in rows], mark


def _address(one: BinEntryOut) -> str:
    return url_for("console.bin_entry", number=one.number)


listing.add(
    Listing(
        name="bin",
        title=_("Recycle bin"),
        search=_("Number or name"),
        query=BinQuery,
        permission=Permission.BIN_READ,
        rows=_rows,
        sort="-at",
        to=_address,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Kind"), lambda one: translated(RECORDS[one.kind])),
            Column(_("Name"), lambda one: one.name, sort="name"),
            Column(_("Known as"), lambda one: one.also, wrap=True),
            Column(_("Why"), lambda one: one.why, badge=True),
            Column(_("Part of"), lambda one: one.into),
            Column(_("Done by"), lambda one: one.by),
            Column(_("When"), lambda one: one.at, sort="at"),
            Column(_("Kept until"), lambda one: one.until, sort="until"),
        ),
        filters=(
            Filter("kind", _("Kind"), [(one.value, text) for one, text in RECORDS.items()]),
            Filter("why", _("Why"), listing.among(WentBy)),
        ),
    )
)


@bp.get("/bin/<number>")
@asks(Permission.BIN_READ)
def bin_entry(number: str) -> str:
    """Show what was deleted or merged, and what can be done about it."""
    return page("bin_entry.html", **_about(number))


@bp.post("/bin/<number>/restore")
@asks(Permission.BIN_WRITE)
def restore_record(number: str) -> Response:
    """Put a deleted record back, or part two that were merged."""
    form = ReasonForm()

    def do() -> Response:
        session, actor, entry = current_session(), current_actor(), _entry(number)
        name, kind, reason = entry.name, entry.kind, parsed(RestoreIn, form).reason
        back = merging.part if entry.why is WentBy.MERGED else services.restore_record
        back(session, entry, reason=reason, actor=actor)
        flash(say(_("{name} is back in its register."), name=name))
        return redirect(url_for(LISTS[kind], q=name), code=303)

    return _answered(form, number, do)


@bp.post("/bin/<number>/purge")
@asks(Permission.BIN_PURGE)
def purge_entry(number: str) -> Response:
    """Forget what is in the bin for good."""
    form = ReasonForm()

    def do() -> Response:
        reason = parsed(PurgeIn, form).reason
        services.purge_entry(
            current_session(), _entry(number), reason=reason, actor=current_actor()
        )
        flash(say(_("{number} is gone."), number=number))
        return redirect(url_for("console.bin"), code=303)

    return _answered(form, number, do)


@bp.get("/bin/new")
@asks(Permission.BIN_WRITE)
def ask_deletion() -> str:
    """Say what it means to delete a record, before it is done."""
    return page("confirm.html", form=ReasonForm(formdata=None), **_of_deleting())


@bp.post("/bin/new")
@asks(Permission.BIN_WRITE)
def delete_record() -> Response:
    """Put a record into the bin; refused where it holds, is held, or has a history."""
    form = ReasonForm()

    def do() -> Response:
        given = parsed(DeleteIn, form, kind=request.args.get("kind"), name=request.args.get("name"))
        entry = services.delete_record(
            current_session(),
            given.kind,
            given.name,
            reason=given.reason,
            days=house().settings.bin_days,
            actor=current_actor(),
        )
        flash(
            say(_("{name} is in the recycle bin: {number}."), name=given.name, number=entry.number)
        )
        return redirect(url_for("console.bin_entry", number=entry.number), code=303)

    return answered("confirm.html", form, do, **_of_deleting())


def _of_deleting() -> dict[str, Any]:
    kind, name = request.args.get("kind", ""), request.args.get("name", "")
    known, days = kind in set(RecordKind), house().settings.bin_days
    return {
        "title": say(_("Delete {name}"), name=name),
        "tells": [
            say(_("It goes into the recycle bin and can be restored for {days} days."), days=days),
            say(
                _(
                    "This is for an entry that was a slip: one that holds something, is held or "
                    "has a history stays."
                )
            ),
        ],
        "button": say(_("Delete it")),
        "back": url_for(
            LISTS[RecordKind(kind)] if known else "console.bin", q=name.rpartition(":")[2] or None
        ),
    }


def _answered(form: ReasonForm, number: str, do: Callable[[], Response]) -> Response:
    shown = _about(number)
    del shown["form"]
    return answered("bin_entry.html", form, do, **shown)


def _about(number: str) -> dict[str, Any]:
    one = queries.shown(_entry(number))
    return {
        "one": one,
        "kind": translated(RECORDS[one.kind]),
        "moved": in_words(one.moved),
        "means": say(WOULD_RESTORE[one.why], name=one.name, into=one.into or ""),
        "form": ReasonForm(formdata=None),
    }


def _entry(number: str) -> BinEntry:
    return queries.entry(current_session(), number, actor=current_actor())
