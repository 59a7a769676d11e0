"""手机领用登记表: a phone, the card and accounts with it, and what its user agrees to."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.events import masked
from fleet.contracts.papers import Cell, Content, PaperIn, PaperRole, Said, Section
from fleet.custody.models import Holding
from fleet.custody.queries import held_by, open_holding
from fleet.devices.models import Device
from fleet.devices.queries import device
from fleet.papers.errors import NobodyToSign
from fleet.papers.forms.kit import accessories_of, looks
from fleet.papers.forms.parts import BLANK, Draft, Signer, both, day, grid, line, section, word
from fleet.papers.texts import newest_text, text_section
from fleet.people.models import Employee

TITLE: Final = both("手机领用登记表", "Phone Issue Form")
WITH_IT: Final = (
    both("类别", "Kind"),
    both("号码/账号", "Number/account"),
    both("ICCID/昵称", "ICCID/nickname"),
    both("运营商/类型", "Carrier/type"),
)


def draw(session: Session, given: PaperIn, actor: Actor) -> Draft:
    phone = device(session, given.subject)
    holding = open_holding(session, phone)
    if holding is None:
        raise NobodyToSign(name=phone.tag)
    holder = holding.employee
    sections = (
        _phone(session, phone, holding),
        _issue(holding, actor),
        *with_it(held_by(session, holder), phone),
        text_section(newest_text(session, "issue-terms")),
    )
    content = Content(title=TITLE, sections=sections)
    return Draft(phone.tag, content, _signers(holder, actor))


def _phone(session: Session, phone: Device, holding: Holding) -> Section:
    first, second, *_rest = [*phone.imei, BLANK, BLANK]
    return section(
        line("资产编号", "Asset tag", phone.tag),
        line("品牌", "Brand", phone.brand),
        line("型号", "Model", phone.market_name or phone.model),
        line("颜色/容量", "Colour/storage"),
        line("IMEI1", "IMEI 1", first),
        line("IMEI2", "IMEI 2", second),
        line("序列号", "Serial no.", phone.serial),
        line("新旧程度", "Condition", looks(holding.condition, holding.condition_note)),
        line("配件", "Accessories", accessories_of(session, holding)),
        line("状态", "State", word(phone.state.value)),
    )


def _issue(holding: Holding, actor: Actor) -> Section:
    holder = holding.employee
    return section(
        line("领用部门", "Department", holder.department.name),
        line("领用人", "User", holder.name),
        line("工号", "Staff no.", holder.number),
        line("领用日期", "Issued on", day(holding.issued_at)),
        line("用途", "Purpose"),
        line("经手人", "Handler", actor.name),
        line("归还日期", "Returned on"),
        line("归还状况", "Condition at return"),
        line("验收人", "Checked by"),
        line("备注", "Note"),
    )


def with_it(holdings: Iterable[Holding], phone: Device) -> Iterable[Section]:
    """Give the card and the accounts that the holder has for this phone."""
    rows = [row for one in holdings if (row := _row(one, phone))]
    if rows:
        yield grid(both("随机手机卡与账号", "SIM and accounts with it"), WITH_IT, rows)


def _row(one: Holding, phone: Device) -> tuple[Cell, ...] | None:
    if one.sim is not None and one.sim.device_id == phone.id:
        card = one.sim
        return word("sim"), card.number, masked(card.iccid), card.carrier or BLANK
    if one.account is not None and one.account.device_id == phone.id:
        account = one.account
        return (
            word("account"),
            account.handle,
            account.nickname or BLANK,
            word(account.kind.value),
        )
    return None


def head_of(employee: Employee) -> Employee | None:
    """Return the head of somebody's department, where that is not he himself."""
    head = employee.department.head
    return None if head is None or head.id == employee.id else head


LINE_HEAD: Final[Said] = both("部门负责人", "Head of department")


def _signers(holder: Employee, actor: Actor) -> tuple[Signer, ...]:
    return (
        Signer(PaperRole.HOLDER, both("领用人", "User"), holder),
        Signer(PaperRole.HANDLER, both("经手人", "Handler"), name=actor.name),
        Signer(PaperRole.LINE_HEAD, LINE_HEAD, head_of(holder)),
    )
