"""离职交接单: everything that a leaver gives back, and the departments that agree to it."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.events import masked
from fleet.cases.models import Case, Step
from fleet.contracts.cases import CaseStepKind
from fleet.contracts.clock import day_of, today
from fleet.contracts.papers import Cell, Content, Line, PaperIn, PaperRole, Section
from fleet.contracts.words import _
from fleet.custody.models import Certificate, Holding
from fleet.custody.queries import certificates
from fleet.papers.forms import facts
from fleet.papers.forms.issue_form import LINE_HEAD, head_of
from fleet.papers.forms.parts import (
    BLANK,
    Draft,
    Signer,
    both,
    day,
    grid,
    line,
    person,
    section,
    sentence,
    word,
)
from fleet.people.models import Employee
from fleet.people.queries import employee

TITLE: Final = both("离职交接单", "Exit Sheet")
THINGS: Final = (
    both("物品", "Thing"),
    both("编号", "Number"),
    both("状况", "Condition"),
    both("归还日期", "Returned on"),
    both("验收证明", "Certificate"),
    both("接收人签字", "Received by"),
)
ACCOUNTS: Final = (
    both("系统", "System"),
    both("账号", "Account"),
    both("处理（停用/移交/删除）", "Stopped, handed on, deleted"),
    both("办理人", "Done by"),
    both("时间", "On"),
)
OWNED: Final = (
    both("资产编号", "Asset tag"),
    both("型号", "Model"),
    both("现领用人", "Now with"),
    both("新责任人", "Who answers for it now"),
)
BACKUPS: Final = (
    both("设备", "Phone"),
    both("备份编号", "Backup"),
    both("级别", "Level"),
    both("完成时间", "Ended on"),
)
# What people hand back that no register of ours has; they write it by hand.
BY_HAND: Final = (
    both("充电器", "Charger"),
    both("电脑", "Computer"),
    both("门禁", "Access card"),
    both("印章", "Seal"),
)
HANDED_ON: Final = {
    CaseStepKind.CUSTOMERS: ("客户交接", "Customers handed on"),
    CaseStepKind.GROUPS: ("工作群交接", "Work groups handed on"),
}
BESIDE: Final = _(
    "What is open keeps the clearance of the phone back, never the certificate of leaving."
)


def draw(session: Session, given: PaperIn, _actor: Actor) -> Draft:
    leaver = employee(session, given.subject)
    held = facts.held_lately(session, leaver)
    papers = certificates(session, [one for one in held if one.returned_at])
    rows = [_thing(one, papers.get(one.id)) for one in held if one.account is None]
    rows += [(name, BLANK, BLANK, BLANK, BLANK, BLANK) for name in BY_HAND]
    accounts = [_account(one) for one in held if one.account is not None]
    accounts.append((BLANK,) * len(ACCOUNTS))  # of other systems, by hand
    case = facts.leaving_of(session, leaver)
    sections = (
        _person(leaver, case),
        grid(both("物品", "Things"), THINGS, rows),
        grid(both("账号", "Accounts"), ACCOUNTS, accounts),
        *_answered_for(session, leaver),
        *_backups(session, held),
        section(
            *_handed_on(case),
            line("赔付事项(有/无)", "Compensation (yes/no)"),
            line("依据", "On what ground"),
        ),
        Section(text=(sentence(BESIDE),)),
    )
    return Draft(leaver.number, Content(title=TITLE, sections=sections), _signers(leaver))


def _person(leaver: Employee, case: Case | None) -> Section:
    successor = case.successor.name if case and case.successor else BLANK
    return section(
        *person("姓名", "Name", leaver),
        line("岗位", "Position", leaver.position),
        line("离职类型", "Kind of leaving"),
        line("离职日期", "Leaves on", day(leaver.leaves_on)),
        line("交接期限", "Hand-over until", day(case.by if case else leaver.leaves_on)),
        line("接手人", "Successor", successor),
        # A sheet from before the case is another one: what is signed is signed for this leaving.
        line("离职事项", "Case", case.number if case else BLANK),
        line("日期", "Date", day(today())),
    )


def _thing(one: Holding, certificate: Certificate | None) -> tuple[Cell, ...]:
    number = masked(one.name) if one.sim is not None else one.name
    proven = certificate.number if certificate else BLANK
    looks = one.back_condition or one.condition
    condition = sentence(looks.sentence) if looks else BLANK
    return word(one.thing.value), number, condition, day(one.returned_at), proven, BLANK


def _account(one: Holding) -> tuple[Cell, ...]:
    kind = one.account.kind.value if one.account else None
    return word(kind), one.name, BLANK, one.returned_by or BLANK, day(one.returned_at)


def _handed_on(case: Case | None) -> list[Line]:
    """Give what people have said of the customers and groups of each account, and of which not."""
    told: dict[CaseStepKind, list[str]] = {}
    for step in case.steps if case else ():
        if step.kind in HANDED_ON:
            told.setdefault(step.kind, []).append(_word_of(step))
    return [line(*HANDED_ON[kind], "; ".join(words)) for kind, words in told.items()]


def _word_of(step: Step) -> str:
    account = step.holding.name if step.holding else BLANK
    return f"□ {account}" if step.at is None else f"✓ {account}: {step.by}, {day_of(step.at)}"


def _answered_for(session: Session, leaver: Employee) -> Iterable[Section]:
    """Give the phones of others that he answers for: somebody else is to, from now on."""
    rows = [
        (phone.tag, phone.market_name or phone.model or BLANK, user or BLANK, BLANK)
        for phone, user in facts.answered_for(session, leaver)
    ]
    if rows:
        yield grid(
            both("本人负责、他人使用的手机", "Phones of others that the leaver answers for"),
            OWNED,
            rows,
        )


def _backups(session: Session, held: Sequence[Holding]) -> Iterable[Section]:
    phones = [one.device for one in held if one.device is not None]
    found = [(phone, facts.newest_backup(session, phone)) for phone in phones]
    rows = [
        (phone.tag, backup.number, word(backup.level.value), day(backup.ended_at))
        for phone, backup in found
        if backup is not None
    ]
    if rows:
        yield grid(both("备份", "Backups"), BACKUPS, rows)


def _signers(leaver: Employee) -> tuple[Signer, ...]:
    return (
        Signer(PaperRole.HOLDER, both("本人", "Leaver"), leaver),
        Signer(PaperRole.LINE_HEAD, LINE_HEAD, head_of(leaver)),
        Signer(PaperRole.IT, both("IT", "IT")),
        Signer(PaperRole.ADMINISTRATION, both("行政", "Administration")),
        Signer(PaperRole.FINANCE, both("财务", "Finance")),
        Signer(PaperRole.HR, both("人力", "HR")),
    )
