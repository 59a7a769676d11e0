"""A phone as the forms have it, and the card and accounts that go with it."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

from fleet.accounts.models import Account
from fleet.audit.events import masked
from fleet.contracts.papers import Cell, Section
from fleet.custody.models import Holding
from fleet.devices.models import Device
from fleet.papers.forms.parts import BLANK, both, grid, line, section, word
from fleet.people.models import Employee
from fleet.sims.models import Sim

TITLE: Final = both("手机领用登记表", "Phone Issue Form")
ISSUE_TERMS: Final = "issue-terms"
SHARED: Final = both("是，领用人为主要使用人", "yes, its user is the main user")
WITH_IT: Final = (
    both("类别", "Kind"),
    both("号码/账号", "Number/account"),
    both("ICCID/昵称", "ICCID/nickname"),
    both("运营商/类型", "Carrier/type"),
    both("实名主体/首次注册人", "Registered owner/first registrant"),
    both("套餐/绑定手机号", "Plan/bound number"),
)


def phone(
    session: Session,
    found: Device,
    *,
    card: Sim | None,
    looks: Cell | None,
    accessories: Cell,
    state: Cell,
) -> Section:
    """Return all that a form says of a phone, in the order of the register."""
    first, second, *_rest = [*found.imei, BLANK, BLANK]
    owner = session.get(Employee, found.owner_id) if found.owner_id else None
    return section(
        line("资产编号", "Asset tag", found.tag),
        line("品牌", "Brand", found.brand),
        line("型号", "Model", found.market_name or found.model),
        line("颜色/容量", "Colour/storage", found.colour),
        line("IMEI1", "IMEI 1", first),
        line("IMEI2", "IMEI 2", second),
        line("序列号", "Serial no.", found.serial),
        line("手机号", "Phone number", card.number if card else BLANK),
        line("ICCID", "ICCID", masked(card.iccid) if card else BLANK),
        line("配件", "Accessories", accessories),
        line("新旧程度", "Condition", looks),
        line("状态", "State", state),
        line("责任人", "Answers for it", f"{owner.name} ({owner.number})" if owner else BLANK),
        *((line("共用", "Shared", SHARED),) if found.shared else ()),
    )


def with_it(holdings: Iterable[Holding], found: Device) -> Iterable[Section]:
    """Give the card and the accounts that the holder has for this phone."""
    held = [one.sim or one.account for one in holdings]
    beside = [one for one in held if one is not None and one.device_id == found.id]
    return cards_and_accounts(beside)


def cards_and_accounts(held: Iterable[Sim | Account]) -> Iterable[Section]:
    rows = [_card(one) if isinstance(one, Sim) else _account(one) for one in held]
    if rows:
        yield grid(both("随机手机卡与账号", "SIM and accounts with it"), WITH_IT, rows)


def _card(card: Sim) -> tuple[Cell, ...]:
    return (
        word("sim"),
        card.number,
        masked(card.iccid),
        card.carrier or BLANK,
        card.registered_owner or BLANK,
        card.plan or BLANK,
    )


def _account(account: Account) -> tuple[Cell, ...]:
    return (
        word("account"),
        account.handle,
        account.nickname or BLANK,
        word(account.kind.value),
        account.registrant or BLANK,
        account.number or BLANK,
    )
