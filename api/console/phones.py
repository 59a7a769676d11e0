"""Phones on pages: which there are, and of one what belongs to it."""

from typing import Any
from uuid import UUID

from flask import url_for

from api.console import entry, links, listing, moves
from api.console.blueprint import bp
from api.console.entry_forms import EntryForm, PhoneForm
from api.console.forms import PhotoForm, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import house
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.checklist import StepState, checklist
from fleet.contracts.devices import (
    ChangeQuery,
    DeviceDetailOut,
    DeviceEdit,
    DeviceIn,
    DeviceOut,
    DeviceQuery,
    model_name,
)
from fleet.contracts.facts import Gap
from fleet.contracts.findings import FindingState
from fleet.contracts.flat import flattened
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.words import _, translated
from fleet.custody import register
from fleet.custody.queries import history
from fleet.devices.lifecycle import State
from fleet.devices.models import Device, DeviceChange
from fleet.devices.queries import changes, device, held_still
from fleet.devices.services import add_device, correct_device
from fleet.people.queries import employee, numbers_of


def _rows(query: DeviceQuery) -> listing.Rows:
    return register.devices(current_session(), query, actor=current_actor())


def _address(one: DeviceOut) -> str:
    return url_for("console.phone", tag=one.tag)


def _place(one: DeviceOut) -> str:
    return "" if one.station is None else f"{one.station}{' ●' if one.present else ''}"


listing.add(
    Listing(
        name="phones",
        title=_("Phones"),
        search=_("Tag, serial number, IMEI or model"),
        query=DeviceQuery,
        permission=Permission.DEVICES_READ,
        rows=_rows,
        sort="tag",
        scoped=True,
        to=_address,
        new=("console.new_phone", _("Add a phone")),
        columns=(
            Column(_("Tag"), lambda one: one.tag, sort="tag"),
            Column(_("Phone"), model_name, sort="model"),
            Column(_("System"), lambda one: one.system),
            Column(_("State"), lambda one: one.state, sort="state", badge=True),
            Column(
                _("Holder"),
                lambda one: one.holder and one.holder.name,
                to=lambda one: links.person(one.holder),
            ),
            Column(_("Station"), _place, to=lambda one: links.station(one.station)),
            Column(_("Last seen"), lambda one: one.last_seen_at, sort="last_seen_at"),
            Column(_("PIN"), lambda one: one.pin, badge=True),
            Column(_("PIN due"), lambda one: one.pin_due_at),
            Column(_("Backup"), lambda one: one.backup, badge=True),
            Column(_("Backup of"), lambda one: one.backup_at),
        ),
        filters=(
            Filter("state", _("State"), listing.among(State)),
            Filter("pin", _("PIN"), listing.among(Level)),
            Filter("holder", _("Holder (number)")),
            Filter("station", _("Station")),
            Filter("shared", _("Shared"), listing.FLAG),
        ),
    )
)


class ChangesOf(ChangeQuery):
    device: str  # tag


def _changes(query: ChangesOf) -> listing.Rows:
    session, actor = current_session(), current_actor()
    phone = register.device_within(session, query.device, Permission.DEVICES_READ, actor=actor)
    asked = ChangeQuery.model_validate(query.model_dump(exclude={"device"}))
    rows, mark = changes(session, phone, asked)
    return [(query.device, row) for row in rows], mark


def _to_phone(one: tuple[str, DeviceChange]) -> str:
    return url_for("console.phone", tag=one[0])


listing.add(
    Listing(
        name="phone_changes",
        title=_("What changed on the phone"),
        search=_("Name of what changed"),
        query=ChangesOf,
        permission=Permission.DEVICES_READ,
        rows=_changes,
        sort="-at",
        scoped=True,
        to=_to_phone,
        columns=(
            Column(_("When"), lambda one: one[1].at, sort="at"),
            Column(_("What"), lambda one: one[1].field, sort="field", wrap=True),
            Column(_("Before"), lambda one: one[1].old, wrap=True),
            Column(_("After"), lambda one: one[1].new, wrap=True),
        ),
        filters=(Filter("part", _("Part, like os or apps.com.tencent.mm")),),
    )
)


@bp.get("/phones/<tag>")
@asks(Permission.DEVICES_READ, scoped=True)
def phone(tag: str) -> str:
    """Show a phone: who has it, what is proven, what belongs to it, and what it says of itself."""
    return page("phone.html", form=PhotoForm(formdata=None), **about(tag))


def about(tag: str) -> dict[str, Any]:
    """Return all that the page of a phone shows."""
    one = register.shown_device(current_session(), tag, actor=current_actor())
    return {
        "one": one,
        "model": model_name(one),
        "spans": _spans(one.tag),
        "facts": _facts(one),
        "untold": [_untold(gap) for gap in one.facts.gaps] if one.facts else [],
        "by_hand": _by_hand(one),
        "photos": listing.part("photos", device=one.tag),
        "beside": _beside(one),
        "moves": moves.possible("phone", one.tag, one.state),
    }


def _facts(one: DeviceDetailOut) -> dict[str, str]:
    """Return what is known of a phone, without what is known to be nothing."""
    known = flattened(one.facts) if one.facts else {}
    return {name: text for name, text in known.items() if text}


def _untold(gap: Gap) -> dict[str, str]:
    return {"part": gap.part, "why": translated(gap.reason), "word": gap.detail}


def _by_hand(one: DeviceDetailOut) -> list[str]:
    """Return what a person switches on the phone, so that it answers more."""
    steps = checklist(one.facts) if one.facts else []
    return [translated(step.sentence) for step in steps if step.state is StepState.TO_DO]


def _spans(tag: str) -> list[Any]:
    session, actor = current_session(), current_actor()
    if not actor.may(Permission.CUSTODY_READ):
        return []
    found = register.device_within(session, tag, Permission.CUSTODY_READ, actor=actor)
    return history(session, found, actor=actor)


def _beside(one: DeviceDetailOut) -> list[listing.Part]:
    return listing.parts(
        listing.part("sims", device=one.tag),
        listing.part("accounts", device=one.tag),
        listing.part("findings", device=one.tag, state=FindingState.OPEN.value),
        listing.part("backups", device=one.tag),
        listing.part("requests", subject=one.tag),
        listing.part("phone_changes", device=one.tag),
    )


def _told(one: Device) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in DeviceEdit.model_fields if name != "owner"}
    owners = numbers_of(current_session(), [one.owner_id] if one.owner_id else [])
    return {**said, "owner": owners.get(one.owner_id) if one.owner_id else None}


def _owner(form: EntryForm) -> UUID | None:
    found = entry.found(form, "owner", lambda number: employee(current_session(), number))
    return found.id if found else None


def _enter(form: EntryForm) -> str:
    said = dict(parsed(DeviceIn, form, imei=(form.imei.data or "").split()))
    said["owner_id"] = _owner(form)
    del said["owner"]
    template = house().settings.tag_template
    added = add_device(current_session(), **said, tag_template=template, actor=current_actor())
    return added.tag


def _correct(one: Device, changes: dict[str, Any], form: EntryForm) -> None:
    if "owner" in changes:
        changes["owner_id"] = _owner(form)
    correct_device(current_session(), one, changes, actor=current_actor())


entry.add(
    entry.Entry(
        noun="phone",
        at="phones",
        name="tag",
        titles=(_("Add a phone"), _("Edit {name}")),
        permission=Permission.DEVICES_WRITE,
        form=PhoneForm,
        edit=DeviceEdit,
        identity=("serial", "tag", "imei"),
        needed=("serial",),
        find=lambda tag: device(current_session(), tag),
        hold=lambda one: held_still(current_session(), one),
        told=_told,
        add=_enter,
        correct=_correct,
        hints={"serial": _("By it the station knows the phone; it is never changed.")},
    )
)
