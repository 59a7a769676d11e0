import re
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.errors import NotAllowed, TokenNotKnown
from fleet.access.permissions import STATION
from fleet.access.queries import actor_of_token
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.stations import EnrolIn
from fleet.database import make_sessions
from fleet.errors import FleetError
from fleet.stations.errors import (
    EnrolmentCodeExpired,
    EnrolmentCodeUsed,
    EnrolmentCodeWrong,
    PublicKeyUnusable,
)
from fleet.stations.models import EnrolmentCode, Station
from fleet.stations.queries import station_named
from fleet.stations.services import enrol, invite, revoke
from tests.factories import Make

KEY = b64encode(bytes([9]) + bytes(31)).decode()


def shown(code: str, key: str = KEY) -> EnrolIn:
    return EnrolIn(code=code, public_key=key, software="1.0")


def test_a_code_makes_a_station_whose_token_lets_it_in(session, make) -> None:
    code = invite(session, "front", minutes=60, actor=make.actor()).code

    token = enrol(session, shown(code)).token

    assert re.fullmatch(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){2}", code)
    actor = actor_of_token(session, token)
    assert (actor.name, actor.role) == ("front", STATION)


def test_a_code_is_understood_however_it_is_typed(session, make) -> None:
    code = invite(session, "front", minutes=60, actor=make.actor()).code

    typed = code.lower().replace("-", " ")

    assert enrol(session, shown(typed)).station == "front"


def test_neither_code_nor_token_is_stored_or_recorded(session, make) -> None:
    code = invite(session, "front", minutes=60, actor=make.actor()).code
    token = enrol(session, shown(code)).token

    stored = session.scalars(select(EnrolmentCode)).one()
    kept = repr(vars(stored)) + repr(recorded(session))
    assert code not in kept
    assert token not in kept


def test_a_wrong_code_is_refused(session) -> None:
    with pytest.raises(EnrolmentCodeWrong):
        enrol(session, shown("AAAA-BBBB-CCCC"))


def test_a_code_works_once(session, make) -> None:
    code = invite(session, "front", minutes=60, actor=make.actor()).code
    enrol(session, shown(code))

    with pytest.raises(EnrolmentCodeUsed):
        enrol(session, shown(code))


def test_a_code_runs_out(session, make) -> None:
    code = invite(session, "front", minutes=60, actor=make.actor()).code

    with time_machine.travel(now() + timedelta(minutes=61)), pytest.raises(EnrolmentCodeExpired):
        enrol(session, shown(code))


def test_a_key_that_nothing_can_be_sealed_to_does_not_use_the_code_up(session, make) -> None:
    code = invite(session, "front", minutes=60, actor=make.actor()).code

    with pytest.raises(PublicKeyUnusable):
        enrol(session, shown(code, key="no key"))

    assert enrol(session, shown(code)).station == "front"


def test_of_two_machines_with_one_code_one_becomes_the_station(engine) -> None:
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        code = invite(session, "front", minutes=60, actor=Make(session).actor()).code

    def tried(_number: int) -> str:
        try:
            with sessions.begin() as session:
                return enrol(session, shown(code)).station
        except FleetError as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(tried, range(4)))

    assert answers == ["enrolment_code_used"] * 3 + ["front"]
    with Session(engine) as session:
        assert len(session.scalars(select(Station)).all()) == 1


def test_a_machine_that_is_replaced_shuts_the_earlier_one_out(session, make) -> None:
    codes = [invite(session, "front", minutes=60, actor=make.actor()).code for _ in range(2)]
    first = enrol(session, shown(codes[0])).token
    second = enrol(session, shown(codes[1])).token

    assert actor_of_token(session, second).name == "front"
    assert station_named(session, "front").life == 2
    with pytest.raises(TokenNotKnown):
        actor_of_token(session, first)


def test_a_revoked_station_is_shut_out_at_once(session, make) -> None:
    code = invite(session, "front", minutes=60, actor=make.actor()).code
    token = enrol(session, shown(code)).token

    revoke(session, station_named(session, "front"), actor=make.actor())

    with pytest.raises(TokenNotKnown):
        actor_of_token(session, token)


def test_who_may_not_invite_gets_no_code(session, make) -> None:
    with pytest.raises(NotAllowed):
        invite(session, "front", minutes=60, actor=make.actor(Role.AUDITOR))
