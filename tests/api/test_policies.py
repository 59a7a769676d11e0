"""Password policies, what is due by them, and the codes of SIMs, over the wire."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import AdoptIn, CredentialKind, CredentialQuery, DiscloseIn
from fleet.contracts.policies import PolicyIn, PolicyQuery, PolicyShowQuery
from fleet.contracts.rotation import CalendarQuery, DueQuery, ForecastQuery, PlanIn
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

PIN, PUK = CredentialKind.DEVICE_PIN, CredentialKind.SIM_PUK
STRICT = PolicyIn(kind=PIN, reason="we are targets", length=8, max_age_days=30)


@pytest.fixture
def operator(client, stored):
    with stored() as make:
        make.device(tag="WF-0001")
        make.sim(number="13800002231")
    return client(Role.OPERATOR)


def adopted(operator):
    body = AdoptIn(kind=PIN, value=SecretStr("735184"), reason="sticker on it")
    return operator.adopt_device_pin("WF-0001", body)


def test_a_policy_is_set_shown_and_listed(client):
    security = client(Role.SECURITY)

    done = security.set_policy(STRICT)

    shown = security.policy(PolicyShowQuery(kind=PIN))
    assert (shown.length, shown.reason, shown.bits) == (8, "we are targets", 26.2)
    assert (shown, security.policies().items) == (done.policy, [shown])


def test_a_dry_run_sets_nothing(client, operator):
    adopted(operator)
    security = client(Role.SECURITY)

    done = security.set_policy(STRICT.model_copy(update={"dry_run": True}))

    assert (done.dry_run, done.credentials, [one.then for one in done.falls_due]) == (
        True,
        1,
        [0, 1, 1, 1],
    )
    assert security.policies(PolicyQuery(history=True)).items == []


def test_a_policy_to_come_is_in_force_from_its_day_on(client):
    security = client(Role.SECURITY)
    begins = now() + timedelta(days=10)
    security.set_policy(STRICT.model_copy(update={"effective_from": begins}))

    assert security.policies().items == []
    (listed,) = security.policies(PolicyQuery(history=True)).items
    assert (listed.in_force, security.policy(PolicyShowQuery(kind=PIN)).id) == (False, None)
    assert security.policy(PolicyShowQuery(kind=PIN, at=begins)).length == 8


def test_an_operator_reads_policies_and_sets_none(operator):
    assert operator.policy(PolicyShowQuery(kind=PUK)).bits is None
    with pytest.raises(Refused) as refusal:
        operator.set_policy(STRICT)

    assert refusal.value.code == "not_allowed"


def test_what_is_due_is_listed_counted_and_planned(operator):
    adopted(operator)

    (line,) = operator.due().items
    assert (line.subject, line.standing) == ("WF-0001", "warning")
    assert [day.total for day in operator.calendar(CalendarQuery(weeks=1)).days] == [1]
    visits = operator.forecast(ForecastQuery(days=30)).visits
    assert {one.kind: one.due for one in visits}[PIN] == 1
    assert operator.plan_rotations(PlanIn()).planned == 0  # it is due tomorrow


def test_an_unknown_department_or_station_is_not_found(operator):
    for query in (DueQuery(department="NONE"), DueQuery(station="none")):
        with pytest.raises(Refused) as refusal:
            operator.due(query)
        assert refusal.value.kind == "not_found"


def test_the_codes_of_a_sim_are_kept_shown_and_listed(operator):
    body = AdoptIn(kind=PUK, value=SecretStr("12345678"), reason="from the card")
    kept = operator.adopt_sim_code("13800002231", body)

    look = DiscloseIn(kind=PUK, reason="it is blocked")
    assert operator.disclose_sim_code("13800002231", look).value == "12345678"
    (listed,) = operator.credentials(CredentialQuery(kind=PUK)).items
    assert (kept.due_at, listed.subject) == (None, "13800002231")


def test_the_code_of_a_sim_waits_for_approval_like_any_other(operator, client):
    body = AdoptIn(kind=PUK, value=SecretStr("12345678"), reason="from the card")
    operator.adopt_sim_code("13800002231", body)
    asked = operator.request_sim_code("13800002231", DiscloseIn(kind=PUK, reason="blocked"))

    (waits,) = client(Role.SECURITY).disclosures().items
    assert (waits.id, waits.subject) == (asked.id, "13800002231")


def test_a_sim_has_no_password_and_a_phone_no_puk(operator):
    value = SecretStr("12345678")
    with pytest.raises(Refused) as of_sim:
        operator.adopt_sim_code("13800002231", AdoptIn(kind=PIN, value=value, reason="slip"))
    with pytest.raises(Refused) as of_phone:
        operator.adopt_device_pin("WF-0001", AdoptIn(kind=PUK, value=value, reason="slip"))

    assert {of_sim.value.code, of_phone.value.code} == {"kind_does_not_fit"}
