"""What keeping backups is refused for."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound


@dataclass(eq=False)
class RetentionInThePast(Conflict):
    effective_from: str
    code = "retention_in_the_past"
    message = _("Terms cannot begin in the past ({effective_from}): what was in force stays so.")
    advice = _("Leave the day out, or name one to come.")


class CompanyHasItsOwn(Invalid):
    code = "company_has_its_own"
    message = _("There are no terms above the whole company's.")
    advice = _("Name the department that is to have no terms of its own any more.")


@dataclass(eq=False)
class PreservationNotFound(NotFound):
    number: str
    code = "preservation_not_found"
    message = _("There is no preservation {number}.")
    advice = _("See which there are with `workfleet preservation list`.")


@dataclass(eq=False)
class PreservationLiftedAlready(Conflict):
    number: str
    code = "preservation_lifted_already"
    message = _("The preservation {number} was lifted already.")
    advice = _("Place a new one with `workfleet preservation place` where it is needed.")


@dataclass(eq=False)
class BackupPreserved(Conflict):
    number: str
    preservations: str
    code = "backup_preserved"
    message = _("The backup {number} is preserved ({preservations}): nothing of it is deleted.")
    advice = _("Whoever placed it can lift it: `workfleet preservation show NUMBER`.")


@dataclass(eq=False)
class BackupStillNeeded(Conflict):
    number: str
    tag: str
    code = "backup_still_needed"
    message = _("The backup {number} is the newest whole one of {tag}, which is still out.")
    advice = _("Make a newer one first: `workfleet backup run {tag}`.")


@dataclass(eq=False)
class BackupBeingOpened(Conflict):
    number: str
    opening: str
    code = "backup_being_opened"
    message = _("The backup {number} may be read now: {opening} was approved.")
    advice = _("Delete it when that has ended: `workfleet opening show {opening}`.")


@dataclass(eq=False)
class PhoneBeingBackedUp(Conflict):
    number: str
    tag: str
    code = "phone_being_backed_up"
    message = _("{tag} is being backed up: what {number} has may be built upon now.")
    advice = _("Delete it when that backup has ended: `workfleet backup list --device {tag}`.")


@dataclass(eq=False)
class CheckNotFound(NotFound):
    number: str
    code = "check_not_found"
    message = _("There is no check {number} of the storage.")
    advice = _("See which there were with `workfleet backup checks`.")


@dataclass(eq=False)
class DrillNotFound(NotFound):
    number: str
    code = "drill_not_found"
    message = _("There is no restore drill {number}.")
    advice = _("See which there are with `workfleet backup drill list`.")


@dataclass(eq=False)
class DrillEndedAlready(Conflict):
    number: str
    code = "drill_ended_already"
    message = _("The restore drill {number} has ended already.")
    advice = _("Plan another one with `workfleet backup drill plan`.")


@dataclass(eq=False)
class NothingToTry(Conflict):
    number: str
    code = "nothing_to_try"
    message = _("The backup {number} has nothing that could be restored.")
    advice = _("Only a complete backup is tried: `workfleet backup show {number}`.")


@dataclass(eq=False)
class DrillOfOtherPacks(Invalid):
    number: str
    code = "drill_of_other_packs"
    message = _("What was opened are not the packs that were drawn for {number}.")
    advice = _("Run it with `workfleet backup drill run {number} --identity FILE`.")


@dataclass(eq=False)
class NothingCompared(Invalid):
    number: str
    code = "nothing_compared"
    message = _("Not one file was compared in {number}: that shows nothing.")
    advice = _("Plan another one with `workfleet backup drill plan`.")


@dataclass(eq=False)
class StoredBackupsWrong(Conflict):
    objects: int
    backups: int
    code = "stored_backups_wrong"
    message = _("{objects} objects are lost or altered, {backups} backups are damaged by that.")
    advice = _("See which with `workfleet backup faults`; bring them back, or make new backups.")
