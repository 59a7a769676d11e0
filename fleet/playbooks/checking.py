"""What makes a playbook fit to be followed."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from fleet.contracts.playbooks import (
    NUMBER,
    TYPED,
    Playbook,
    SignKind,
    Step,
    StepKind,
    parts,
    spellings,
)
from fleet.playbooks.errors import (
    BindingShowsNoNumber,
    PlaybookChangesOther,
    PlaybookCheckUnclear,
    PlaybookHasNoNewPassword,
    PlaybookLabelVoid,
    PlaybookNamesTwice,
    PlaybookOutOfOrder,
    PlaybookSeesTooEarly,
    PlaybookStepMisplaced,
    PlaybookVersionsUnclear,
)

BOUND: Final = "com.tencent.wework"
ORDER: Final = (StepKind.OLD, StepKind.NEW, StepKind.AGAIN)


def require_sound(book: Playbook) -> None:
    """Refuse what could not be followed, or would take something else for success."""
    if (book.changes == "binding") is not (book.package == BOUND):
        raise PlaybookChangesOther(package=book.package, changes=book.changes)
    _require_names(book)
    _require_labels(book)
    if book.changes == "binding":
        _require_binding(book)
    else:
        _require_order(book)
    _require_check(book)
    _require_success_last(book)
    _require_versions(book)


def _require_names(book: Playbook) -> None:
    named = [step.id for step in (*book.steps, *book.check)]
    named += [sign.id for sign in book.signs]
    named += [one.id for one in book.follow_ups]
    for name, times in Counter(named).items():
        if times > 1:
            raise PlaybookNamesTwice(step=name)


def _require_labels(book: Playbook) -> None:
    for label in _labels(book):
        if not spellings(label):
            raise PlaybookLabelVoid(label=label)


def _labels(book: Playbook) -> Iterable[str]:
    yield from book.on_the_way()
    yield from book.success


def _require_order(book: Playbook) -> None:
    _require_kinds(book.steps, without={StepKind.TEST})
    typed = [step for step in book.steps if step.kind in ORDER]
    places = [ORDER.index(step.kind) for step in typed]
    if StepKind.NEW not in {step.kind for step in typed}:
        raise PlaybookHasNoNewPassword
    for place, step in enumerate(typed):
        if places[:place] and places[place] <= max(places[:place]):
            raise PlaybookOutOfOrder(step=step.id)


def _require_binding(book: Playbook) -> None:
    """Nothing is typed, and the number alone, on the last page to confirm, is success."""
    _require_kinds((*book.steps, *book.check), without=set(TYPED))
    if book.steps[-1].kind is not StepKind.CONFIRM or book.success != [NUMBER]:
        raise BindingShowsNoNumber


def _require_check(book: Playbook) -> None:
    _require_kinds(book.check, without=set(ORDER))
    if not book.check:
        return
    tests = [step for step in book.check if step.kind is StepKind.TEST]
    refuses = any(sign.kind is SignKind.OLD_REFUSED for sign in book.signs)
    if len(tests) != 1 or not book.accepted or not refuses:
        raise PlaybookCheckUnclear


def _require_kinds(steps: Iterable[Step], *, without: set[StepKind]) -> None:
    for step in steps:
        if step.kind in without:
            raise PlaybookStepMisplaced(step=step.id, kind=step.kind.value)


def _require_success_last(book: Playbook) -> None:
    before = {text for label in book.on_the_way() for text in spellings(label)}
    for label in book.success:
        if before.intersection(spellings(label)):
            raise PlaybookSeesTooEarly(label=label)


def _require_versions(book: Playbook) -> None:
    first, end = book.from_version, book.before_version
    if first and end and parts(first) >= parts(end):
        raise PlaybookVersionsUnclear(from_version=first, before_version=end)
