"""密码变更登记表: when what opens a phone or an account was changed, by whom, how well known."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.accounts.queries import account
from fleet.contracts.papers import Cell, Content, PaperIn, PaperRole, Section
from fleet.contracts.rotation import CHANGED
from fleet.contracts.words import _
from fleet.custody.models import Holding
from fleet.devices.errors import DeviceNotFound
from fleet.devices.models import Device
from fleet.devices.queries import device
from fleet.papers.forms import facts
from fleet.papers.forms.parts import (
    BLANK,
    Draft,
    Signer,
    both,
    day,
    grid,
    line,
    section,
    sentence,
    word,
)
from fleet.rotation.models import Rotation, RotationDeclaration

TITLE: Final = both("密码变更登记表", "Password Change Log")
COLUMNS: Final = (
    both("日期", "Date"),
    both("使用人", "User"),
    both("变更原因", "Reason"),
    both("操作人", "Done by"),
    both("见证人", "Witness"),
    both("验证方式", "How it is known"),
    both("登录设备已清理", "Devices signed out"),
    both("保管库编号", "No. in the vault"),
    both("备注", "Note"),
)
NEVER: Final = _("No password stands on this paper: it lies in the vault under its number there.")


def draw(session: Session, given: PaperIn, actor: Actor) -> Draft:
    held, name = _thing(session, given.subject)
    known = facts.credential_of(session, held)
    changes = facts.changes_of(session, known, given.since, given.until)
    spans = facts.spans(session, held)
    sections = (
        section(
            line("微信号/资产编号", "Account or phone", name),
            line("类别", "What", word(known.kind.value if known else None)),
            line("自", "From", day(given.since)),
            line("至", "Until", day(given.until)),
        ),
        grid(both("变更记录", "Changes"), COLUMNS, [_row(one, spans, name) for one in changes]),
        Section(text=(sentence(NEVER),)),
    )
    signers = (
        Signer(PaperRole.HANDLER, both("操作人", "Done by"), name=actor.name),
        Signer(PaperRole.WITNESS, both("见证人", "Witness")),
    )
    return Draft(name, Content(title=TITLE, sections=sections), signers)


def _thing(session: Session, name: str) -> tuple[Device | Account, str]:
    """Return the phone with a tag, or the account with a handle."""
    try:
        phone = device(session, name)
    except DeviceNotFound:
        found = account(session, name)
        return found, found.handle
    return phone, phone.tag


def _row(one: Rotation, spans: Sequence[Holding], name: str) -> tuple[Cell, ...]:
    said = {row.what: row for row in one.declarations}
    by_hand = said.get(CHANGED)
    user = facts.holder_at(spans, one.ended_at) if one.ended_at else None
    return (
        day(one.ended_at),
        user.name if user else BLANK,
        word(one.asked),
        _who(one, by_hand),
        by_hand.witnessed_by or BLANK if by_hand else BLANK,
        word(one.state.value),
        both("是", "yes") if "devices" in said else BLANK,
        f"{name} #{one.version.number}",
        BLANK,
    )


def _who(one: Rotation, by_hand: RotationDeclaration | None) -> Cell:
    """Return who changed it: a person by hand, or the station that was at work."""
    if by_hand is not None:
        return by_hand.said_by
    station = one.job.station if one.job else None
    return station.name if station else BLANK
