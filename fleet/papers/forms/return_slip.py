"""手机归还单: what comes back with a phone, signed before its gate is passed."""

from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.papers import Content, PaperIn, PaperRole, Section
from fleet.contracts.photos import PhotoTaken
from fleet.contracts.words import _
from fleet.custody.accessories import kit_of
from fleet.custody.models import Holding
from fleet.custody.queries import held_by, open_holding
from fleet.devices.models import Device
from fleet.devices.queries import device
from fleet.papers.errors import NobodyToSign
from fleet.papers.forms.kit import in_order, kit_grid, looks, photographs
from fleet.papers.forms.parts import (
    Draft,
    Signer,
    both,
    day,
    line,
    person,
    section,
    sentence,
)
from fleet.papers.forms.things import with_it

TITLE: Final = both("手机归还单", "Phone Return Slip")
BEFORE: Final = _(
    "Signed before the phone is accepted. Whether its data is stored and its PIN known is shown by "
    "the clearance certificate afterwards."
)


def draw(session: Session, given: PaperIn, actor: Actor) -> Draft:
    phone = device(session, given.subject)
    holding = open_holding(session, phone)
    if holding is None:
        raise NobodyToSign(name=phone.tag)
    sections = (
        _phone(session, phone, holding, actor),
        *kit_grid(session, kit_of(holding, in_order(holding.accessories), {})),
        *with_it(held_by(session, holding.employee), phone),
        Section(text=(sentence(BEFORE),)),
    )
    signers = (
        Signer(PaperRole.HOLDER, both("归还人", "Returned by"), holding.employee),
        Signer(PaperRole.RECEIVER, both("接收人", "Received by"), name=actor.name),
        Signer(PaperRole.WITNESS, both("见证人", "Witness")),
    )
    return Draft(phone.tag, Content(title=TITLE, sections=sections), signers)


def _phone(session: Session, phone: Device, holding: Holding, actor: Actor) -> Section:
    return section(
        line("资产编号", "Asset tag", phone.tag),
        line("型号", "Model", phone.market_name or phone.model),
        line("序列号", "Serial no.", phone.serial),
        *person("归还人", "Returned by", holding.employee),
        line("领用日期", "Issued on", day(holding.issued_at)),
        line("归还日期", "Returned on", day(phone.returning_since)),
        line("领用时状况", "Condition at issue", looks(holding.condition, holding.condition_note)),
        line("归还状况", "Condition at return", looks(holding.back_condition, holding.back_note)),
        *photographs(session, holding, PhotoTaken.HANDED_OUT),
        *photographs(session, holding, PhotoTaken.GIVEN_BACK),
        line("接收人", "Received by", actor.name),
    )
