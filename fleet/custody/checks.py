"""What each check of the return gate looks at, and what it finds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from fleet.accounts.models import Account
from fleet.accounts.opening import is_bound, key_of
from fleet.backups.chats import ADVICE
from fleet.contracts.custody import CheckName
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.facts import Sim as Card
from fleet.contracts.labels import label
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.models import Declaration, Holding
from fleet.custody.proofs import Proofs
from fleet.devices.models import Device
from fleet.sims.models import Sim
from fleet.vault.models import Credential
from fleet.vault.queries import known_credential

# Kinds of accounts of the system that lock a phone to their owner after it is wiped.
LOCKING: Final = (
    "com.xiaomi",
    "com.huawei.hwid",
    "com.hihonor.id",
    "com.bbk.account",
    "com.heytap",
    "com.oppo",
    "com.oplus",
    "com.osp.app.signin",
    "com.samsung",
    "com.meizu.account",
    "com.google",
)


@dataclass(frozen=True)
class Found:
    """What one check found: how well it holds, what is so, and what to do where it does not."""

    level: Level
    sentence: str
    advice: str = ""


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
    declared: dict[CheckName, Declaration]

    def counts(self, moment: datetime | None) -> bool:
        return moment is not None and self.since is not None and moment >= self.since


def _pin(visit: Visit) -> Found:
    credential = visit.proofs.credentials.get(visit.device.id)
    advice = say(_("Rotate it at a station: `workfleet rotate {tag}`."), tag=visit.device.tag)
    if credential is None or credential.active is None:
        return Found(Level.NONE, say(_("The company knows no PIN of it.")), advice)
    if not visit.counts(credential.changed_at):
        return Found(Level.NONE, say(_("The PIN was not changed since the return began.")), advice)
    level = credential.level
    return Found(level, say(_("The PIN was changed since the return began.")), advice)


def _backup(visit: Visit) -> Found:
    backup = visit.proofs.backups.get(visit.device.id)
    advice = say(
        _("Keep it plugged in at a station; start one with `workfleet backup run {tag}`."),
        tag=visit.device.tag,
    )
    if backup is None:
        return Found(Level.NONE, say(_("There is no complete backup.")), advice)
    if not visit.counts(visit.proofs.begun.get(visit.device.id)):
        sentence = say(_("The backup {number} is older than the return."), number=backup.number)
        return Found(Level.NONE, sentence, advice)
    sentence = say(_("The backup {number} is complete."), number=backup.number)
    return Found(backup.level, sentence, advice)


def _chat_history(visit: Visit) -> Found:
    chats = visit.proofs.chats_of(visit.device, visit.since)
    advice = say(ADVICE[chats.level], tag=visit.device.tag)
    sentence = chats.sentence + (f" ({label(chats.missing)})" if chats.missing else "")
    if visit.proofs.chats_needed(visit.device) is Level.NONE:
        sentence = say(_("No plan demands it. {sentence}"), sentence=sentence)
    return Found(chats.level, sentence, advice)


def _accounts(visit: Visit) -> Found:
    used = accounts_on_it(visit.device, visit.proofs.held_with(visit.device))
    if not used:
        return Found(Level.VERIFIED, say(_("No account of the company is used on it.")))
    known = visit.proofs.credentials
    levels = [level_since(known.get(one.id), visit.since) for one in used]
    for account, level in zip(used, levels, strict=True):
        if not level.at_least(Level.OBSERVED):
            return _still_its_holders(account)
    sentence = say(_changed(used), handles=", ".join(one.handle for one in used))
    return Found(min(levels, key=lambda level: level.strength), sentence)


def _still_its_holders(account: Account) -> Found:
    if is_bound(account):
        return _binding(account.handle)
    return Found(
        Level.NONE,
        say(_("The password of {handle} is still its holder's."), handle=account.handle),
        say(_("Change it at a station: `workfleet rotate {handle}`."), handle=account.handle),
    )


def _changed(used: Iterable[Account]) -> str:
    if any(is_bound(one) for one in used):
        return _("The passwords or bindings of {handles} were changed.")
    return _("The passwords of {handles} were changed.")


def _binding(handle: str) -> Found:
    return Found(
        Level.NONE,
        say(
            _("{handle} has no password, and its binding was not changed since the return began."),
            handle=handle,
        ),
        say(
            _(
                "Change its binding at a station: `workfleet rotate {handle}`. Where it was moved "
                "in the WeCom admin console instead, waive this check and say where to see it."
            ),
            handle=handle,
        ),
    )


def accounts_on_it(device: Device, held: Iterable[Holding]) -> list[Account]:
    """Return the accounts among `held` that are used on the phone, or on none in particular."""
    mine = [one.account for one in held if one.account is not None]
    return [account for account in mine if account.device_id in {device.id, None}]


def password_level(session: Session, account: Account, since: datetime | None) -> Level:
    """Return how well a change of an account's password since then is known."""
    return level_since(known_credential(session, key_of(account)), since)


def level_since(credential: Credential | None, since: datetime | None) -> Level:
    """Return how well a change of this credential since then is known."""
    if credential is None or credential.active is None or since is None:
        return Level.NONE
    changed = credential.changed_at is not None and credential.changed_at >= since
    return credential.level if changed else Level.NONE


def _sim(visit: Visit) -> Found:
    expected = sims_in_it(visit.device, visit.proofs.held_with(visit.device))
    if not expected:
        return Found(Level.VERIFIED, say(_("No SIM of the company is expected in it.")))
    cards = visit.facts.sims if visit.facts else ()
    missing = [sim.number for sim in expected if not _is_among(sim, cards)]
    if not missing:
        return Found(Level.VERIFIED, say(_("The SIM of the ledger is in it.")))
    return Found(
        Level.NONE,
        say(_("The SIM ending in {last} was not seen in it."), last=missing[0][-4:]),
        say(_("Plug the phone in with the SIM, or take the SIM back by hand and say so.")),
    )


def sims_in_it(device: Device, held: Iterable[Holding]) -> list[Sim]:
    return [one.sim for one in held if one.sim is not None and one.sim.device_id == device.id]


def _is_among(sim: Sim, cards: Sequence[Card]) -> bool:
    """Compare by card number, or by phone number as the phone may write it: +8613800002231."""
    return any(
        sim.iccid == card.iccid or (card.number or "").endswith(sim.number) for card in cards
    )


def _vendor_account(visit: Visit) -> Found:
    advice = say(
        _("Sign it out in the phone's settings; `workfleet device probe {tag}` looks again."),
        tag=visit.device.tag,
    )
    if visit.facts is None or visit.facts.missing("accounts"):
        unseen = say(_("It was not seen whether an account is left that locks the phone."))
        return Found(Level.NONE, unseen, advice)
    left = [item.type for item in visit.facts.accounts if item.count and _locks(item.type)]
    if left:
        sentence = say(_("An account of the kind {kind} is still signed in."), kind=left[0])
        return Found(Level.NONE, sentence, advice)
    return Found(Level.OBSERVED, say(_("No account is left that locks the phone.")))


def _locks(kind: str) -> bool:
    return kind.startswith(LOCKING)


def _handed_back(visit: Visit) -> Found:
    """Nobody can be asked to hand back what nobody holds (a lost phone that was found)."""
    if visit.holding is None:
        return Found(Level.DECLARED, say(_("Nobody holds it.")))
    advice = say(_("Say so with `workfleet return {tag}`."), tag=visit.device.tag)
    return Found(Level.NONE, say(_("Its holder has not given it back.")), advice)


CHECKS: Final[dict[CheckName, Callable[[Visit], Found]]] = {
    CheckName.PIN: _pin,
    CheckName.BACKUP: _backup,
    CheckName.ACCOUNTS: _accounts,
    CheckName.SIM: _sim,
    CheckName.VENDOR_ACCOUNT: _vendor_account,
    CheckName.CHAT_HISTORY: _chat_history,
    CheckName.HANDED_BACK: _handed_back,
}
