"""归还验收证明: how each check of the gate stood when a phone came back, and what was waived."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.accessories import KitOut
from fleet.contracts.custody import CheckName, CheckOut
from fleet.contracts.gate_words import NAMES
from fleet.contracts.papers import Cell, Content, PaperIn, PaperRole, Said, Section
from fleet.contracts.words import _, say, speaking
from fleet.custody.errors import CertificateNotFound
from fleet.custody.models import Certificate
from fleet.devices.models import Device
from fleet.papers.forms.kit import kit_grid, looks
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

TITLE: Final = both("归还验收证明", "Clearance Certificate")
COLUMNS: Final = (
    both("检查项", "Check"),
    both("所需级别", "Needs"),
    both("证明级别", "Found"),
    both("情况", "What is so"),
    both("豁免", "Waived by"),
)
LEVELS: Final = _(
    "Levels: declared, a person said so; observed, the screen of the phone showed it; verified, "
    "read back from the phone and equal; proven, a wrong value was refused as well."
)
WAIVED: Final = _("{by}, until {until} ({number}): {reason}")


def draw(session: Session, given: PaperIn, _actor: Actor) -> Draft:
    found = _certificate(session, given.subject)
    rows = [_row(check) for check in found.checks]
    sections = (
        section(
            line("资产编号", "Asset tag", found.device.tag),
            line("型号", "Model", found.device.market_name or found.device.model),
            line("序列号", "Serial no.", found.device.serial),
            *person("归还人", "Returned by", found.employee),
            line("验收日期", "Accepted on", day(found.accepted_at)),
            line("验收人", "Accepted by", found.accepted_by),
            line("见证人", "Witness", found.witness),
        ),
        *_undone(found),
        grid(both("归还关卡", "Return gate"), COLUMNS, rows),
        *_kit(session, found),
        Section(text=(sentence(LEVELS),)),
    )
    signers = (
        Signer(PaperRole.HOLDER, both("归还人", "Returned by"), found.employee),
        Signer(PaperRole.CHECKER, both("验收人", "Accepted by"), name=found.accepted_by),
        Signer(PaperRole.WITNESS, both("见证人", "Witness"), name=found.witness),
    )
    content = Content(title=TITLE, sections=sections)
    return Draft(found.number, content, signers, number=found.number)


def _undone(found: Certificate) -> tuple[Section, ...]:
    if found.undone_at is None:
        return ()
    told = (found.undone_by, found.undone_because)
    return (
        section(
            line("验收已撤回", "Acceptance taken back", day(found.undone_at)),
            line("撤回人及原因", "By whom and why", " · ".join(filter(None, told))),
        ),
    )


def _certificate(session: Session, name: str) -> Certificate:
    """Return the certificate with a number, or the newest of the phone with a tag."""
    named = select(Certificate).join(Certificate.device)
    named = named.where(or_(Certificate.number == name, Device.tag == name))
    found = session.scalar(named.order_by(Certificate.accepted_at.desc()).limit(1))
    if found is None:
        raise CertificateNotFound(number=name)
    return found


def _row(check: dict[str, Any]) -> tuple[Cell, ...]:
    return (
        sentence(NAMES[CheckName(check["check"])]),
        word(check["needed"]),
        word(check["level"]),
        _said(check),
        _waived(check),
    )


def _said(check: dict[str, Any]) -> Cell:
    """Return what was so; certificates of old have it in one language."""
    told = check.get("sentences")
    return both(told["zh_CN"], told["en"]) if told else str(check["sentence"])


def _waived(check: dict[str, Any]) -> Cell:
    """Say who let a check pass, by which waiver, why, and until when."""
    if not check.get("waived_by"):
        return BLANK
    passed = CheckOut.model_validate(check)
    ends = day(passed.waived_until)
    return both(*(_waiver(passed, ends, tongue) for tongue in ("zh", "en")))


def _waiver(passed: CheckOut, ends: Cell, tongue: str) -> str:
    until = ends.spoken(tongue) if isinstance(ends, Said) else "—"
    with speaking(tongue):
        return say(
            WAIVED,
            by=passed.waived_by,
            number=passed.waiver or "—",
            until=until,
            reason=passed.waived_because or "—",
        )


def _kit(session: Session, found: Certificate) -> Iterable[Section]:
    """Give what went out beside the phone and came back, where anything did."""
    kit = KitOut.model_validate(found.kit)
    seen = kit.condition
    if seen.condition or seen.back_condition:
        before, after = looks(seen.condition, seen.note), looks(seen.back_condition, seen.back_note)
        yield section(
            line("发放时外观", "Condition when issued", before),
            line("归还时外观", "Condition when returned", after),
        )
    yield from kit_grid(session, kit)
