"""Plans, honesty sheets and what is said of chats, over the wire."""

import pytest

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.plans import Plan, PlanIn, PlanQuery, PlanShowQuery
from fleet.contracts.proof import Level
from fleet.contracts.sheets import Attested, AttestIn
from tests.factories import FOUNDER


@pytest.fixture
def operator(client, stored):
    with stored() as make:
        make.device(tag="WF-0001")
    return client(Role.OPERATOR)


def test_who_keeps_the_keys_edits_a_plan_and_operators_read_it(client, operator):
    given = PlanIn(plan=operator.plan("people").plan, reason="looked at it")

    assert client(Role.SECURITY).edit_plan("people", given).plan.number == 2
    with pytest.raises(Refused) as refusal:
        operator.edit_plan("people", given)
    assert refusal.value.kind == "forbidden"
    assert operator.plan("people", PlanShowQuery(number=1)).made_by is None


def test_a_dry_run_says_what_would_be_and_changes_nothing(client, operator):
    given = PlanIn(plan=operator.plan("people").plan, reason="looked at it", dry_run=True)

    assert client(Role.SECURITY).edit_plan("people", given).plan.number == 2
    assert operator.plan("people").number == 1


def test_a_phone_says_what_a_backup_would_take(operator):
    found = operator.taken_of("WF-0001")

    assert "storage 1" in found.plans
    assert {one.id for one in found.left_off} == {"contacts", "call-log", "sms"}


def test_the_list_goes_on_where_a_page_ended(operator):
    first = operator.plans(PlanQuery(limit=2))
    rest = operator.plans(PlanQuery(after=first.next))

    names = [one.name for one in (*first.items, *rest.items)]
    assert names == sorted(set(names))


def test_chats_are_said_to_be_safe_by_one_and_confirmed_by_another(client, operator):
    said = AttestIn(note="with the phone's own backup")

    assert operator.declare_chats("WF-0001", said).level is Level.DECLARED
    with pytest.raises(Refused) as refusal:
        operator.witness_chats("WF-0001")
    assert refusal.value.code == "chats_witness_is_the_same"
    done = client(FOUNDER).witness_chats("WF-0001")

    assert (done.level, done.needed) == (Level.DECLARED, Level.NONE)  # no archive was found yet
    assert [bool(one.witnessed_by) for one in done.attestations] == [True]


def test_nothing_is_restored_that_is_in_no_backup(operator):
    operator.declare_chats("WF-0001", AttestIn(note="with the phone's own backup"))

    with pytest.raises(Refused) as refusal:
        operator.declare_chats("WF-0001", AttestIn(what=Attested.RESTORED, note="on a test phone"))

    assert refusal.value.code == "archive_not_verified"


def test_a_backup_that_has_not_ended_has_a_sheet_that_claims_nothing(operator):
    number = operator.back_up("WF-0001").number

    sheet = operator.sheet(number)

    assert (sheet.rows, sheet.signatures, sheet.level) == ([], [], Level.NONE)
    assert "短信" in sheet.left_off or "Text messages" in sheet.left_off


def test_a_plan_that_is_none_is_refused(client):
    with pytest.raises(ValueError, match="places"):
        Plan.model_validate({"title": {"zh": "无效", "en": "void"}, "sources": [{"places": ["/"]}]})
