"""手机领用登记表 before the hand-over: what is set aside for an application, for both to sign."""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.applications.models import Application, Approval, Reservation
from fleet.applications.on_form import require_for_form
from fleet.applications.policies import policies
from fleet.applications.queries import risk_of
from fleet.contracts.accessories import Condition
from fleet.contracts.clock import now
from fleet.contracts.papers import Cell, Content, Line, PaperIn, PaperRole, Said, Section
from fleet.custody.accessory_words import known_words
from fleet.devices.models import Device
from fleet.papers.forms.kit import counted, looks
from fleet.papers.forms.parts import (
    BLANK,
    Draft,
    Signer,
    both,
    day,
    in_both,
    line,
    section,
)
from fleet.papers.forms.things import ISSUE_TERMS, TITLE, cards_and_accounts, phone
from fleet.papers.texts import newest_text, text_section

WITHOUT_PHONE: Final = both("领用登记表", "Issue Form")
WHEN_SIGNED: Final = both("以经手人签字日期为准", "the day on which the handler signs")


def draw(session: Session, application: Application, given: PaperIn, actor: Actor) -> Draft:
    """Return the form of what is set aside; what is not said of its looks stays as it was said."""
    require_for_form(application)
    condition = given.condition or application.condition
    note = given.condition_note or application.condition_note
    return drawn(session, application, condition, note, actor.name)


def drawn(
    session: Session,
    application: Application,
    condition: Condition | None,
    note: str | None,
    handler: str,
) -> Draft:
    """Return the same form as long as the same is so."""
    phones = [one.device for one in application.set_aside if one.device is not None]
    sections = (
        *(_phone(session, application, one, looks(condition, note)) for one in phones),
        _issue(application, handler),
        *_with_it(application.set_aside),
        *_risks(application.set_aside),
        _terms(session, application),
    )
    content = Content(title=TITLE if phones else WITHOUT_PHONE, sections=sections)
    signers = (
        Signer(PaperRole.HOLDER, both("领用人", "User"), application.holder),
        Signer(PaperRole.HANDLER, both("经手人", "Handler"), name=handler),
    )
    return Draft(application.number, content, signers)


def _phone(session: Session, application: Application, found: Device, seen: Cell) -> Section:
    words = known_words(session)
    accessories = [(words[word].names, 1) for word in sorted(application.wanted.accessories)]
    cards = [one.sim for one in application.set_aside if one.sim is not None]
    return phone(
        session,
        found,
        card=cards[0] if cards else None,
        looks=seen or found.condition,
        accessories=counted(accessories),
        state=both("签字后领用", "issued once signed"),
    )


def _issue(application: Application, handler: str) -> Section:
    holder = application.holder
    return section(
        line("申请单号", "Application", application.number),
        line("领用部门", "Department", holder.department.name),
        line("领用人", "User", application.real_name),
        line("工号", "Staff no.", holder.number),
        line("领用日期", "Issued on", WHEN_SIGNED),
        line("用途", "Purpose", application.reason),
        line("经手人", "Handler", handler),
        line("借用至", "Lent until", day(application.until) or both("长期", "for good")),
        *_approvals(application),
        line("备注", "Note", application.exception),
    )


def _with_it(things: Iterable[Reservation]) -> Iterable[Section]:
    held = [one.sim or one.account for one in things]
    return cards_and_accounts(one for one in held if one is not None)


def _approvals(application: Application) -> Iterator[Line]:
    for one in application.approvals:
        if one.decided_at is not None:
            yield line("审批", "Approved by", _approval(one))


def _approval(one: Approval) -> Said:
    at, note = day(one.decided_at), one.note or BLANK
    assert isinstance(at, Said)  # noqa: S101 — of a day that there is
    return both(*(" · ".join((one.decided_by or BLANK, said, note)) for said in (at.zh, at.en)))


def _risks(things: Iterable[Reservation]) -> Iterator[Section]:
    """Say whose account it is by the terms of its maker: both have read it who sign."""
    said = tuple(one for one in map(_risk, things) if one.zh)
    if said:
        yield Section(title=both("特别提示", "To be known"), text=said)


def _risk(one: Reservation) -> Said:
    return in_both(lambda: risk_of(one) or BLANK)


def _terms(session: Session, application: Application) -> Section:
    """Return what is agreed to: the policy's text of where he works, or that of this form."""
    found = policies(session).version(application.term, application.holder.department_id, now())
    if found is None or found.agreement is None:
        text = newest_text(session, ISSUE_TERMS)
        return _with_version(text_section(text), both(text.mark, text.mark))
    paragraphs = tuple(both(one, one) for one in found.agreement.splitlines() if one.strip())
    written = Section(title=both("领用须知", "Terms of Issue"), text=paragraphs)
    return _with_version(written, _policy(found.place, day(found.effective_from)))


def _with_version(written: Section, version: Said) -> Section:
    """Return the text with its version beneath it."""
    told = both(f"文本版本：{version.zh}", f"Version of the text: {version.en}")
    return written.model_copy(update={"text": (*written.text, told)})


def _policy(place: str | None, since: Cell) -> Said:
    where = f"{place} · " if place else ""
    assert isinstance(since, Said)  # noqa: S101 — of a day that there is
    return both(f"{where}{since.zh}起", f"{where}since {since.en}")
