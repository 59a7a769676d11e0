"""What stops a backup or a restore, by name."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound, Unavailable


@dataclass(eq=False)
class RecipientInvalid(Invalid):
    recipient: str

    code = "backup_recipient_invalid"
    message = _("“{recipient}” is not an age recipient; nothing was read from the phone.")
    advice = _("Correct the recipients in the server's settings.")


@dataclass(eq=False)
class IdentityInvalid(Invalid):
    path: str
    reason: str

    code = "backup_identity_invalid"
    message = _("{path} holds no age identity: {reason}.")
    advice = _("Name the file that age-keygen wrote.")


@dataclass(eq=False)
class IdentityDoesNotOpen(Invalid):
    path: str

    code = "backup_identity_does_not_open"
    message = _("The identity in {path} does not open this backup; nothing was restored.")
    advice = _("Use an identity of one of the recipients the backup was made for.")


@dataclass(eq=False)
class IdentityOfAnotherKey(Invalid):
    path: str

    code = "identity_of_another_key"
    message = _("The identity in {path} is not that of this key; nothing is proven.")
    advice = _("Compare the name on the stick or the paper; see `workfleet escrow list`.")


@dataclass(eq=False)
class ManifestDamaged(Conflict):
    reason: str

    code = "backup_manifest_damaged"
    message = _("The backup's manifest is damaged ({reason}); nothing was restored.")
    advice = _("Fetch it again; if it stays so, use another backup of this phone.")


@dataclass(eq=False)
class TargetNotEmpty(Conflict):
    path: str

    code = "backup_target_not_empty"
    message = _("{path} is not empty; a restore never writes over anything.")
    advice = _("Name a new folder with --to.")


@dataclass(eq=False)
class TargetOfAnother(Conflict):
    path: str

    code = "backup_target_of_another"
    message = _("In {path} the restore of another backup was begun.")
    advice = _("Name a new folder with --to, or let the other restore end first.")


@dataclass(eq=False)
class TargetInUse(Conflict):
    path: str

    code = "backup_target_in_use"
    message = _("Another restore into {path} is running.")
    advice = _("Wait until it has ended, or name another folder with --to.")


@dataclass(eq=False)
class TargetTooSmall(Conflict):
    path: str
    needed: int
    free: int

    code = "backup_target_too_small"
    message = _("{path} has {free} bytes free, and {needed} are needed; nothing was restored.")
    advice = _("Name a folder on a larger disk, or restore a part with --only.")


@dataclass(eq=False)
class PhoneCannotHash(Conflict):
    serial: str

    code = "phone_cannot_hash"
    message = _("Phone {serial} has no sha256sum: what is brought there could not be verified.")
    advice = _("Restore into a folder with --to, and copy by hand what is needed.")


@dataclass(eq=False)
class PhoneTooFull(Conflict):
    serial: str
    needed: int
    free: int

    code = "phone_too_full"
    message = _(
        "Phone {serial} has {free} bytes free, and {needed} are needed; nothing was restored."
    )
    advice = _("Make room on it, or restore a part with --only.")


@dataclass(eq=False)
class NothingFits(NotFound):
    patterns: tuple[str, ...]

    code = "backup_nothing_fits"
    message = _("No file of the backup fits {asked}; nothing was restored.")
    advice = _("See its names with `workfleet backup files`, and put patterns between quotes.")

    @property
    def details(self) -> dict[str, object]:
        return {**super().details, "asked": ", ".join(self.patterns)}


@dataclass(eq=False)
class RootOutside(Invalid):
    root: str

    code = "backup_root_outside"
    message = _("{root} is not in the phone's shared storage.")
    advice = _("Correct the roots in the server's settings.")


@dataclass(eq=False)
class UploadLost(Unavailable):
    path: str

    code = "backup_upload_lost"
    message = _("The server lost the beginning of {path}, which is too large to be kept here.")
    advice = _("Its file is read anew with the next try.")


@dataclass(eq=False)
class StorageNotThere(Unavailable):
    serial: str

    code = "backup_storage_not_there"
    message = _("The shared storage of phone {serial} is empty or still locked.")
    advice = _("Unlock the phone once, then try again.")
