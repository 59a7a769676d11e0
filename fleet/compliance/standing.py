"""Whether a phone may be asked about its PIN at all, and whether a value may be tried on it."""

from typing import Final

from sqlalchemy.orm import Session

from fleet.contracts.facts import Lock
from fleet.contracts.proof import Level
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.rotation.queries import live_rotation
from fleet.vault.models import Credential

WATCHED: Final = {State.IN_STOCK, State.ISSUED, State.RETURNING}
NOT_A_PIN: Final = {"pattern", "password"}
NOT_NEAR: Final = 6  # wrong attempts that a phone must have left, at least, before it is asked


def is_known(credential: Credential) -> bool:
    """Tell whether there is one value, and nothing else that may open the phone."""
    return not (credential.active is None or credential.pending or credential.doubtful)


def is_steady(session: Session, credential: Credential) -> bool:
    """Tell whether the phone itself has shown the value, so that it can only have been changed.

    A value that a person told may have been mistyped: its rotation finds out.
    """
    shown = credential.level.at_least(Level.VERIFIED)
    return shown and is_known(credential) and live_rotation(session, credential) is None


def looks_changed(lock: Lock) -> bool:
    """Tell whether what is free to ask says that it is not the lock that the vault knows."""
    return lock.secure is False or lock.credential_type in NOT_A_PIN


def why_not(lock: Lock | None) -> str | None:
    """Return why no value is tried on a phone with such a lock; None where one may be.

    A wrong value is counted by the phone: it is risked only where it cannot erase it.
    """
    if lock is None or lock.secure is None:
        return "unclear_lock"
    if lock.secure is False:
        return "no_lock"
    if lock.credential_type in NOT_A_PIN:
        return "not_a_pin"
    if lock.wipe_limit is None:
        return "wipe_limit_unknown"
    if 0 < lock.wipe_limit < NOT_NEAR:
        return "wipe_limit_near"
    return None


def lock_of(device: Device) -> Lock | None:
    facts = device.known_facts
    return None if facts is None else facts.lock
