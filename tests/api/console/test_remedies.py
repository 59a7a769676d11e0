"""The remedy of a finding on pages: read first, asked for by a form of ours, taken back."""

import pytest

from fleet.access.actor import SYSTEM
from fleet.compliance.judging import note_visits
from fleet.compliance.models import Finding
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.findings import Rule
from fleet.custody.issuing import issue
from fleet.devices.noting import Visited
from fleet.keys.sources import load_keyring
from fleet.remedies.models import Remedy
from fleet.remedies.outcomes import settle
from fleet.stations.jobs import end_job
from fleet.stations.lifecycle import Move
from fleet.vault.tools import Tools
from tests.api.console.visitor import code_of
from tests.fleet.compliance.seen import WELL, facts
from tests.fleet.remedies.shown import closed, done

WIRELESS = WELL["debugging"].model_copy(update={"wireless": True})


@pytest.fixture
def tools(settings):
    return Tools(load_keyring(settings), settings)


@pytest.fixture
def number(stored, tools) -> str:
    """Give the finding of a phone that can be commanded without a cable."""
    with stored() as make:
        phone = make.device(tag="WF-0001")
        issue(make.session, to=make.employee(), devices=[phone], actor=make.actor())
        seen = facts(sims=(), debugging=WIRELESS)
        phone.facts, phone.last_seen_at = seen.model_dump(mode="json"), now()
        note_visits(make.session, tools, [Visited(phone, seen, now())])
        found = make.session.query(Finding).filter_by(rule=Rule.WIRELESS_DEBUGGING).one()
        return found.number


@pytest.fixture
def operator(someone):
    return someone(Role.OPERATOR)


def ask(number: str) -> str:
    return f"/findings/{number}/remedy/close_wireless"


@pytest.fixture
def done_one(number, operator, stored, tools) -> str:
    """Give a remedy that the phone has shown to be done."""
    operator.send(ask(number))
    with stored() as make:
        remedy = make.session.query(Remedy).one()
        end_job(make.session, remedy.job, Move.FINISH, actor=SYSTEM)
        told = done(remedy.job_id, closed())
        settle(make.session, tools, remedy.job, told, late=False, actor=SYSTEM)
        return remedy.number


def test_a_finding_offers_what_a_station_can_do(number, operator):
    assert f'href="{ask(number)}"' in operator.get(f"/findings/{number}").text


def test_what_would_be_done_is_read_before_it_is_asked_for(number, operator, stored):
    page = operator.get(ask(number)).text

    assert "close wireless debugging" in page
    assert "It can be taken back: open wireless debugging." in page
    with stored() as make:
        assert make.session.query(Remedy).count() == 0


def test_a_form_plans_it_and_the_list_tells_of_it(number, operator):
    answer = operator.send(ask(number))

    assert answer.location == f"/findings/{number}"
    assert "RM-" in operator.get("/remedies?state=planned").text
    assert code_of(operator.send(ask(number))) == "remedy_under_way"


def test_a_form_of_somebody_else_does_nothing(number, operator, stored):
    assert code_of(operator.client.post(ask(number))) == "not_our_form"
    with stored() as make:
        assert make.session.query(Remedy).count() == 0


def test_a_remedy_shows_its_proof_and_is_taken_back(done_one, operator):
    page = operator.get(f"/remedies/{done_one}").text
    assert 'data-state="done"' in page
    assert "c" * 64 in page

    undo = f"/remedies/{done_one}/undo"
    assert "open wireless debugging" in operator.get(undo).text
    back = operator.send(undo).location
    assert done_one in operator.get(back).text
    assert operator.send(f"{back}/cancel").location == back
    assert 'data-state="cancelled"' in operator.get(back).text
    assert code_of(operator.send(f"{back}/cancel")) == "remedy_move_not_allowed"


def test_a_finding_names_what_was_done_against_it(done_one, number, operator):
    page = operator.get(f"/findings/{number}").text

    assert f'href="/remedies/{done_one}"' in page
    assert "verified" in page


def test_who_does_not_plan_is_offered_nothing(number, someone):
    auditor = someone(Role.AUDITOR)

    assert ask(number) not in auditor.get(f"/findings/{number}").text
    assert auditor.get(ask(number)).status_code == 403


def test_an_action_that_is_none_is_the_one_the_rule_says_first(number, operator):
    assert "close wireless debugging" in operator.get(f"/findings/{number}/remedy/dance").text
