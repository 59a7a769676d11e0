"""What is demanded of one credential, as a frozen value: who found it is not known here.

Which policy applies is decided by who holds the phone, the account or the SIM today; rooms further
down know that, and `fleet.wiring` puts their finder here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.contracts.credentials import OF_SIMS, CredentialKind
from fleet.contracts.policies import NEVER, Characters, Pattern, Trigger
from fleet.settings import Settings
from fleet.vault.models import Credential


@dataclass(frozen=True)
class Rules:
    """A policy as it applies to one credential; `numbers` are those that its PIN must not show.

    `later` are maximum ages that are set already for times to come, the earliest first.
    """

    kind: CredentialKind
    max_age_days: int
    warning_days: int
    length: int
    classes: frozenset[Characters]
    history: int
    patterns: frozenset[Pattern]
    events: frozenset[Trigger]
    disclosure_hours: int
    quiet_from: int | None = None  # minutes of the day
    quiet_until: int | None = None
    numbers: tuple[str, ...] = ()
    later: tuple[tuple[datetime, int], ...] = ()

    def due_by_age(self, since: datetime) -> datetime | None:
        """Return when a value that is in use `since` is too old, by what is in force then."""
        due = _after(since, self.max_age_days)
        for begins, days in self.later:
            if due is not None and due <= begins:
                break
            grown_up = _after(since, days)
            due = None if grown_up is None else max(grown_up, begins)
        return due

    def due_after(self, trigger: Trigger, at: datetime) -> datetime | None:
        """Return when a credential is due because of `trigger`; None where it is no reason."""
        if trigger not in self.events:
            return None
        hours = self.disclosure_hours if trigger is Trigger.DISCLOSURE else 0
        return at + timedelta(hours=hours)


def _after(since: datetime, days: int) -> datetime | None:
    return None if days == NEVER else since + timedelta(days=days)


Finder = Callable[[Session, Settings, Sequence[Credential]], Mapping[UUID, Rules]]
FINDERS: Final[list[Finder]] = []

WARNING_DAYS: Final = 7
REMEMBERED: Final = 12  # so many earlier values are not drawn again
_MIXED: Final = frozenset({Characters.LOWER, Characters.UPPER, Characters.DIGITS})


def standard(kind: CredentialKind, settings: Settings) -> Rules:
    """Return what holds where nobody has set a policy: the numbers of the settings."""
    ages = {
        CredentialKind.DEVICE_PIN: settings.pin_days,
        CredentialKind.ACCOUNT_PASSWORD: settings.password_days,
        CredentialKind.ACCOUNT_BINDING: settings.password_days,
        CredentialKind.SIM_PIN: settings.pin_days,
        CredentialKind.SIM_PUK: NEVER,  # printed on the card: nobody can change it
    }
    lengths = {
        CredentialKind.DEVICE_PIN: settings.pin_length,
        CredentialKind.ACCOUNT_PASSWORD: settings.password_length,
        CredentialKind.ACCOUNT_BINDING: 11,
        CredentialKind.SIM_PIN: 4,
        CredentialKind.SIM_PUK: 8,
    }
    is_pin = kind is not CredentialKind.ACCOUNT_PASSWORD
    return Rules(
        kind=kind,
        max_age_days=ages[kind],
        warning_days=WARNING_DAYS,
        length=lengths[kind],
        classes=frozenset({Characters.DIGITS}) if is_pin else _MIXED,
        history=REMEMBERED,
        patterns=frozenset(Pattern) if kind is CredentialKind.DEVICE_PIN else frozenset(),
        events=frozenset() if kind in OF_SIMS else frozenset(Trigger),
        disclosure_hours=settings.disclosure_rotation_hours,
    )


def rules_of_each(
    session: Session, settings: Settings, credentials: Sequence[Credential]
) -> Mapping[UUID, Rules]:
    """Return what is demanded of each, by the ids of the credentials."""
    for find in FINDERS:
        return find(session, settings, credentials)
    return {one.id: standard(one.kind, settings) for one in credentials}


def rules_of(session: Session, settings: Settings, credential: Credential) -> Rules:
    return rules_of_each(session, settings, [credential])[credential.id]
