"""Which page of a playbook the screen shows; the labels of the playbook are all that is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from agents.phone.screen import Screen
from fleet.contracts.playbooks import Glimpse, Playbook, Sign, Step, spellings

KEYGUARD_APPS: Final = frozenset({"com.android.systemui", "com.android.keyguard"})


@dataclass(frozen=True)
class Sight:
    """What is in front: pages of `steps`, a message of the app, or something else.

    `glimpse` is the word for it where it is no page of the playbook.
    """

    screen: Screen
    glimpse: Glimpse
    steps: tuple[Step, ...] = ()
    sign: Sign | None = None
    success: bool = False
    accepted: bool = False


def wanted(book: Playbook) -> frozenset[str]:
    return frozenset(book.words())


def sight(screen: Screen, book: Playbook, steps: Sequence[Step]) -> Sight:
    """Tell what the screen shows, as far as `steps` of the playbook and its messages go."""
    if not screen.shares:
        return Sight(screen, Glimpse.UNREADABLE)
    if screen.main_package != book.package:
        locked = screen.main_package in KEYGUARD_APPS
        return Sight(screen, Glimpse.LOCKED if locked else Glimpse.OTHER_APP)
    texts = {label.text for label in screen.labels if label.package == book.package}
    here = tuple(step for step in steps if _all(step.labels, texts))
    sign = next((one for one in book.signs if _any(one.labels, texts)), None)
    return Sight(
        screen,
        Glimpse.EXPECTED if here else Glimpse.OTHER_PAGE,
        here,
        sign,
        success=_any(book.success, texts),
        accepted=bool(book.accepted) and _all(book.accepted, texts),
    )


def _all(labels: Iterable[str], texts: set[str]) -> bool:
    return all(texts.intersection(spellings(label)) for label in labels)


def _any(labels: Iterable[str], texts: set[str]) -> bool:
    return any(texts.intersection(spellings(label)) for label in labels)
