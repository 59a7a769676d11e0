"""How a person changes a password in an app, step by step: data that stations and people share.

Labels are texts as the app writes them; "账号与安全|帐号与安全" stands for either spelling.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from fleet.contracts.wire import Given, ListQuery, Moment, Plain, Reason, Shown

OR: Final = "|"
NUMBER: Final = "{number}"  # stands for the number that a binding is to
StepId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Label = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), Plain
]
Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=400), Plain
]
Package = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)+$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d{1,6}(\.\d{1,6}){0,4}$")]


class StepKind(StrEnum):
    GO = "go"  # the person moves on
    OLD = "old"  # the station types the password in use
    NEW = "new"  # the station types the new one
    AGAIN = "again"  # … and once more
    CONFIRM = "confirm"  # the person touches the button
    TEST = "test"  # the station tries a value: where it was left open which one is in use


TYPED: Final = frozenset({StepKind.OLD, StepKind.NEW, StepKind.AGAIN, StepKind.TEST})


class SignKind(StrEnum):
    """What the app can say on the way."""

    OLD_REFUSED = "old_refused"
    NEW_REFUSED = "new_refused"  # too simple, or the two differ: nothing was changed
    ASIDE = "aside"  # a code by SMS, a slider: the person does it


class Words(Given):
    zh: Sentence
    en: Sentence

    def said(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en

    def filled(self, blank: str, text: str) -> "Words":
        return Words(zh=self.zh.replace(blank, text), en=self.en.replace(blank, text))


class Step(Given):
    """On the page that shows all `labels`, the person is told `say`.

    `field`: which of the page's fields is typed into, counted from the top.
    """

    id: StepId
    kind: StepKind
    labels: list[Label] = Field(min_length=1, max_length=8)
    say: Words
    field: int = Field(0, ge=0, le=5)


class Sign(Given):
    """The app says one of `labels`."""

    id: StepId
    kind: SignKind
    labels: list[Label] = Field(min_length=1, max_length=12)
    say: Words


class FollowUp(Given):
    """What a person does afterwards and declares, with a witness."""

    id: StepId
    say: Words


class Playbook(Given):
    """`from_version` is the first app version it is for, `before_version` the first it is not for.

    `check` leads to where a value can be tried; `accepted` are the labels of the page after a
    right one. A binding has no secret: each page to `confirm` has to be seen, and on the last one
    `{number}`, the company's number.
    """

    changes: Literal["password", "binding"] = "password"
    title: Words
    package: Package
    language: Literal["zh", "en"]
    from_version: Version | None = None
    before_version: Version | None = None
    steps: list[Step] = Field(min_length=1, max_length=20)
    success: list[Label] = Field(min_length=1, max_length=12)
    signs: list[Sign] = Field([], max_length=12)
    check: list[Step] = Field([], max_length=20)
    accepted: list[Label] = Field([], max_length=8)
    follow_ups: list[FollowUp] = Field([], max_length=12)

    @property
    def secrets(self) -> list[Step]:
        """Return the steps that type the new value, in their order."""
        return [step for step in self.steps if step.kind in {StepKind.NEW, StepKind.AGAIN}]

    def words(self) -> Iterator[str]:
        """Give every text that is looked for on a screen, and so may be kept of it."""
        for label in (*self.on_the_way(), *self.success):
            yield from spellings(label)

    def on_the_way(self) -> Iterator[str]:
        """Give the labels of all that is shown before the change is made."""
        for step in (*self.steps, *self.check):
            yield from step.labels
        for sign in self.signs:
            yield from sign.labels
        yield from self.accepted

    def step(self, name: str) -> Step | None:
        return next((one for one in (*self.steps, *self.check) if one.id == name), None)


def spellings(label: str) -> list[str]:
    return [one.strip() for one in label.split(OR) if one.strip()]


def parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def covers(book: Playbook, version: Sequence[int]) -> bool:
    """Tell whether a playbook is for an app version."""
    begun = book.from_version is None or parts(book.from_version) <= tuple(version)
    ended = book.before_version is not None and parts(book.before_version) <= tuple(version)
    return begun and not ended


class Glimpse(StrEnum):
    """What the station sees while a person moves: one word for each thing he may have to know."""

    EXPECTED = "expected"
    AWAY = "away"  # the phone is not connected
    OTHER_PAGE = "other_page"
    OTHER_APP = "other_app"
    LOCKED = "locked"
    UNREADABLE = "unreadable"
    TOUCH_FIELD = "touch_field"
    NOT_EMPTY = "not_empty"
    BY_HAND = "by_hand"  # the person types it
    TYPING = "typing"
    TYPED = "typed"
    OLD_REFUSED = "old_refused"
    NEW_REFUSED = "new_refused"
    ASIDE = "aside"


class PlaybookIn(Given):
    book: Playbook
    reason: Reason
    dry_run: bool = False


class PlaybookOut(Shown):
    """`made_by` is None for what came with the product."""

    name: str
    number: int
    title: str
    package: str
    language: str
    from_version: str | None
    before_version: str | None
    made_by: str | None
    made_at: Moment | None
    reason: str | None
    book: Playbook


class PlaybookSetOut(Shown):
    playbook: PlaybookOut
    dry_run: bool


class PlaybookQuery(ListQuery):
    package: str | None = None
    language: str | None = None
    history: bool = False  # every version, not the newest of each alone


class PlaybookShowQuery(Given):
    number: int | None = Field(None, ge=1, le=1_000_000)


class ChoiceQuery(Given):
    package: Package = "com.tencent.mm"


class ChoiceOut(Shown):
    """Which playbook a change on a phone would be guided by."""

    device: str
    app_version: str | None
    language: str | None
    playbook: PlaybookOut | None
    warnings: list[str]  # why it may not fit; codes
