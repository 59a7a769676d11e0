"""手机领用登记表: a phone, the card and accounts with it, and what its user agrees to."""

from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.applications.on_form import application_numbered, form_of_issue
from fleet.contracts.papers import Content, PaperIn, PaperRole, Said, Section
from fleet.contracts.photos import PhotoTaken
from fleet.custody.models import Holding
from fleet.custody.queries import held_by, open_holding
from fleet.devices.models import Device
from fleet.devices.queries import device
from fleet.papers.errors import FormOfIssueThere, NobodyToSign
from fleet.papers.forms import application_form
from fleet.papers.forms.kit import accessories_of, looks, photographs
from fleet.papers.forms.parts import Draft, Signer, both, day, line, section, word
from fleet.papers.forms.things import ISSUE_TERMS, TITLE, phone, with_it
from fleet.papers.texts import newest_text, text_section
from fleet.people.models import Employee


def draw(session: Session, given: PaperIn, actor: Actor) -> Draft:
    """Return the form of an application before the hand-over, or of a phone that is out."""
    application = application_numbered(session, given.subject)
    if application is not None:
        return application_form.draw(session, application, given, actor)
    found = device(session, given.subject)
    holding = open_holding(session, found)
    if holding is None:
        raise NobodyToSign(name=found.tag)
    _refuse_second(session, found, holding)
    return _drawn(session, found, holding, actor)


def _refuse_second(session: Session, found: Device, holding: Holding) -> None:
    """What was handed out by a paper that both signed has that one paper."""
    form = form_of_issue(session, holding)
    if form is not None:
        raise FormOfIssueThere(number=form, name=found.tag)


def _drawn(session: Session, found: Device, holding: Holding, actor: Actor) -> Draft:
    holder = holding.employee
    held = held_by(session, holder)
    sections = (
        phone(
            session,
            found,
            card=next((one.sim for one in held if one.sim and one.sim.device_id == found.id), None),
            looks=looks(holding.condition, holding.condition_note) or found.condition,
            accessories=accessories_of(session, holding),
            state=word(found.state.value),
        ),
        _issue(session, found, holding, actor),
        *with_it(held, found),
        text_section(newest_text(session, ISSUE_TERMS)),
    )
    content = Content(title=TITLE, sections=sections)
    return Draft(found.tag, content, _signers(holder, actor))


def _issue(session: Session, found: Device, holding: Holding, actor: Actor) -> Section:
    holder = holding.employee
    return section(
        line("领用部门", "Department", holder.department.name),
        line("领用人", "User", holder.name),
        line("工号", "Staff no.", holder.number),
        line("领用日期", "Issued on", day(holding.issued_at)),
        line("借用至", "Lent until", day(holding.due_on)),
        line("用途", "Purpose", found.purpose),
        *photographs(session, holding, PhotoTaken.HANDED_OUT),
        line("经手人", "Handler", actor.name),
        line("归还日期", "Returned on"),
        line("归还状况", "Condition at return"),
        line("验收人", "Checked by"),
        line("备注", "Note", " · ".join(filter(None, (found.note, holding.exception)))),
    )


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
