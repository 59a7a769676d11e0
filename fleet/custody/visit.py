"""What the checks of the return gate look at, and what each of them answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.contracts.custody import CheckName, ProofOut
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.models import Declaration, Holding
from fleet.custody.proofs import Proofs
from fleet.devices.models import Device


@dataclass(frozen=True)
class Found:
    """What one check found: how well it holds, what is so, and what to do where it does not.

    `against`: the phone said the opposite, so that no person's word stands for it.
    """

    level: Level
    sentence: str
    advice: str = ""
    proofs: tuple[ProofOut, ...] = ()
    against: bool = False


@dataclass(frozen=True)
class Visit:
    """What the checks look at; `facts` are None unless the phone was seen since the return began.

    `since` is None for a phone whose return has not begun: nothing counts for it yet.
    """

    device: Device
    proofs: Proofs
    holding: Holding | None
    since: datetime | None
    facts: PhoneFacts | None
    said: Sequence[Declaration]

    def counts(self, moment: datetime | None) -> bool:
        return moment is not None and self.since is not None and moment >= self.since

    @property
    def seen(self) -> bool:
        return self.counts(self.device.last_seen_at)

    def declared(self, check: CheckName) -> Declaration | None:
        """Return the newest word on a check that is of no account alone."""
        mine = [one for one in self.said if one.check_name is check and one.account_id is None]
        return mine[-1] if mine else None

    @property
    def sight(self) -> tuple[ProofOut, ...]:
        """Return the newest visit as a proof; nothing where there was none since the beginning."""
        if not self.seen:
            return ()
        seen = ProofOut(
            what=say(_("A station saw the phone.")),
            level=Level.OBSERVED,
            at=self.device.last_seen_at,
            by=self.proofs.station(self.device.station_id),
            digest=self.device.facts_digest,
        )
        return (seen,)
