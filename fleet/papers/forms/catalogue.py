"""Which form is drawn for which kind of paper."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.papers import PaperIn, PaperKind
from fleet.papers.forms import (
    clearance,
    exit_sheet,
    hand_over,
    issue_form,
    password_log,
    pledge,
    return_slip,
    stocktake_sheet,
)
from fleet.papers.forms.parts import Draft

FORMS: Final[Mapping[PaperKind, Callable[[Session, PaperIn, Actor], Draft]]] = {
    PaperKind.ISSUE_FORM: issue_form.draw,
    PaperKind.ACCOUNT_HAND_OVER: hand_over.draw,
    PaperKind.RETURN_SLIP: return_slip.draw,
    PaperKind.EXIT_SHEET: exit_sheet.draw,
    PaperKind.PASSWORD_LOG: password_log.draw,
    PaperKind.PLEDGE: pledge.draw,
    PaperKind.CLEARANCE: clearance.draw,
    PaperKind.STOCKTAKE_SHEET: stocktake_sheet.draw,
}
