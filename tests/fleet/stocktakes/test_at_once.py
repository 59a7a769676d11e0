"""Two people count the same tag, or one counts while another closes: nothing is lost or doubled."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from fleet.contracts.stocktakes import CountAnswer, CountIn, StocktakeIn, StocktakeState
from fleet.database import make_sessions
from fleet.errors import Conflict
from fleet.stocktakes import counting, queries, services
from fleet.stocktakes.models import StocktakeItem
from tests.conftest import DIALECTS
from tests.factories import Make

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

AT_ONCE = 4
TAGS = [f"T-{n}" for n in range(6)]


@pytest.fixture
def own(engine):
    return make_sessions(engine)


@pytest.fixture
def number(own) -> str:
    with own.begin() as session:
        make = Make(session)
        for tag in TAGS:
            make.device(tag=tag, serial=f"S-{tag}")
        made = services.plan(session, StocktakeIn(), actor=make.actor())
        return services.begin(session, made.number, actor=make.actor()).number


def at_once(work):
    start = Barrier(AT_ONCE)

    def one(n):
        start.wait(30)
        return work(n)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_a_tag_that_four_count_at_once_is_found_by_one(own, number):
    def count(n):
        names = [*(TAGS if n % 2 else TAGS[::-1]), "WF-UNKNOWN"]
        with own.begin() as session:
            done = counting.count(
                session, number, CountIn(names=names), actor=Make(session).actor(name=f"P{n}")
            )
            return [line.answer for line in done.lines]

    answers = [answer for answers in at_once(count) for answer in answers]

    assert answers.count(CountAnswer.FOUND) == len(TAGS)
    assert answers.count(CountAnswer.UNKNOWN) == 1
    with own() as session:
        assert session.scalar(select(func.count(StocktakeItem.id))) == len(TAGS) + 1


def test_what_is_counted_as_it_closes_is_in_the_result_or_refused(own, number):
    def work(n):
        with own.begin() as session:
            actor = Make(session).actor()
            try:
                if n == 0:
                    return services.close(session, number, actor=actor).digest
                given = CountIn(names=[TAGS[n]])
                [line] = counting.count(session, number, given, actor=actor).lines
            except Conflict:
                return None
            return line.answer

    done = at_once(work)

    with own() as session:
        one = queries.numbered(session, number)
        counts = queries.shown(session, one).counts
        assert one.state is StocktakeState.CLOSED
        assert counts.found == done.count(CountAnswer.FOUND)
        assert counts.found + counts.missing == len(TAGS)
        assert services.result_digest(session, one) == one.digest
