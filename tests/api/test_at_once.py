"""I1 over HTTP: two people who hand out one phone at the same moment, on a server of processes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from api.client import Client, Refused
from fleet.contracts.access import Role
from fleet.contracts.custody import IssueIn
from fleet.contracts.people import EmployeeIn
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
