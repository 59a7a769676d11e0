"""诚信承诺书: what somebody promises who holds phones and accounts of the company."""

from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.clock import today
from fleet.contracts.papers import Content, PaperIn, PaperRole, Section
from fleet.papers.forms.parts import Draft, Signer, both, day, line, person, section
from fleet.papers.texts import newest_text
from fleet.people.queries import employee

TEXT: Final = "pledge"


def draw(session: Session, given: PaperIn, actor: Actor) -> Draft:
    who, text = employee(session, given.subject), newest_text(session, TEXT)
    sections = (
        section(
            *person("承诺人", "Promised by", who),
            line("岗位", "Position", who.position),
            line("文本版本", "Version of the text", text.mark),
            line("日期", "Date", day(today())),
        ),
        Section(text=tuple(text.content.paragraphs)),  # its title is that of the paper
    )
    signers = (
        Signer(PaperRole.HOLDER, both("承诺人", "Promised by"), who),
        Signer(PaperRole.HANDLER, both("经办人", "Handler"), name=actor.name),
    )
    return Draft(who.number, Content(title=text.content.title, sections=sections), signers)
