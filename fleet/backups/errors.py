"""What backups are refused for."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


@dataclass(eq=False)
class BackupNotFound(NotFound):
    backup: str
    code = "backup_not_found"
    message = _("There is no backup {backup}.")
    advice = _("See which there are with `workfleet backup list`.")


@dataclass(eq=False)
class BackupUnderWay(Conflict):
    tag: str
    number: str
    code = "backup_under_way"
    message = _("The backup {number} of {tag} is under way already.")
    advice = _("Follow it with `workfleet backup show {number}`.")


@dataclass(eq=False)
class BackupGoingAlready(Conflict):
    number: str
    code = "backup_going_already"
    message = _("The backup {number} is deleted, or being deleted, already.")
    advice = _("Follow it with `workfleet backup deletions`.")


@dataclass(eq=False)
class BackupEnded(Conflict):
    number: str
    code = "backup_ended"
    message = _("The backup {number} has ended: nothing is added to it.")
    advice = _("Plan a new one.")


@dataclass(eq=False)
class BackupPaused(Conflict):
    number: str
    code = "backup_paused"
    message = _("The backup {number} is paused.")
    advice = _("What the station has made is kept; `workfleet backup resume {number}` goes on.")


class NoRecipients(Conflict):
    code = "no_recipients"
    message = _("The server does not know to whom backups are encrypted.")
    advice = _("Add the company's age recipient: workfleet escrow add NAME RECIPIENT")


@dataclass(eq=False)
class BackupNotYours(Forbidden):
    number: str
    station: str
    code = "backup_not_yours"
    message = _("The backup {number} is not lent to the station {station}.")
    advice = _("Another station makes it now; what was stored stays stored.")


@dataclass(eq=False)
class PackDamaged(Invalid):
    digest: str
    found: str
    code = "pack_damaged"
    message = _("What arrived is not what was sent: its digest is {found} and not {digest}.")
    advice = _("Send it again; nothing of it was kept.")


@dataclass(eq=False)
class PackSizeWrong(Invalid):
    size: int
    found: int
    code = "pack_size_wrong"
    message = _("{found} bytes arrived and {size} were announced.")
    advice = _("Send it again; nothing of it was kept.")


class PackNotEncrypted(Invalid):
    code = "pack_not_encrypted"
    message = _("What arrived is not an age file, so it was not kept.")
    advice = _("Update the station's software; look at what it sent before.")


@dataclass(eq=False)
class PieceDamaged(Invalid):
    offset: int
    code = "piece_damaged"
    message = _("The piece at {offset} does not follow what is here, or was damaged on its way.")
    advice = _("Ask how much of the pack is here and go on from there; nothing of it was kept.")


class UploadBusy(Unavailable):
    code = "upload_busy"
    message = _("Another piece of this pack is being written.")
    advice = _("Send it again.")


@dataclass(eq=False)
class UploadsFull(Unavailable):
    most: int
    code = "uploads_full"
    message = _("The server holds {most} bytes of unfinished packs already, and begins no other.")
    advice = _("The station goes on by itself when others have ended, or after a day at most.")


class ServerDiskFull(Unavailable):
    code = "server_disk_full"
    message = _("There is no room left on the server's disk for what stations send.")
    advice = _(
        "Make room in its folder `spool`; stations keep what they have and go on by themselves."
    )


@dataclass(eq=False)
class NotInStorage(NotFound):
    digest: str
    code = "not_in_storage"
    message = _("The storage of the server has nothing with the digest {digest}.")
    advice = _("Check the storage named in the settings, and restore it from its own backup.")


@dataclass(eq=False)
class StorageUnavailable(Unavailable):
    reason: str
    code = "storage_unavailable"
    message = _("The storage of backups does not answer: {reason}.")
    advice = _("Check the storage named in the settings; stations keep what they have and retry.")


@dataclass(eq=False)
class StorageRefused(Unavailable):
    reason: str
    code = "storage_refused"
    message = _("The storage of backups does not accept the server's credentials: {reason}.")
    advice = _("Correct them where the server is started, and run `workfleet server doctor`.")


@dataclass(eq=False)
class StillInStorage(Unavailable):
    digest: str
    code = "still_in_storage"
    message = _("{digest} was deleted, and the storage still has it.")
    advice = _("It is tried again; look whether the storage keeps objects from being deleted.")


@dataclass(eq=False)
class ChatsDeclaredAlready(Conflict):
    tag: str
    name: str
    code = "chats_declared_already"
    message = _("{name} said the same of {tag} already, and nobody has confirmed it yet.")
    advice = _("A second person confirms with `workfleet backup chat-history witness {tag}`.")


@dataclass(eq=False)
class ChatsNotDeclared(Conflict):
    tag: str
    code = "chats_not_declared"
    message = _("Nothing that was said of the chats on {tag} waits for a witness.")
    advice = _(
        "Whoever did it says so first: `workfleet backup chat-history declare {tag} --note …`."
    )


@dataclass(eq=False)
class ChatsWitnessIsTheSame(Forbidden):
    name: str
    code = "chats_witness_is_the_same"
    message = _("{name} said it, and cannot be the witness of it too.")
    advice = _("Another person who saw it confirms with a sign-in of his own.")


@dataclass(eq=False)
class ArchiveNotVerified(Conflict):
    tag: str
    code = "archive_not_verified"
    message = _("No archive of the chats on {tag} is in a backup, equal and witnessed.")
    advice = _("See what lacks with `workfleet backup chat-history show {tag}`.")


@dataclass(eq=False)
class KitUnknown(Invalid):
    serial: str
    code = "kit_unknown"
    message = _("What {serial} was to be backed up with was not made by this server.")
    advice = _("Back it up again; see whether its station was enrolled anew.")


@dataclass(eq=False)
class KitExpired(Conflict):
    tag: str
    until: str
    code = "kit_expired"
    message = _("A backup of {tag} was begun without the server; that was allowed until {until}.")
    advice = _("Leave it at the station: it is backed up as soon as that is due.")


@dataclass(eq=False)
class PhoneIsOut(Conflict):
    tag: str
    state: str
    code = "phone_is_out"
    message = _("{tag} is {state}: nothing that was read of it meanwhile is stored.")
    advice = _("Correct the register if that is not so, and back it up again.")


@dataclass(eq=False)
class RecipientRetired(Conflict):
    tag: str
    code = "recipient_retired"
    message = _("What was read of {tag} is sealed to a key that was retired meanwhile.")
    advice = _("Nothing new is stored for such a key; it is backed up again to the present ones.")


@dataclass(eq=False)
class HolderChanged(Conflict):
    tag: str
    code = "holder_changed"
    message = _("{tag} went to another holder meanwhile: nobody can say whose data was read.")
    advice = _("Back it up again for its present holder.")


@dataclass(eq=False)
class WipedMeanwhile(Conflict):
    tag: str
    code = "wiped_meanwhile"
    message = _("{tag} was wiped meanwhile: what was read may be from before and from after.")
    advice = _("Back it up again if there is something on it.")


@dataclass(eq=False)
class PlanTakesLess(Conflict):
    tag: str
    source: str
    code = "plan_takes_less"
    message = _("Of {tag} more was read than the plans allow: {source}.")
    advice = _("Nothing of it is stored; it is backed up again by the present plans.")


@dataclass(eq=False)
class MadeMeanwhile(Conflict):
    tag: str
    number: str
    code = "made_meanwhile"
    message = _("{number} of {tag} was begun meanwhile, and what was read here is not all.")
    advice = _("Follow it with `workfleet backup show {number}`.")


@dataclass(eq=False)
class BaseGone(Conflict):
    tag: str
    code = "base_gone"
    message = _("The backup of {tag} from which this one goes on is no longer there.")
    advice = _("It is backed up again, and everything is stored anew.")


@dataclass(eq=False)
class BegunByAnother(Conflict):
    serial: str
    code = "begun_by_another"
    message = _("Another backup is called as this one of {serial} is.")
    advice = _("Look whether a station's folder was copied: two agents must not share one.")
