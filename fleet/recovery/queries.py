"""What state a database is in that was copied, or brought back from a copy."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.audit.models import AuditHead
from fleet.audit.queries import verify_trail
from fleet.contracts.chain import START
from fleet.keys.keyring import Keyring
from fleet.vault.rekeying import check_all


@dataclass(frozen=True)
class Condition:
    """`entries` and `hash` are the trail's head; `shut` of the `secrets` do not open."""

    entries: int
    hash: str
    whole: bool
    secrets: int
    shut: int

    @property
    def good(self) -> bool:
        return self.whole and not self.shut


def condition(session: Session, keyring: Keyring, *, key: str) -> Condition:
    """Follow the whole trail and open every secret; `key` is the server's own public key."""
    trail, head = verify_trail(session, key=key), trail_head(session)
    found = check_all(session, keyring)
    return Condition(*head, trail.whole, found.checked, len(found.shut))


def trail_head(session: Session) -> tuple[int, str]:
    found = session.execute(select(AuditHead.entries, AuditHead.hash)).one_or_none()
    return (found.entries, found.hash) if found else (0, START)
