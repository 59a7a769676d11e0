"""A stock-take through the API, from the scope to the signature."""

import pytest

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.stocktakes import (
    CountAnswer,
    CountIn,
    DifferenceIn,
    DifferenceQuery,
    Resolution,
    Result,
    StocktakeCancelIn,
    StocktakeCloseIn,
    StocktakeIn,
    StocktakeItemQuery,
    StocktakeQuery,
    StocktakeScope,
    StocktakeState,
)


@pytest.fixture
def operator(client):
    return client(Role.OPERATOR)


@pytest.fixture
def tags(stored) -> list[str]:
    with stored() as make:
        return [make.device().tag for _ in range(3)]


def test_from_the_scope_to_the_signature(operator, client, tags):
    body = StocktakeIn(scope=StocktakeScope(states=["in_stock"]), note="year's end")
    assert operator.foresee_stocktake(body).expected == 3
    assert operator.stocktakes().items == []

    number = operator.plan_stocktake(body).number
    counted = operator.count_stocktake(number, CountIn(names=[*tags[:2], "WF-9999"]))
    assert [line.answer for line in counted.lines] == [
        CountAnswer.FOUND,
        CountAnswer.FOUND,
        CountAnswer.UNKNOWN,
    ]
    closed = operator.close_stocktake(number, StocktakeCloseIn(found=2))
    signed = client(Role.AUDITOR).sign_stocktake(number)

    assert (closed.counts.missing, closed.counts.unexpected) == (1, 1)
    assert signed.state is StocktakeState.SIGNED
    missing = operator.items_of_stocktake(number, StocktakeItemQuery(result=Result.MISSING)).items
    assert [one.name for one in missing] == [tags[2]]
    verified = operator.verify_stocktake(number)
    assert (verified.sample_holds, verified.result_holds) == (None, True)


def test_one_that_was_planned_is_begun_later(operator, tags):
    planned = operator.plan_stocktake(StocktakeIn(sample=2, begin=False))
    assert (planned.state, planned.counts.expected) == (StocktakeState.PLANNED, 0)

    begun = operator.begin_stocktake(planned.number)

    assert (begun.counts.expected, begun.pool, begun.seed) == (2, 3, planned.seed)
    assert len(operator.verify_stocktake(planned.number).drawn) == 2


def test_differences_are_found_and_ended(operator, tags):
    number = operator.plan_stocktake(StocktakeIn()).number
    operator.close_stocktake(number, StocktakeCloseIn())
    waiting = DifferenceQuery(waiting=True, stocktake=number)
    assert len(operator.stocktake_differences(waiting).items) == 3

    given = DifferenceIn(name=tags[0], resolution=Resolution.FOUND, note="in the safe")
    assert operator.resolve_difference(number, given).resolution is Resolution.FOUND

    assert len(operator.stocktake_differences(waiting).items) == 2
    assert operator.stocktake_differences(DifferenceQuery(overdue=True)).items == []


def test_what_cannot_be_is_refused(operator, tags):
    for ask, code in (
        (lambda: operator.stocktake("ST-2026-999"), "stocktake_not_found"),
        (lambda: operator.count_stocktake("ST-1", CountIn(names=["x"])), "stocktake_not_found"),
        (
            lambda: operator.plan_stocktake(
                StocktakeIn(scope=StocktakeScope(departments=["NONE"]))
            ),
            "department_not_found",
        ),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code == code
    number = operator.plan_stocktake(StocktakeIn()).number
    operator.cancel_stocktake(number, StocktakeCancelIn(reason="the wrong day"))
    with pytest.raises(Refused) as refused:
        operator.close_stocktake(number, StocktakeCloseIn())
    assert refused.value.code == "stocktake_move_not_allowed"
    cancelled = StocktakeQuery(state=StocktakeState.CANCELLED)
    assert [one.number for one in operator.stocktakes(cancelled).items] == [number]
