"""Entries of the registers by hand: a form to enter one, and the same one to correct it.

Only what differs from what the form showed is changed; where somebody else was quicker, it is said
what stands there now, and nothing is lost of what was typed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, TypeVar

from flask import flash, redirect, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from api.console.blueprint import bp
from api.console.entry_forms import EntryForm
from api.console.forms import Form, FormNotRight, answered, mark, parsed
from api.console.listing import text
from api.console.surroundings import NOTHING, page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.people import DepartmentQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.database import write
from fleet.errors import Conflict, FleetError
from fleet.people.queries import departments

Found = TypeVar("Found")

MOST_OFFERED: Final = 1000  # departments that the browser offers while one types
# The field that a refusal is about.
FIELDS: Final[Mapping[str, str]] = {
    "department_code_taken": "code",
    "departments_in_circle": "parent",
    "employee_not_active": "responsible",
    "employee_number_taken": "number",
    "handle_taken": "handle",
    "number_gone": "number",
    "partner_name_taken": "name",
    "serial_names_no_phone": "serial",
    "serial_taken": "serial",
    "sim_taken": "iccid",
    "tag_taken": "tag",
}


class EntryMovedOn(Conflict):
    code = "entry_moved_on"
    message = _("Somebody else has changed this entry since you opened it; nothing was done.")
    advice = _("What stands there now is said beneath the fields. Save again if yours is right.")


@dataclass(frozen=True)
class Entry:
    """A register whose entries people enter and correct.

    `told` gives what an entry says by the fields of the form; `identity` are those that it has from
    its beginning on, and `needed` those without which it is nothing. `at` is the place of the
    pages, in which `name` is what tells one from another.
    """

    noun: str
    at: str
    name: str
    titles: tuple[str, str]  # marked: to enter one, to correct {name}
    permission: Permission
    form: type[EntryForm]
    edit: type[BaseModel]
    identity: Sequence[str]
    needed: Sequence[str]
    find: Callable[[str], Any]
    hold: Callable[[Any], Any]  # the same, as it is now and locked until the commit
    told: Callable[[Any], dict[str, Any]]
    add: Callable[[EntryForm], str]  # returns the name of the new one
    correct: Callable[[Any, dict[str, Any], EntryForm], None]
    only_new: Sequence[str] = ()
    only_known: Sequence[str] = ()
    hints: Mapping[str, str] = field(default_factory=dict)

    def to(self, name: str) -> str:
        values: dict[str, Any] = {self.name: name}
        return url_for(f"console.{self.noun}", **values)


def add(entry: Entry) -> None:
    """Add the pages that enter and correct an entry."""

    def new() -> str:
        return page("entry_form.html", **_new(entry, _form(entry, new=True)))

    def enter() -> Response:
        return _entered(entry)

    def edit(**named: str) -> str:
        return _edited(entry, named[entry.name])

    def correct(**named: str) -> Response:
        return _corrected(entry, named[entry.name])

    guarded, one = asks(entry.permission), f"/{entry.at}/<{entry.name}>/edit"
    for address, name, view, method in (
        (f"/registers/{entry.at}/new", f"new_{entry.noun}", new, "GET"),
        (f"/registers/{entry.at}/new", f"add_{entry.noun}", enter, "POST"),
        (one, f"edit_{entry.noun}", edit, "GET"),
        (one, f"correct_{entry.noun}", correct, "POST"),
    ):
        bp.add_url_rule(address, name, guarded(view), methods=[method])


def _entered(entry: Entry) -> Response:
    form = _form(entry, new=True)

    def do() -> Response:
        _require(entry, form)
        name = entry.add(form)
        flash(say(_("It is entered.")))
        return redirect(entry.to(name), code=303)

    return answered("entry_form.html", do=_beside(form, do), **_new(entry, form))


def _edited(entry: Entry, name: str) -> str:
    told = entry.told(entry.find(name))
    form = _form(entry, new=False, told=told)
    form.seen.data = _digest(told)
    return page("entry_form.html", **_known(entry, form, name))


def _corrected(entry: Entry, name: str) -> Response:
    form, row = _form(entry, new=False), entry.hold(entry.find(name))
    told, now = entry.told(row), dict[str, str]()

    def do() -> Response:
        _refuse_if_moved_on(form, told, now)
        _require(entry, form)
        changes = _changes(entry, form, told)
        if changes:
            entry.correct(row, dict(changes), form)
            write(current_session())
        flash(_said(form, told, changes))
        return redirect(entry.to(name), code=303)

    shown = _known(entry, form, name)
    return answered("entry_form.html", do=_beside(form, do), now=now, **shown)


def found(form: Form, name: str, find: Callable[[str], Found]) -> Found | None:
    """Return what a field names, None where it is empty; what is not known is said at the field."""
    said = (form[name].data or "").strip()
    if not said:
        return None
    try:
        return find(said)
    except FleetError as refusal:
        mark(form, name, refusal.sentence())
        raise


def _form(entry: Entry, *, new: bool, told: Mapping[str, Any] | None = None) -> EntryForm:
    """Return the form as it was sent, or with what is known."""
    form = entry.form(data=told)
    for name in entry.only_known if new else (*entry.identity, *entry.only_new):
        del form[name]
    return form


def _new(entry: Entry, form: EntryForm) -> dict[str, Any]:
    return {
        "form": form,
        "entry": entry,
        "title": say(entry.titles[0]),
        "to": url_for(f"console.add_{entry.noun}"),
        "back": url_for(f"console.{entry.at}"),
        "places": _places(form),
    }


def _known(entry: Entry, form: EntryForm, name: str) -> dict[str, Any]:
    values: dict[str, Any] = {entry.name: name}
    return {
        "form": form,
        "entry": entry,
        "title": say(entry.titles[1], name=name),
        "to": url_for(f"console.correct_{entry.noun}", **values),
        "back": entry.to(name),
        "places": _places(form),
    }


def _places(form: EntryForm) -> list[Any]:
    """Return the departments that a field may name."""
    if "department" not in form and "parent" not in form:
        return []
    asked = DepartmentQuery(limit=MOST_OFFERED)
    return departments(current_session(), asked, actor=current_actor())[0]


def _require(entry: Entry, form: EntryForm) -> None:
    empty = [name for name in entry.needed if name in form and not (form[name].data or "").strip()]
    for name in empty:
        mark(form, name, say(_("This is needed.")))
    if empty:
        raise FormNotRight


def _changes(entry: Entry, form: EntryForm, told: Mapping[str, Any]) -> dict[str, Any]:
    given = parsed(entry.edit, form)
    said = {name: getattr(given, name) for name in told if name in form}
    return {name: value for name, value in said.items() if value != told[name]}


def _refuse_if_moved_on(form: EntryForm, told: Mapping[str, Any], now: dict[str, str]) -> None:
    """Refuse what was typed over another state of the entry; `now` gets what it says now."""
    digest = _digest(told)
    if form.seen.data == digest:
        return
    form.seen.data = digest
    typed = {name: _plain(form[name].data) for name in told if name in form}
    differs = [name for name in typed if _plain(told[name]) != typed[name]]
    now.update({name: text(told[name]) or NOTHING for name in differs})
    raise EntryMovedOn


def _digest(told: Mapping[str, Any]) -> str:
    plain = {name: _plain(value) for name, value in told.items()}
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _said(form: EntryForm, told: Mapping[str, Any], changes: Mapping[str, Any]) -> str:
    if not changes:
        return say(_("Nothing was different."))
    lines = [
        f"{form[name].label.text}: {text(told[name]) or NOTHING} → {text(value) or NOTHING}"
        for name, value in changes.items()
    ]
    return say(_("Saved. {changes}"), changes="; ".join(lines))


def _beside(form: EntryForm, do: Callable[[], Response]) -> Callable[[], Response]:
    """Say a refusal at the field that it is about as well."""

    def told() -> Response:
        try:
            return do()
        except FleetError as refusal:
            mark(form, FIELDS.get(refusal.code, ""), refusal.sentence())
            raise

    return told
