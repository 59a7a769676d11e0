import pytest
from pydantic import SecretStr

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.credentials import AdoptIn, CredentialKind, DiscloseIn
from fleet.contracts.proof import Level
from fleet.contracts.rotation import ConfirmIn, PlanIn, RotateIn, RotationQuery, RotationState
from fleet.contracts.stations import JobKind, JobQuery, JobState
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

PIN = RotateIn(kind=CredentialKind.DEVICE_PIN, reason="holder left it at home")
WORD = RotateIn(kind=CredentialKind.ACCOUNT_PASSWORD, reason="holder leaves")


@pytest.fixture
def operator(client, stored):
    with stored() as make:
        phone = make.device(tag="WF-0001")
        make.account(handle="wx-sales-07", device=phone)
    return client(Role.OPERATOR)


def test_a_planned_rotation_is_shown_listed_and_waits_as_a_job(operator):
    planned = operator.rotate_device_pin("WF-0001", PIN)

    assert (planned.subject, planned.state) == ("WF-0001", RotationState.PLANNED)
    assert operator.rotation(planned.id) == planned
    assert operator.rotations(RotationQuery(subject="WF-0001")).items == [planned]
    [job] = operator.jobs(JobQuery(device="WF-0001")).items
    assert (job.kind, job.state) == (JobKind.ROTATE_PIN, JobState.WAITING)


def test_a_second_rotation_of_the_same_phone_is_refused(operator):
    operator.rotate_device_pin("WF-0001", PIN)

    with pytest.raises(Refused) as refusal:
        operator.rotate_device_pin("WF-0001", PIN)

    assert (refusal.value.kind, refusal.value.code) == ("conflict", "rotation_under_way")


def test_a_cancelled_job_ends_its_rotation(operator):
    planned = operator.rotate_device_pin("WF-0001", PIN)
    [job] = operator.jobs().items

    assert operator.cancel_job(job.id).state is JobState.CANCELLED
    assert operator.rotation(planned.id).state is RotationState.CANCELLED


def test_a_change_without_a_job_is_taken_back(operator, stored):
    with stored() as make:
        make.account(AccountKind.OFFICIAL, handle="gzh-1")
    planned = operator.rotate_account_password("gzh-1", WORD)

    assert operator.cancel_rotation(planned.id).state is RotationState.CANCELLED
    assert operator.rotate_account_password("gzh-1", WORD).state is RotationState.PLANNED


def test_a_job_that_ended_cannot_be_cancelled(operator):
    operator.rotate_device_pin("WF-0001", PIN)
    [job] = operator.jobs().items
    operator.cancel_job(job.id)

    with pytest.raises(Refused) as refusal:
        operator.cancel_job(job.id)

    assert refusal.value.kind == "conflict"


@pytest.mark.parametrize("name", ["x", "00000000-0000-0000-0000-000000000000"])
def test_a_job_that_is_not_there_is_not_found(operator, name):
    with pytest.raises(Refused) as refusal:
        operator.cancel_job(name)

    assert refusal.value.kind == "not_found"


def test_a_person_types_the_new_password_and_says_so(operator):
    planned = operator.rotate_account_password("wx-sales-07", WORD)
    ask = DiscloseIn(kind=CredentialKind.ACCOUNT_PASSWORD, reason="to type it", pending=True)
    new = operator.disclose_account_password("wx-sales-07", ask).value

    confirmed = operator.confirm_rotation(planned.id, ConfirmIn(note="typed by Liu Yang"))

    assert (confirmed.state, confirmed.level) == (RotationState.DECLARED, Level.DECLARED)
    known = DiscloseIn(kind=CredentialKind.ACCOUNT_PASSWORD, reason="to compare")
    assert operator.disclose_account_password("wx-sales-07", known).value == new


def test_a_guided_change_says_what_to_do_in_the_language_asked_for(operator, client_of):
    planned = operator.rotate_account_password("wx-sales-07", WORD)

    answer = client_of(Role.OPERATOR).get(
        f"/api/v1/rotations/{planned.id}", headers={"Accept-Language": "zh-CN"}
    )

    assert len(planned.guide) > 2
    assert len(answer.json["guide"]) == len(planned.guide)


def test_nobody_can_say_that_a_phone_changed_its_pin(operator):
    planned = operator.rotate_device_pin("WF-0001", PIN)

    with pytest.raises(Refused) as refusal:
        operator.confirm_rotation(planned.id, ConfirmIn(note="I typed it"))

    assert refusal.value.kind == "conflict"


def test_what_is_due_is_planned_once(operator, sessions):
    from sqlalchemy import update

    from fleet.contracts.clock import now
    from fleet.vault.models import Credential

    operator.adopt_device_pin(
        "WF-0001",
        AdoptIn(kind=CredentialKind.DEVICE_PIN, value=SecretStr("735184"), reason="sticker"),
    )
    with sessions.begin() as session:
        session.execute(update(Credential).values(due_at=now()))

    done = operator.plan_rotations(PlanIn(at_once=True))
    again = operator.plan_rotations(PlanIn(at_once=True))
    live = operator.rotations(RotationQuery(live=True)).items

    assert [(item.subject, item.id) for item in live] == [("WF-0001", done.begun[0])]
    assert (again.planned, again.begun) == (0, [])


def test_a_rotation_that_is_not_there_is_not_found(operator):
    for name in ("x", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(Refused) as refusal:
            operator.rotation(name)
        assert refusal.value.code == "rotation_not_found"


def test_an_account_has_no_pin(operator):
    with pytest.raises(Refused) as refusal:
        operator.rotate_account_password("wx-sales-07", PIN)

    assert refusal.value.code == "kind_does_not_fit"
