"""What keys refuse; nothing here ever repeats a key or a value."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, Unavailable


@dataclass(eq=False)
class SecretUnreadable(Unavailable):
    context: str
    code = "secret_unreadable"
    message = _("The vault cannot open {context}: it is damaged, or its key is missing.")
    advice = _("Put back the key file of the server; nothing was changed.")


@dataclass(eq=False)
class KeyFileMissing(Unavailable):
    path: str
    code = "key_file_missing"
    message = _("The key of the vault is not in {path}.")
    advice = _("Put back the key file from its safe place, or run `workfleet server init`.")


@dataclass(eq=False)
class KeyFileUnusable(Unavailable):
    path: str
    code = "key_file_unusable"
    message = _("{path} is not a key file: every line must be 32 bytes in base64.")
    advice = _("Put back the key file from its safe place.")


@dataclass(eq=False)
class KeyFileExposed(Unavailable):
    path: str
    code = "key_file_exposed"
    message = _("Other users of this machine can read {path}.")
    advice = _("Take their rights away: chmod 600 {path}")


@dataclass(eq=False)
class KeyFileNotOurs(Unavailable):
    path: str
    code = "key_file_not_ours"
    message = _("{path} belongs to another user of this machine, who could put another key there.")
    advice = _("Give it to the user that the server runs as, or to root.")


@dataclass(eq=False)
class KeyFileExists(Conflict):
    path: str
    code = "key_file_exists"
    message = _("There is a key in {path} already; it was not touched.")
    advice = _("A new key would leave every stored secret shut.")


@dataclass(eq=False)
class KeyVariableMissing(Unavailable):
    variable: str
    code = "key_variable_missing"
    message = _("The environment has no {variable}, where the key of the vault should be.")
    advice = _("Set it for the server: 32 bytes in base64, the active key last.")


@dataclass(eq=False)
class KeyVariableUnusable(Unavailable):
    variable: str
    code = "key_variable_unusable"
    message = _("{variable} does not hold keys: each must be 32 bytes in base64.")
    advice = _("Set it anew; several keys are parted by a blank or a comma.")


@dataclass(eq=False)
class KeyCommandFailed(Unavailable):
    command: str
    reason: str
    code = "key_command_failed"
    message = _("The command {command} gave no key: {reason}")
    advice = _("Run it as the user of the server; it must print 32 bytes in base64, and end.")


@dataclass(eq=False)
class CipherUnknown(Invalid):
    cipher: str
    known: str
    code = "cipher_unknown"
    message = _("There is no cipher {cipher}.")
    advice = _("It can be one of: {known}.")


@dataclass(eq=False)
class KeysElsewhere(Conflict):
    source: str
    code = "keys_elsewhere"
    message = _("The keys come from {source}; this command cannot add or remove one there.")
    advice = _("Add the new key there, as the last one, and run this again.")


@dataclass(eq=False)
class KeyInUse(Conflict):
    key: str
    count: int
    code = "key_in_use"
    message = _("{count} secrets still open with the key {key} only.")
    advice = _("Run `workfleet vault rekey` until none is left.")


@dataclass(eq=False)
class KeyTooFresh(Conflict):
    minutes: int
    code = "key_too_fresh"
    message = _(
        "The newest key is younger than {minutes} minutes: a request may still use the old."
    )
    advice = _("Wait, then run this again.")
