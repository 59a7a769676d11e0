"""What the trail refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Invalid, NotFound


@dataclass(eq=False)
class RetentionTooShort(Invalid):
    days: int
    before: str
    code = "retention_too_short"
    message = _("Entries are kept for {days} days at least; {before} is too recent.")
    advice = _("Name an earlier day with --before.")


@dataclass(eq=False)
class EntryNotFound(NotFound):
    sequence: int
    code = "entry_not_found"
    message = _("The trail has no entry {sequence}.")
    advice = _("It was pruned, or it has not happened yet: see `workfleet audit tail`.")
