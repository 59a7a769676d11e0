"""Another head: what waited for the one before waits for him, and he may ask for new values."""

from datetime import timedelta

import pytest

from fleet.contracts.clock import now
from fleet.contracts.requests import RequestState
from fleet.people.errors import EmployeeNotActive
from fleet.people.models import Status
from fleet.requests import errors
from fleet.requests.heads import name_head
from fleet.requests.services import decide
from fleet.vault import services as vault
from fleet.vault.queries import known_credential, pin_of


@pytest.fixture
def ben(company, make):
    """Give somebody who may head sales."""
    ben = company.head(company.sales, "Ben")
    company.sales.head = company.wei
    return ben


def named(company, head, *, change=False):
    return name_head(
        company.session,
        company.sales,
        head,
        reason="Wei moved on",
        change=change,
        actor=company.liu,
    )


def far_off(company):
    credential = known_credential(company.session, pin_of(company.phone))
    credential.due_at = now() + timedelta(days=60)
    return credential


def test_what_waits_for_the_head_waits_for_the_new_one(company, ben):
    request = company.asked()

    named(company, ben)

    with pytest.raises(errors.NotTheApprover):
        decide(company.session, request, approve=True, note="yes", actor=company.as_(company.wei))
    decide(company.session, request, approve=True, note="yes", actor=company.as_(ben))
    assert request.state is RequestState.APPROVED


def test_he_asks_for_new_values_of_what_his_people_hold(company, ben, make):
    mine, other = far_off(company), make.device()
    given = {"value": "735184", "reason": "known", "actor": company.liu}
    elsewhere = vault.adopt(company.session, company.tools, pin_of(other), **given)
    elsewhere.due_at = now() + timedelta(days=60)

    assert named(company, ben, change=True) == [mine]
    assert mine.due_at <= now() < elsewhere.due_at


def test_unasked_nothing_is_due(company, ben):
    mine = far_off(company)

    assert named(company, ben) == []
    assert mine.due_at > now()


def test_nobody_heads_a_department_who_leaves(company, ben):
    ben.status = Status.LEAVING

    with pytest.raises(EmployeeNotActive):
        named(company, ben)
