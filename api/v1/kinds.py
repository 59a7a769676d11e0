"""A phone has a PIN and an account a password; the other way round is a slip of the caller."""

from dataclasses import dataclass

from fleet.contracts.credentials import CredentialKind
from fleet.contracts.words import _
from fleet.errors import Invalid
from fleet.vault.queries import Subject


@dataclass(eq=False)
class KindDoesNotFit(Invalid):
    kind: str
    name: str
    code = "kind_does_not_fit"
    message = _("{name} has no credential of the kind {kind}.")
    advice = _("Phones have a device_pin, accounts an account_password.")


def require_kind(subject: Subject, kind: CredentialKind) -> Subject:
    if subject.kind is not kind:
        raise KindDoesNotFit(kind=kind.value, name=subject.name)
    return subject
