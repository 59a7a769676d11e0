"""工作微信交接单: who hands an account on, who takes it over, who watches; in three sheets."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.accounts.queries import account
from fleet.backups.models import Backup
from fleet.contracts.clock import today
from fleet.contracts.labels import label
from fleet.contracts.papers import (
    Cell,
    Content,
    HandOverReason,
    PaperIn,
    PaperRole,
    Said,
    Section,
    grouped,
)
from fleet.contracts.words import _
from fleet.custody.models import Holding
from fleet.papers.errors import NobodyToHandOn, SameOnBothSides
from fleet.papers.forms import facts
from fleet.papers.forms.parts import (
    BLANK,
    Draft,
    Signer,
    both,
    day,
    in_both,
    line,
    person,
    section,
    sentence,
    with_aside,
    word,
)
from fleet.people.models import Employee
from fleet.people.queries import employee
from fleet.rotation.models import RotationDeclaration
from fleet.sims.models import Sim
from fleet.vault.models import Credential

TITLE: Final = both("工作微信交接单", "Work Account Hand-over")
COPIES: Final = (
    both("第一联：存根", "Sheet 1: kept on file"),
    both("第二联：移交人", "Sheet 2: for who hands on"),
    both("第三联：接收人", "Sheet 3: for who takes over"),
)
REASONS: Final = {
    HandOverReason.LEAVING: both("离职", "leaving"),
    HandOverReason.TRANSFER: both("调岗", "transfer"),
    HandOverReason.IN_TURN: both("轮换", "rotation of duties"),
}
TERMS: Final = _(
    "The terms of WeChat give the use of an account to its first registrant: {registrant}. All "
    "three who sign know it. Passwords are on no paper; the receiver is shown his own way to them."
)


# What the register says of cards and real names, where nobody has said that they were unbound.
TO_UNBIND: Final = both("待解除（台账记为有）", "to be done: the register has one")
NOT_BOUND: Final = both("无（按台账）", "none, by the register")


@dataclass(frozen=True)
class Sides:
    giver: Employee | None
    receiver: Employee
    witness: Employee | None
    since: Holding | None  # the holding that ends with it


def draw(session: Session, given: PaperIn, _actor: Actor) -> Draft:
    found = account(session, given.subject)
    sides = _sides(session, found, given)
    known = facts.credential_of(session, found)
    backup = facts.newest_backup(session, found.device)
    sections = (
        *_people(sides, given.because),
        _account(found, facts.card_with(session, found.number)),
        _state(session, found, sides, known),
        _backed_up(backup),
        Section(text=(sentence(TERMS, registrant=found.registrant or "—"),)),
    )
    content = Content(title=TITLE, copies=COPIES, sections=sections)
    return Draft(found.handle, content, _signers(sides))


def _sides(session: Session, found: Account, given: PaperIn) -> Sides:
    """Return who hands on and who takes over: the last two who held it, or the one who is named."""
    spans = list(facts.spans(session, found))
    if given.to:
        receiver = employee(session, given.to)
        before = [one for one in spans if one.employee_id != receiver.id]
    elif spans:
        receiver, before = spans[0].employee, spans[1:]
    else:
        raise NobodyToHandOn(name=found.handle)
    former = before[0] if before else None
    witness = employee(session, given.witness) if given.witness else None
    sides = Sides(former.employee if former else None, receiver, witness, former)
    _require_three(sides)
    return sides


def _require_three(sides: Sides) -> None:
    there = [one for one in (sides.giver, sides.receiver, sides.witness) if one is not None]
    for one in there:
        if sum(other.id == one.id for other in there) > 1:
            raise SameOnBothSides(name=one.name)


def _people(sides: Sides, because: HandOverReason | None) -> Iterator[Section]:
    """Give the two sides apart: nobody is to take the number of one for that of the other."""
    watching = sides.witness.name if sides.witness else BLANK
    yield section(*person("移交人", "Handed on by", sides.giver))
    yield section(*person("接收人", "Taken over by", sides.receiver))
    yield section(
        line("监交人", "Witness", watching),
        line("交接原因", "Reason", REASONS[because] if because else BLANK),
        line("日期", "Date", day(today())),
    )


def _account(found: Account, card: Sim | None) -> Section:
    lines = [
        line("微信号", "Account", found.handle),
        line("昵称", "Nickname", found.nickname),
        line("账号类型", "Type", word(found.kind.value)),
        line("绑定手机号", "Bound number", found.number),
        line("号码实名主体", "Number registered to", _registered(card)),
        line("绑定QQ/邮箱", "Bound QQ/e-mail", found.contact),
        line("首次注册人", "First registrant", _registrant(found)),
        line("所在设备", "Used on", found.device.tag if found.device else BLANK),
        line("好友数", "Contacts"),
        line("客户数", "Customers", _customers(found)),
        line("群数(群主数/管理员数)", "Groups (owner/administrator)"),
        line("未结事项", "Open matters", room=True),
        line("客户告知方式", "How customers are told"),
    ]
    if found.administrators:
        lines.append(line("公众号管理员", "Administrators", found.administrators))
    return section(*lines)


def _registered(card: Sim | None) -> Cell:
    """Return in whose name the carrier has the number that the account is bound to."""
    if card is None or not card.registered_owner:
        return word(card.owner_kind.value) if card and card.owner_kind else BLANK
    kind = word(card.owner_kind.value) if card.owner_kind else BLANK
    return with_aside(card.registered_owner, kind)


def _registrant(found: Account) -> Cell:
    standing = word(found.registrant_standing.value) if found.registrant_standing else BLANK
    return with_aside(found.registrant, standing) if found.registrant else standing


def _customers(found: Account) -> Cell:
    """Return how many there were on the day on which somebody counted."""
    if found.contacts is None:
        return BLANK
    return with_aside(str(found.contacts), day(found.contacts_on))


def _state(session: Session, found: Account, sides: Sides, known: Credential | None) -> Section:
    since = sides.since.issued_at if sides.since else None
    said = facts.declared_since(session, known, since)
    return section(
        line("私人联系人已清理", "Private contacts removed"),
        line(
            "银行卡/零钱已解除",
            "Bank cards, wallet unbound",
            _said(said.get("bank")) or _unbound(bound=found.card_bound),
        ),
        line(
            "实名已解除",
            "Real name unbound",
            _said(said.get("real_name")) or _unbound(bound=found.real_name),
        ),
        line("登录设备清理", "Signed-in devices removed", _said(said.get("devices"))),
        line("密码已重置", "Password reset", _reset(known)),
    )


def _backed_up(backup: Backup | None) -> Section:
    return section(
        line("聊天备份级别及介质编号", "Chat backup: level and number", _backup(backup)),
        line("备份校验值", "Digest of the backup", _manifest(backup)),
    )


def _unbound(*, bound: bool | None) -> Cell:
    """Return what the register says where nobody has said that it was done."""
    return BLANK if bound is None else TO_UNBIND if bound else NOT_BOUND


def _said(one: RotationDeclaration | None) -> Cell:
    """Return who said that it was done, and who saw it; blank where nobody did."""
    if one is None:
        return BLANK
    names = "、".join(filter(None, (one.said_by, one.witnessed_by)))
    return f"{names} {one.said_at.astimezone():%Y-%m-%d}"


def _reset(known: Credential | None) -> Cell:
    if known is None or known.changed_at is None:
        return BLANK
    return _with_level(known.level, f"{known.changed_at.astimezone():%Y-%m-%d}")


def _backup(backup: Backup | None) -> Cell:
    return _with_level(backup.level, backup.number) if backup else BLANK


def _with_level(level: StrEnum, told: str) -> Said:
    return in_both(lambda: f"{label(level)} {told}")


def _manifest(backup: Backup | None) -> Cell:
    return grouped(backup.manifest_digest) if backup and backup.manifest_digest else BLANK


def _signers(sides: Sides) -> tuple[Signer, ...]:
    return (
        Signer(PaperRole.GIVER, both("移交人", "Handed on by"), sides.giver),
        Signer(PaperRole.RECEIVER, both("接收人", "Taken over by"), sides.receiver),
        Signer(PaperRole.WITNESS, both("监交人", "Witness"), sides.witness),
    )
