"""Stock-takes on the wire: what is to be found, what was found and how, and what differs."""

from enum import StrEnum
from typing import Final, Literal

from pydantic import Field

from fleet.contracts.custody import Thing
from fleet.contracts.proof import Level
from fleet.contracts.wire import (
    Day,
    Digest,
    EmployeeRef,
    Given,
    ListQuery,
    Moment,
    Reason,
    Short,
    Shown,
)

COUNTED_AT_ONCE: Final = 1000  # tags of one message
LARGEST_SAMPLE: Final = 100_000


class StocktakeState(StrEnum):
    PLANNED = "planned"  # its seed is written down, nothing is drawn yet
    OPEN = "open"
    CLOSED = "closed"  # the result stands; a second person signs it
    SIGNED = "signed"
    CANCELLED = "cancelled"


class Result(StrEnum):
    """How a thing stands in a stock-take."""

    TO_FIND = "to_find"
    FOUND = "found"
    MISSING = "missing"
    UNEXPECTED = "unexpected"  # it was there, and should not have been


class FoundHow(StrEnum):
    """How a thing was found: the phone itself was at a station, or a person says that it is there.

    A label that was scanned shows that the label was there.
    """

    VISIT = "visit"
    SCAN = "scan"
    TYPED = "typed"


class Resolution(StrEnum):
    """What became of a difference; the first two are believed only where the register says so."""

    LOST = "reported_lost"
    RETIRED = "struck_off"
    FOUND = "found_later"
    SEEN = "seen_later"  # at a station, without anybody saying so
    CORRECTED = "register_corrected"
    EXPLAINED = "explained"


BY_HAND: Final = tuple(one for one in Resolution if one is not Resolution.SEEN)


class CountAnswer(StrEnum):
    """What was made of a tag that was counted."""

    FOUND = "found"
    ALREADY = "found_already"
    UNEXPECTED = "unexpected"
    NOT_DRAWN = "not_drawn"  # it belongs there, and is no part of the sample
    UNKNOWN = "not_in_the_register"


class StocktakeScope(Given):
    """Where is counted; what is left empty does not narrow. `departments` count all beneath."""

    things: list[Thing] = Field([Thing.DEVICE], min_length=1, max_length=2)
    departments: list[Short] = Field([], max_length=200)  # codes, of who holds it
    states: list[Short] = Field([], max_length=20)
    stations: list[Short] = Field([], max_length=200)  # names, of where a phone was last seen


class StocktakeIn(Given):
    """`sample`: so many of what is in the scope are drawn, by a seed that is written down first."""

    scope: StocktakeScope = StocktakeScope()
    sample: int | None = Field(None, ge=1, le=LARGEST_SAMPLE)
    note: Short | None = None
    begin: bool = True
    dry_run: bool = False


class CountIn(Given):
    names: list[Short] = Field(min_length=1, max_length=COUNTED_AT_ONCE)
    how: Literal[FoundHow.SCAN, FoundHow.TYPED] = FoundHow.TYPED
    note: Short | None = None


class StocktakeCloseIn(Given):
    """`found`: so many were found as one looked; refused where it is more by now."""

    found: int | None = Field(None, ge=0)


class StocktakeCancelIn(Given):
    reason: Reason


class DifferenceIn(Given):
    name: Short
    resolution: Resolution
    note: Reason


class StocktakeCountsOut(Shown):
    expected: int
    found: int
    to_find: int
    missing: int
    unexpected: int
    differences: int  # missing or unexpected, of which nothing has become yet


class StocktakeOut(Shown):
    number: str
    state: StocktakeState
    scope: StocktakeScope
    sample: int | None
    seed: str
    pool: int | None  # so many things were in the scope when it began
    pool_digest: Digest | None
    note: str | None
    planned_at: Moment
    planned_by: str
    began_at: Moment | None
    closed_at: Moment | None
    closed_by: str | None
    signed_at: Moment | None
    signed_by: str | None
    cancelled_because: str | None
    digest: Digest | None  # of the result
    counts: StocktakeCountsOut


class StocktakeForeseen(Shown):
    """What would be counted."""

    pool: int
    expected: int


class StocktakeItemOut(Shown):
    stocktake: str
    thing: Thing | None  # None: nothing of that name is in the register
    name: str
    result: Result
    holder: EmployeeRef | None  # who had it when the stock-take began
    how: FoundHow | None
    level: Level
    found_at: Moment | None
    found_by: str | None
    note: str | None
    due_on: Day | None
    resolution: Resolution | None
    resolved_at: Moment | None
    resolved_by: str | None
    resolution_note: str | None


class CountLineOut(Shown):
    given: str
    name: str | None  # as the register has it
    answer: CountAnswer
    thing: Thing | None
    holder: EmployeeRef | None


class CountOut(Shown):
    lines: list[CountLineOut]
    counts: StocktakeCountsOut


class StocktakeVerifiedOut(Shown):
    """Whether the sample is the one that its seed draws, and the result the one that was closed."""

    number: str
    sample_holds: bool | None  # None: everything was counted
    result_holds: bool | None  # None: it is not closed
    drawn: list[str]


class StocktakeQuery(ListQuery):
    state: StocktakeState | None = None


class StocktakeItemQuery(ListQuery):
    result: Result | None = None
    thing: Thing | None = None
    how: FoundHow | None = None


class DifferenceQuery(ListQuery):
    """`waiting`: only those of which nothing has become yet."""

    stocktake: str | None = None
    waiting: bool = False
    overdue: bool = False
