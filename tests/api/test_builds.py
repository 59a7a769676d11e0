import pytest

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.builds import BuildQuery, BuildTrust, ResetBuildIn
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.rotation import RotateIn
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

LYING = "OPPO|A72|OPPO/A72/C.31"


@pytest.fixture
def liar(stored) -> str:
    """Store a build that lies and a phone that has it; give the build's id."""
    with stored() as make:
        make.device(tag="WF-0417", build=LYING)
        found = {"trust": BuildTrust.UNTRUSTED, "since": now(), "why": "not_applied"}
        return str(make.build(name=LYING, **found).id)


def test_a_build_is_found_by_what_it_is_believed(client, liar):
    [found] = client(Role.AUDITOR).builds(BuildQuery(trust=BuildTrust.UNTRUSTED)).items

    assert (found.id, found.build, found.phones, found.why) == (liar, LYING, 1, "not_applied")
    assert client(Role.AUDITOR).build(liar).tags == ["WF-0417"]


def test_its_phones_are_changed_only_when_a_person_says_so(client, liar):
    operator, asked = client(Role.OPERATOR), RotateIn(kind=CredentialKind.DEVICE_PIN)

    with pytest.raises(Refused) as refusal:
        operator.rotate_device_pin("WF-0417", asked)

    assert refusal.value.code == "untrusted_build"
    forced = asked.model_copy(update={"even_untrusted": True})
    assert operator.rotate_device_pin("WF-0417", forced).even_untrusted


def test_security_sets_it_back_and_an_operator_does_not(client, liar):
    body = ResetBuildIn(reason="updated to C.32")

    with pytest.raises(Refused) as refusal:
        client(Role.OPERATOR).reset_build(liar, body)
    done = client(Role.SECURITY).reset_build(liar, body)

    assert refusal.value.kind == "forbidden"
    assert (done.trust, done.reset_reason) == (BuildTrust.UNKNOWN, "updated to C.32")


@pytest.mark.parametrize("reference", ["x", "00000000-0000-0000-0000-000000000000"])
def test_a_build_that_nobody_visited_is_not_found(client, reference):
    with pytest.raises(Refused) as refusal:
        client(Role.OPERATOR).build(reference)

    assert refusal.value.code == "build_not_found"
