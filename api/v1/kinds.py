"""A phone has a PIN, an account a password, a SIM both codes; the rest is a slip of the caller."""

from dataclasses import dataclass

from fleet.contracts.credentials import OF_SIMS, CredentialKind
from fleet.contracts.words import _
from fleet.errors import Invalid
from fleet.sims.models import Sim
from fleet.vault.queries import Subject, code_of


@dataclass(eq=False)
class KindDoesNotFit(Invalid):
    kind: str
    name: str
    code = "kind_does_not_fit"
    message = _("{name} has no credential of the kind {kind}.")
    advice = _(
        "Phones have a device_pin, accounts an account_password, SIMs a sim_pin and sim_puk."
    )


def require_kind(subject: Subject, kind: CredentialKind) -> Subject:
    if subject.kind is not kind:
        raise KindDoesNotFit(kind=kind.value, name=subject.name)
    return subject


def code_of_kind(sim: Sim, kind: CredentialKind) -> Subject:
    """Return the code of a SIM that is meant; a SIM has no others."""
    if kind not in OF_SIMS:
        raise KindDoesNotFit(kind=kind.value, name=sim.number)
    return code_of(sim, kind)
