"""The revision that lets a number go on on another card, there and back with both in the table."""

import migrations
from fleet.database import make_engine, make_sessions
from fleet.sims.lifecycle import State
from fleet.sims.models import Sim
from tests.factories import Make


def test_going_back_keeps_both_cards_of_a_number(url: str):
    engine = make_engine(url)
    with make_sessions(engine).begin() as session:
        make = Make(session)
        make.sim(number="13800138000", iccid="89860012345678901234", state=State.CANCELLED)
        make.sim(number="13800138000", iccid="89860012345678905678")
        make.device(shared=True, owner_id=make.employee().id)
    engine.dispose()

    migrations.downgrade(url, "said_of_things-1")
    migrations.upgrade(url)

    assert migrations.differences(url) == []
    engine = make_engine(url)
    with make_sessions(engine)() as session:
        numbers = sorted(one.number for one in session.query(Sim))
    engine.dispose()
    assert numbers == ["13800138000", "13800138000/89860012345678901234"]
