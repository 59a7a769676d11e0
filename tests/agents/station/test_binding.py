"""A real station, a real adbd and a person: whom WeCom is bound to is seen, nothing is typed."""

from dataclasses import replace
from uuid import uuid4

import pytest

from fleet.contracts.accounts import AccountKind
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.rotation.declaring import declare, witness
from fleet.rotation.models import Rotation
from fleet.rotation.services import plan_rotation
from tests.agents.station.desk import CLERK, until
from tests.agents.station.guided import Visitor
from tests.factories import Make

pytestmark = pytest.mark.handset

OURS, PRIVATE = "13800002231", "13977776666"


@pytest.fixture
def handset(start_handset):
    return start_handset("honor-magic6-magicos")


@pytest.fixture
def person(desk, agent, handset):
    """Give a phone whose WeCom is bound to its holder's own number, and a planned change."""
    device = until(lambda: desk.device(handset.serial))
    with desk.acting() as session:
        make = Make(session)
        make.sim(number=OURS, device_id=device.id)
        account = make.account(AccountKind.WECOM, device_id=device.id)
        rotation = plan_rotation(session, desk.tools, account, reason="asked", actor=CLERK)
        visit = Visitor(desk, handset, rotation.id)
    handset.person.has_wecom(PRIVATE, elsewhere=("iPad",))
    return visit


def pages(person):
    with person.desk.looking() as session:
        return [step["verdict"] for step in session.get(Rotation, person.rotation).steps]


def confirm_beside(person):
    other = replace(CLERK, id=uuid4(), name="Ben")
    with person.desk.acting() as session:
        rotation = session.get(Rotation, person.rotation)
        for what in ("devices", "wechat", "real_name"):
            declare(session, rotation, what=what, note="at the desk", actor=CLERK)
            witness(session, person.desk.tools, rotation, what=what, actor=other)


def at(person, step):
    until(lambda: person.seen().split(":")[0] == step)


def test_the_company_s_number_on_the_phone_is_observed(person):
    app, hand = person.app, person.phone.person
    hand.tap("我", "账号与安全", "登录设备管理")
    at(person, "devices_page")
    app.remove_others()
    hand.back()
    hand.tap("手机号")
    at(person, "number_page")
    assert pages(person) == []  # it is the holder's own number that shows

    app.bind(OURS)
    hand.open_wechat()
    until(lambda: pages(person) == ["devices_page", "number_page", "seen"])
    confirm_beside(person)

    done = person.ended()
    assert (done.state, done.level) == (RotationState.OBSERVED, Level.OBSERVED)


def test_the_number_alone_is_not_enough_where_the_devices_were_not_looked_at(person):
    hand = person.phone.person
    person.app.bind(OURS)
    hand.open_wechat("number")

    at(person, "devices_page")

    assert pages(person) == []
