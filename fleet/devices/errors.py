"""What the register of phones refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound


@dataclass(eq=False)
class DeviceNotFound(NotFound):
    tag: str
    code = "device_not_found"
    message = _("No phone carries the tag {tag}.")
    advice = _("See which there are with `workfleet device list`.")


@dataclass(eq=False)
class MoveNotAllowed(Conflict):
    move: str
    state: str
    code = "move_not_allowed"
    message = _("A phone that is {state} cannot {move}.")
    advice = _("See where it is with `workfleet device show`.")


@dataclass(eq=False)
class TagTaken(Conflict):
    tag: str
    code = "tag_taken"
    message = _("Another phone carries the tag {tag} already.")
    advice = _("Leave the tag out to get the next free one.")


@dataclass(eq=False)
class SerialTaken(Conflict):
    serial: str
    tag: str
    code = "serial_taken"
    message = _("The phone with serial number {serial} is registered already: {tag}.")
    advice = _("Use that entry, or correct the serial number.")


@dataclass(eq=False)
class SerialNamesNoPhone(Invalid):
    serial: str
    code = "serial_names_no_phone"
    message = _("The serial number {serial} names no single phone: many carry it, or none.")
    advice = _("Plug it in at a station that reads its own number, or retire this phone.")


@dataclass(eq=False)
class PhoneKnownOtherwise(Conflict):
    serial: str
    imei: str
    tag: str
    known: str
    code = "phone_known_otherwise"
    message = _(
        "A phone says it is {serial}, which is new, but its IMEI {imei} is that of {tag}, whose "
        "serial number is {known}."
    )
    advice = _(
        "If it is the same phone after a repair or another system, retire {tag} and plug it in "
        "again. Nothing was merged."
    )


@dataclass(eq=False)
class PhoneInTwoPlaces(Conflict):
    serial: str
    tag: str
    station: str
    code = "phone_in_two_places"
    message = _(
        "A phone says it is {serial}, but {tag} with this serial number is plugged in at {station} "
        "at this moment, and was started apart from it."
    )
    advice = _("Look at both phones: one of them has another's serial number. Nothing was merged.")


@dataclass(eq=False)
class PhoneIdentityClash(Conflict):
    serial: str
    tag: str
    what: str
    known: str
    seen: str
    code = "phone_identity_clash"
    message = _(
        "A phone says it is {serial}, which is {tag}, but its {what} is {seen} and not {known}."
    )
    advice = _("Look at both phones: one of them has another's serial number. Nothing was merged.")
