"""What the recycle bin and the merging of records refuse."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, NotFound


@dataclass(eq=False)
class BinEntryNotFound(NotFound):
    number: str
    code = "bin_entry_not_found"
    message = _("There is nothing {number} in the recycle bin.")
    advice = _("See what there is with `workfleet bin list`.")


@dataclass(eq=False)
class RecordHeld(Conflict):
    name: str
    things: str
    code = "record_held"
    message = _("{name} cannot be deleted: {things}.")
    advice = _("What is held has to come back first: `workfleet return`, `sim return`.")


@dataclass(eq=False)
class RecordHasHistory(Conflict):
    name: str
    things: str
    retire: str
    code = "record_has_history"
    message = _("{name} has a history, and a history is not deleted: {things}.")
    advice = _("Retire it instead ({retire}), or merge it into the record it is a double of.")


@dataclass(eq=False)
class RecordInUse(Conflict):
    name: str
    things: str
    code = "record_in_use"
    message = _("{name} cannot be deleted now: {things}.")
    advice = _("Put that right first, and try again.")


@dataclass(eq=False)
class NameTaken(Conflict):
    name: str
    field: str
    value: str
    code = "name_taken_meanwhile"
    message = _("{name} cannot be restored: another record has its {field} {value} by now.")
    advice = _("Delete or correct that one first, or leave this one where it is.")


@dataclass(eq=False)
class RestoreNeedsMore(Conflict):
    name: str
    what: str
    code = "restore_needs_more"
    message = _("{name} cannot be restored: what it belongs to is gone ({what}).")
    advice = _("Restore that first; `workfleet bin list` shows what there is.")


@dataclass(eq=False)
class CannotMerge(Conflict):
    name: str
    into: str
    why: str
    code = "cannot_merge"
    message = _("{name} cannot become part of {into}: {why}.")
    advice = _("Put right what contradicts, or keep both records.")


@dataclass(eq=False)
class TooLateToPart(Conflict):
    name: str
    into: str
    why: str
    code = "too_late_to_part"
    message = _("{name} and {into} cannot be parted any more: {why}.")
    advice = _("Enter it anew if it is another thing after all.")
