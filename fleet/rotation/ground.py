"""What decides whether changes can be planned, read once for all of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.accounts.errors import NoNumberToBind
from fleet.accounts.models import Account
from fleet.accounts.opening import numbers_to_bind
from fleet.builds.errors import BuildUntrusted
from fleet.builds.queries import trust_of
from fleet.contracts.builds import BuildTrust
from fleet.contracts.credentials import NEVER_DRAWN, CredentialKind
from fleet.devices.models import Device
from fleet.rotation.errors import RotationUnderWay
from fleet.rotation.objections import objections, require_no_objection
from fleet.rotation.queries import live_ones
from fleet.settings import Settings
from fleet.vault.errors import ChangeUnderWay
from fleet.vault.generate import require_possible
from fleet.vault.models import Credential
from fleet.vault.rules import Rules, rules_of_each


@dataclass(frozen=True)
class Ground:
    """`rules`, `live` and `objected` go by the ids of credentials, `lying` and `numbers` by things.

    `lying` names the builds whose lock tools were found to lie; nobody looked where they do not
    matter.
    """

    rules: Mapping[UUID, Rules]
    live: Collection[UUID]
    objected: Collection[UUID]
    lying: Mapping[UUID, str]
    numbers: Mapping[UUID, str]

    def require_plannable(self, credential: Credential) -> None:
        """Refuse where a change is under way, would be in vain, or has nothing to change it to."""
        if credential.id in self.live:
            raise RotationUnderWay(subject=credential.subject)
        require_no_objection(self.objected, credential)
        is_binding = credential.kind is CredentialKind.ACCOUNT_BINDING
        if is_binding and credential.account_id not in self.numbers:
            raise NoNumberToBind(handle=credential.subject)
        if credential.pending:
            raise ChangeUnderWay(subject=credential.subject)
        if not credential.doubtful:
            # A visit that asks which value opens it sets nothing where the tool lies.
            self._require_settable(credential)

    def _require_settable(self, credential: Credential) -> None:
        build = self.lying.get(credential.device_id) if credential.device_id else None
        if build:
            raise BuildUntrusted(subject=credential.subject, build=build)
        if credential.kind not in NEVER_DRAWN:
            require_possible(self.rules[credential.id])


def ground_of(
    session: Session,
    settings: Settings,
    credentials: Sequence[Credential],
    things: Collection[Device | Account],
    *,
    even_untrusted: bool,
) -> Ground:
    """Read what decides about changes of these, in a fixed number of questions."""
    accounts = [one for one in things if isinstance(one, Account)]
    return Ground(
        rules=rules_of_each(session, settings, credentials),
        live=live_ones(session, credentials),
        objected=objections(session, credentials),
        lying={} if even_untrusted else _lying(session, things),
        numbers=numbers_to_bind(session, accounts),
    )


def _lying(session: Session, things: Iterable[Device | Account]) -> dict[UUID, str]:
    builds = {thing.id: thing.build for thing in things if isinstance(thing, Device)}
    trust = trust_of(session, set(builds.values()))
    return {
        phone: build
        for phone, build in builds.items()
        if build and trust.get(build) is BuildTrust.UNTRUSTED
    }
