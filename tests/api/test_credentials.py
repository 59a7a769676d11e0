import pytest
from pydantic import SecretStr

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.credentials import AdoptIn, CredentialKind, CredentialQuery, DiscloseIn
from fleet.contracts.proof import Level
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

PIN = AdoptIn(kind=CredentialKind.DEVICE_PIN, value=SecretStr("735184"), reason="sticker on it")
ASK_PIN = DiscloseIn(kind=CredentialKind.DEVICE_PIN, reason="holder locked out")
WORD = AdoptIn(
    kind=CredentialKind.ACCOUNT_PASSWORD, value=SecretStr("blue-otter-9"), reason="told by holder"
)
ASK_WORD = DiscloseIn(kind=CredentialKind.ACCOUNT_PASSWORD, reason="log in for the holder")


@pytest.fixture
def operator(client, stored):
    with stored() as make:
        make.device(tag="WF-0001")
        make.account(handle="wx-sales-07")
    return client(Role.OPERATOR)


def test_a_pin_handed_to_the_vault_comes_back_when_it_is_disclosed(operator):
    adopted = operator.adopt_device_pin("WF-0001", PIN)

    shown = operator.disclose_device_pin("WF-0001", ASK_PIN)

    assert (adopted.subject, adopted.level) == ("WF-0001", Level.DECLARED)
    assert (shown.value, shown.subject) == ("735184", "WF-0001")
    assert shown.rotation_due_at is not None


def test_a_password_handed_to_the_vault_comes_back_when_it_is_disclosed(operator):
    operator.adopt_account_password("wx-sales-07", WORD)

    assert operator.disclose_account_password("wx-sales-07", ASK_WORD).value == "blue-otter-9"


def test_wecom_has_no_password_to_be_kept_shown_or_asked_for(operator, stored):
    with stored() as make:
        make.account(AccountKind.WECOM, handle="wang.fang")
    for ask, body in (
        (operator.adopt_account_password, WORD),
        (operator.disclose_account_password, ASK_WORD),
    ):
        with pytest.raises(Refused) as refused:
            ask("wang.fang", body)

        assert refused.value.code == "account_has_no_password"


def test_the_list_has_no_value(operator, client_of):
    operator.adopt_device_pin("WF-0001", PIN)
    operator.adopt_account_password("wx-sales-07", WORD)

    answer = client_of(Role.AUDITOR).get("/api/v1/credentials")

    assert [item["subject"] for item in answer.json["items"]] == ["WF-0001", "wx-sales-07"]
    assert "735184" not in answer.text
    assert "otter" not in answer.text


def test_the_list_is_filtered_by_kind(operator):
    operator.adopt_device_pin("WF-0001", PIN)
    operator.adopt_account_password("wx-sales-07", WORD)

    found = operator.credentials(CredentialQuery(kind=CredentialKind.DEVICE_PIN))

    assert [item.subject for item in found.items] == ["WF-0001"]


def test_an_auditor_sees_that_there_is_one_and_not_what_it_is(operator, client):
    operator.adopt_device_pin("WF-0001", PIN)

    with pytest.raises(Refused) as refusal:
        client(Role.AUDITOR).disclose_device_pin("WF-0001", ASK_PIN)

    assert refusal.value.kind == "forbidden"


def test_a_disclosure_is_in_the_trail_with_its_reason_and_without_the_value(operator, client_of):
    operator.adopt_device_pin("WF-0001", PIN)
    operator.disclose_device_pin("WF-0001", ASK_PIN)

    answer = client_of(Role.AUDITOR).get("/api/v1/audit?event=credential.disclosed")

    assert answer.json["items"][0]["details"]["reason"] == "holder locked out"
    assert "735184" not in answer.text


def test_a_disclosure_without_a_reason_is_refused(client_of, operator):
    answer = client_of(Role.OPERATOR).post(
        "/api/v1/devices/WF-0001/disclose", json={"kind": "device_pin", "reason": "  "}
    )

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (422, ["reason"])


def test_nothing_is_disclosed_where_nothing_is_known(operator):
    with pytest.raises(Refused) as refusal:
        operator.disclose_device_pin("WF-0001", ASK_PIN)

    assert refusal.value.kind == "not_found"


def test_a_phone_has_no_password(operator):
    with pytest.raises(Refused) as refusal:
        operator.disclose_device_pin("WF-0001", ASK_WORD)

    assert refusal.value.code == "kind_does_not_fit"


def test_a_wrong_value_is_refused_without_repeating_it(client_of, operator):
    body = {"kind": "device_pin", "value": "otter", "reason": "typed wrong"}

    answer = client_of(Role.OPERATOR).post("/api/v1/devices/WF-0001/credential", json=body)

    assert answer.status_code == 422
    assert "otter" not in answer.text
