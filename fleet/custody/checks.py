"""What each check of the return gate looks at, and what it finds."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Final

from sqlalchemy.orm import Session

from fleet.accounts.models import Account
from fleet.accounts.opening import is_bound, key_of
from fleet.backups.chats import ADVICE
from fleet.backups.models import Backup
from fleet.contracts.accounts import AccountKind
from fleet.contracts.custody import CheckName, ProofOut
from fleet.contracts.facts import Sim as Card
from fleet.contracts.labels import label
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody import at_hand
from fleet.custody.at_hand import word_of
from fleet.custody.models import Declaration, Holding
from fleet.custody.usage import LastUse, last_use
from fleet.custody.visit import Found, Visit
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


def _pin(visit: Visit) -> Found:
    credential = visit.proofs.credentials.get(visit.device.id)
    advice = say(_("Rotate it at a station: `workfleet rotate {tag}`."), tag=visit.device.tag)
    if credential is None or credential.active is None:
        return Found(Level.NONE, say(_("The company knows no PIN of it.")), advice)
    if not visit.counts(credential.changed_at):
        return Found(Level.NONE, say(_("The PIN was not changed since the return began.")), advice)
    level = credential.level
    sentence = say(_("The PIN was changed since the return began."))
    return Found(level, sentence, advice, _changes(visit, [credential], sentence))


def _changes(
    visit: Visit, credentials: Iterable[Credential], sentence: str
) -> tuple[ProofOut, ...]:
    """Return by which changes it is so; a value that was handed in has none, and says when."""
    return tuple(_change(visit, one, sentence) for one in credentials)


def _change(visit: Visit, credential: Credential, sentence: str) -> ProofOut:
    row = visit.proofs.rotations.get(credential.id)
    steps = row.steps if row else []
    return ProofOut(
        what=row.sentence if row and row.sentence else sentence,
        level=credential.level,
        at=credential.changed_at,
        by=visit.proofs.station(row.job.station_id) if row and row.job else None,
        digest=next((step["digest"] for step in reversed(steps) if step.get("digest")), None),
    )


def _backup(visit: Visit) -> Found:
    backup = visit.proofs.backups.get(visit.device.id)
    advice = say(
        _("Keep it plugged in at a station; start one with `workfleet backup run {tag}`."),
        tag=visit.device.tag,
    )
    if backup is None:
        return Found(Level.NONE, say(_("There is no complete backup.")), advice)
    begun = visit.proofs.begun.get(visit.device.id)
    shown = (_of_backup(visit, backup),)
    if begun is None or not visit.counts(begun):
        sentence = say(_("The backup {number} is older than the return."), number=backup.number)
        return Found(Level.NONE, sentence, advice, shown)
    used = last_use(visit.facts) if visit.facts else LastUse(None, None, None)
    if used.at is not None and used.at > begun:
        sentence = say(
            _("{app} was used at {time}, after the backup {number} had begun."),
            app=used.app,
            time=f"{used.at.astimezone():%Y-%m-%d %H:%M}",
            number=backup.number,
        )
        return Found(Level.NONE, sentence, advice, shown, against=True)
    sentence = say(_("The backup {number} is complete."), number=backup.number)
    return Found(backup.level, f"{sentence} {_use_since(used, begun)}".strip(), advice, shown)


def _use_since(used: LastUse, begun: datetime) -> str:
    """Say how well it is known that nobody used the phone after its backup."""
    if used.at is None:
        return say(_("When the apps of work were last used cannot be read from it."))
    if used.told_at is None or used.told_at < begun:
        return say(_("Whether the apps of work were used since was not looked at."))
    return say(_("No app of work was used since."))


def _of_backup(visit: Visit, backup: Backup) -> ProofOut:
    return ProofOut(
        what=say(_("The backup {number} is complete."), number=backup.number),
        level=backup.level,
        at=backup.ended_at,
        by=visit.proofs.station(backup.station_id),
        digest=backup.manifest_digest,
    )


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
    changed = [key for one in used if (key := known.get(one.id))]
    level = min(levels, key=lambda level: level.strength)
    return Found(level, sentence, "", _changes(visit, changed, sentence))


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


def _unbound(visit: Visit) -> Found:
    """Of WeChat: a card of the holder's would pay, his real name would vouch, for the next one."""
    used = accounts_on_it(visit.device, visit.proofs.held_with(visit.device))
    named = [one for one in used if one.kind is AccountKind.WECHAT]
    if not named:
        return Found(Level.VERIFIED, say(_("No WeChat account of the company is used on it.")))
    seen = {one.handle: _seen_by_two(visit, one) for one in named}
    words = [word for one in named if (word := _word_on(visit, one))]
    shown = tuple(dict.fromkeys((*map(word_of, words), *chain.from_iterable(seen.values()))))
    left = [one.handle for one in named if not seen[one.handle] and not _word_on(visit, one)]
    if not left:
        by_two = _("{handles}: real name and cards were taken off, and a second person saw it.")
        by_one = _("{handles}: real name and cards are said to be unbound.")
        handles = ", ".join(seen)
        sentence = say(by_two if all(seen.values()) else by_one, handles=handles)
        return Found(Level.DECLARED, sentence, "", shown)
    return Found(
        Level.NONE,
        say(
            _("{handles}: nobody has said that the holder's real name and cards are unbound."),
            handles=", ".join(left),
        ),
        say(
            _(
                "Look with the holder at 我 → 服务 → 钱包 → 身份信息 and 银行卡, then say what you "
                "saw: `workfleet gate {tag} unbound --declare TEXT`."
            ),
            tag=visit.device.tag,
        ),
        shown,
    )


def _seen_by_two(visit: Visit, account: Account) -> tuple[ProofOut, ...]:
    """Return what one noted as done at a change of the account and another one saw, if all of it.

    Each says so by his own sign-in: nothing has to be said once more at the gate.
    """
    credential = visit.proofs.credentials.get(account.id)
    said = visit.proofs.witnessed.get(credential.id, ()) if credential else ()
    mine = [one for one in said if one.what in TAKEN_OFF and visit.counts(one.said_at)]
    if {one.what for one in mine} != TAKEN_OFF:
        return ()
    text = _("{handle}, {what}: {who} has done it, {witness} has seen it.")
    return tuple(
        ProofOut(
            what=say(
                text,
                handle=account.handle,
                what=say(TOLD[one.what]),
                who=one.said_by,
                witness=one.witnessed_by,
            ),
            level=Level.DECLARED,
            at=one.witnessed_at,
            by=one.witnessed_by,
        )
        for one in mine
    )


# What playbooks of WeChat call what is done beside a change of the password.
TOLD: Final = {"real_name": _("real name"), "bank": _("bank card")}
TAKEN_OFF: Final = frozenset(TOLD)


def _word_on(visit: Visit, account: Account) -> Declaration | None:
    mine = [
        one
        for one in visit.said
        if one.check_name is CheckName.UNBOUND and one.account_id in {account.id, None}
    ]
    return mine[-1] if mine else None


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
        sentence = say(_("The SIM of the ledger is in it."))
        return Found(Level.VERIFIED, sentence, "", visit.sight)
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
        return Found(Level.NONE, sentence, advice, visit.sight, against=True)
    sentence = say(_("No account is left that locks the phone."))
    return Found(Level.OBSERVED, sentence, advice, visit.sight)


def _locks(kind: str) -> bool:
    return kind.startswith(LOCKING)


CHECKS: Final[dict[CheckName, Callable[[Visit], Found]]] = {
    CheckName.IDENTITY: at_hand.identity,
    CheckName.SEEN: at_hand.seen,
    CheckName.PIN: _pin,
    CheckName.BACKUP: _backup,
    CheckName.CHAT_HISTORY: _chat_history,
    CheckName.ACCOUNTS: _accounts,
    CheckName.UNBOUND: _unbound,
    CheckName.VENDOR_ACCOUNT: _vendor_account,
    CheckName.SIM: _sim,
    CheckName.ACCESSORIES: at_hand.accessories,
    CheckName.SIGNATURES: at_hand.signatures,
    CheckName.HANDED_BACK: at_hand.handed_back,
}
