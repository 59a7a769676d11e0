"""A stock-take on pages: looked at before it begins, counted by lines, closed, signed."""

import pytest

from fleet.contracts.access import Role
from fleet.stocktakes.models import Stocktake
from tests.api.console.visitor import code_of


@pytest.fixture
def tags(stored) -> list[str]:
    with stored() as make:
        return [make.device().tag for _ in range(2)]


@pytest.fixture
def operator(someone):
    return someone(Role.OPERATOR)


@pytest.fixture
def number(operator, tags, stored) -> str:
    operator.send("/stocktakes/new", sure="yes", state="in_stock")
    with stored() as make:
        return make.session.query(Stocktake).one().number


def test_how_much_it_is_of_is_read_first(operator, tags, stored):
    page = operator.send("/stocktakes/new", state="in_stock").text

    assert "2 things to find, of 2 in this scope." in page
    with stored() as make:
        assert make.session.query(Stocktake).count() == 0


def test_lines_are_counted_and_the_rest_is_missing(operator, someone, number, tags):
    address = f"/stocktakes/{number}"
    operator.send(f"{address}/count", names=f"{tags[0]}\nWF-9999\n", scanned="y")

    page = operator.get(address).text
    assert "1 / 2" in page
    assert "WF-9999" in page  # said once, as a remark
    assert "1 will be missing" in operator.get(f"{address}/close").text
    operator.send(f"{address}/close")
    assert 'data-state="closed"' in operator.get(address).text

    auditor = someone(Role.AUDITOR)
    auditor.send(f"{address}/sign")
    assert 'data-state="signed"' in auditor.get(address).text


def test_a_difference_is_ended_with_how_one_knows(operator, number, tags):
    address = f"/stocktakes/{number}"
    operator.send(f"{address}/close")
    lost = operator.send(
        f"{address}/resolve", name=tags[0], resolution="reported_lost", note="nobody has it"
    )
    assert code_of(lost) == "register_says_otherwise"

    operator.send(f"{address}/resolve", name=tags[0], resolution="explained", note="at a fair")

    assert "at a fair" in operator.get(address).text
    assert tags[1] in operator.get("/stocktake-differences?waiting=true").text


def test_it_is_given_up_with_a_reason(operator, number):
    address = f"/stocktakes/{number}"
    assert code_of(operator.send(f"{address}/cancel", reason="")) == "form_not_right"
    operator.send(f"{address}/cancel", reason="the wrong day")

    assert 'data-state="cancelled"' in operator.get(address).text
