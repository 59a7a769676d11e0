"""I1 over HTTP: two people who hand out one phone at the same moment, on a server of processes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import pytest
from sqlalchemy import func, select

from api.client import Client, Refused
from fleet.audit.queries import verify_trail
from fleet.contracts.access import Role
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.custody import IssueIn, ReassignIn
from fleet.contracts.people import EmployeeIn
from fleet.contracts.rotation import RotateIn
from fleet.custody.models import Holding
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

PHONES = [f"WF-{number:04d}" for number in range(10)]


def test_of_two_who_issue_one_phone_at_once_one_wins_and_the_other_is_told_who(
    start_server, stored, token_of, client
):
    with stored() as make:
        make.employee(number="E1", name="王芳")
        make.employee(number="E2", name="陈浩")
        for tag in PHONES:
            make.device(tag=tag)
    running = start_server(processes=2)
    tokens = {"E1": token_of(Role.OPERATOR), "E2": token_of(FOUNDER)}
    together = Barrier(2)

    def hand_to(number: str) -> list[str]:
        answers = []
        with Client(running.serving.url, tokens[number], language="en") as known:
            for tag in PHONES:
                together.wait(30)
                try:
                    answers.append(known.issue(IssueIn(to=number, devices=[tag])).to.number)
                except Refused as refusal:
                    answers.append(f"{refusal.code}: {refusal.message}")
        return answers

    with ThreadPoolExecutor(2) as pool:
        of_one, of_other = pool.map(hand_to, tokens)

    for tag, first, second in zip(PHONES, of_one, of_other, strict=True):
        [won] = {first, second} & set(tokens)
        [lost] = {first, second} - {won}
        holder = client(Role.OPERATOR).device(tag).holder
        assert holder.number == won
        assert lost.startswith("already_held")
        assert holder.name in lost


def test_a_name_that_is_not_ascii_reaches_the_server_as_it_is(start_server, token_of, stored):
    with stored() as make:
        make.department(code="销售")
    running = start_server()

    with Client(running.serving.url, token_of(Role.OPERATOR)) as known:
        added = known.add_employee(EmployeeIn(number="工号 7?", name="王芳", department="销售"))
        assert known.employee("工号 7?") == added


def test_many_who_want_the_same_things_hear_refusals_and_no_trouble(
    start_server, stored, token_of, sessions
):
    """The hammer of `tests/fleet/test_hammer.py`, smaller, through the door of two processes."""
    with stored() as make:
        people = [make.employee().number for _ in range(3)]
        tags = [make.device().tag for _ in range(2)]
        handles = [make.account().handle for _ in range(2)]
    url, token = start_server(processes=2).serving.url, token_of(FOUNDER)

    def work(number: int) -> Counter[str]:
        dice, heard = Random(number), Counter[str]()
        with Client(url, token) as known:
            things = (people, tags, handles)
            for _ in range(15):
                heard[outcome(known, dice, *(dice.choice(some) for some in things))] += 1
        return heard

    with ThreadPoolExecutor(8) as pool:
        heard = sum(pool.map(work, range(8)), Counter())

    assert heard["done"] > 0
    assert heard.keys() <= NAMED
    with sessions() as session:
        several = select(func.count()).where(Holding.returned_at.is_(None)).group_by
        assert set(session.scalars(several(Holding.device_id, Holding.account_id))) <= {1}
        assert verify_trail(session).whole


# What may be heard where several want the same; "database_busy" and "our_mistake" are not in it.
NAMED = {
    "done",
    "account_gate_open",
    "account_move_not_allowed",
    "already_held",
    "change_under_way",
    "changed_meanwhile",
    "held_meanwhile",
    "move_not_allowed",
    "not_held",
    "one_account_of_a_kind",
    "rotation_under_way",
}


def outcome(known: Client, dice: Random, person: str, tag: str, handle: str) -> str:
    """Do one of the things people do, and say what they heard."""
    both = IssueIn(to=person, devices=[tag], accounts=[handle], registrant_seen=True)
    verbs = [
        lambda: known.issue(both),
        lambda: known.return_device(tag),
        lambda: known.return_account(handle),
        lambda: known.reassign(handle, ReassignIn(to=person, registrant_seen=True)),
        lambda: known.rotate_device_pin(tag, RotateIn(kind=CredentialKind.DEVICE_PIN)),
    ]
    try:
        dice.choice(verbs)()
    except Refused as refusal:
        return refusal.code
    return "done"
