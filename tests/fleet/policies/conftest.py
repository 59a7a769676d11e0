import pytest

from fleet.contracts.credentials import CredentialKind
from fleet.contracts.policies import PolicyIn
from fleet.custody.issuing import issue
from fleet.policies.services import set_policy
from fleet.vault.queries import known_credential, pin_of
from tests.fleet.custody.proofs import rotate_pin


@pytest.fixture
def set_(session, tools, make):
    """Give what sets a policy, of PINs where nothing else is said."""

    def set_(**given):
        said = {"kind": CredentialKind.DEVICE_PIN, "reason": "of the test", **given}
        return set_policy(session, tools.settings, PolicyIn(**said), actor=make.actor())

    return set_


@pytest.fixture
def phone_of(session, tools, make):
    """Give what issues a phone into a department, its PIN then proven."""

    def phone_of(department):
        phone, holder = make.device(), make.employee(department=department)
        issue(session, to=holder, devices=[phone], actor=make.actor())
        rotate_pin(session, tools, phone)
        return known_credential(session, pin_of(phone))

    return phone_of


@pytest.fixture
def tree(make):
    """Give a department and the one beneath it."""
    top = make.department(code="TOP")
    return top, make.department(code="EAST", parent=top)
