"""How policies are shown: with the number of values that they leave, as bits."""

from datetime import datetime

from fleet.contracts.clock import clock
from fleet.contracts.credentials import NEVER_DRAWN, CredentialKind
from fleet.contracts.policies import PolicyOut
from fleet.policies.models import PasswordPolicy
from fleet.vault.generate import Allowed, allowed
from fleet.vault.rules import Rules


def shown(
    rules: Rules,
    version: PasswordPolicy | None,
    *,
    at: datetime,
    department: str | None = None,
) -> PolicyOut:
    """Return a policy as it is shown; without a version the settings of the server say it."""
    counted = _counted(rules)
    named = (version.place if version else None) or department
    return PolicyOut(
        id=str(version.id) if version else None,
        kind=rules.kind,
        department=named,
        effective_from=version.effective_from if version else None,
        in_force=version is None or version.effective_from <= at,
        inherits=bool(version and version.inherits),
        set_at=version.set_at if version else None,
        set_by=version.set_by if version else None,
        reason=version.reason if version else None,
        max_age_days=rules.max_age_days,
        warning_days=rules.warning_days,
        length=rules.length,
        classes=sorted(rules.classes),
        history=rules.history,
        patterns=sorted(rules.patterns),
        events=sorted(rules.events),
        quiet_from=clock(rules.quiet_from),
        quiet_until=clock(rules.quiet_until),
        disclosure_hours=rules.disclosure_hours,
        allowed=str(counted.values) if counted else None,
        exact=counted.exact if counted else True,
        bits=round(counted.bits, 1) if counted else None,
    )


def _counted(rules: Rules) -> Allowed | None:
    """Count the values; none is drawn for a SIM or a binding."""
    return None if rules.kind in NEVER_DRAWN else allowed(rules)


def bits_of(kind: CredentialKind, rules: Rules) -> float | None:
    return None if kind in NEVER_DRAWN else round(allowed(rules).bits, 1)
