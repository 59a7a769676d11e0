"""PINs and PUKs of SIMs: kept and shown like others, changed by no station."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from fleet.audit.models import AuditEntry
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.vault import services as vault
from fleet.vault.errors import NothingAllowed, PukNotPossible, SimPinNotPossible
from fleet.vault.models import Credential
from fleet.vault.queries import code_of, known_credential

PIN, PUK = CredentialKind.SIM_PIN, CredentialKind.SIM_PUK


@pytest.fixture
def adopt(session, tools, make):
    sim = make.sim(number="13800002231")

    def adopt(kind: CredentialKind, value: str) -> Credential:
        given = {"value": value, "reason": "from the card", "actor": make.actor()}
        return vault.adopt(session, tools, code_of(sim, kind), **given)

    return adopt


def test_a_sim_has_a_pin_and_a_puk_beside_each_other(session, tools, make, adopt):
    pin, puk = adopt(PIN, "4829"), adopt(PUK, "12345678")

    shown = vault.disclose(session, tools, puk, reason="blocked", actor=make.actor())

    assert (shown.value, pin.level, puk.level) == ("12345678", Level.DECLARED, Level.DECLARED)
    assert pin.sim_id == puk.sim_id


def test_a_puk_is_never_due_and_a_pin_by_its_age_alone(session, tools, make, adopt):
    pin, puk = adopt(PIN, "4829"), adopt(PUK, "12345678")
    for one in (pin, puk):
        vault.disclose(session, tools, one, reason="blocked", actor=make.actor())

    assert puk.due_at is None
    assert (pin.due_at - pin.changed_at).days == tools.settings.pin_days


@pytest.mark.parametrize("value", ["1234567", "123456789", "1234567a", "１２３４５６７８"])
def test_a_puk_has_eight_digits(adopt, value):
    with pytest.raises(PukNotPossible):
        adopt(PUK, value)


@pytest.mark.parametrize("value", ["123", "123456789", "12a4"])
def test_the_pin_of_a_sim_has_four_to_eight_digits(adopt, value):
    with pytest.raises(SimPinNotPossible):
        adopt(PIN, value)


def test_no_new_value_is_made_for_a_sim(session, tools, make, adopt):
    with pytest.raises(NothingAllowed):
        vault.propose(session, tools, adopt(PUK, "12345678"), reason="due", actor=make.actor())


def test_the_trail_shows_no_whole_number(session, adopt):
    adopt(PUK, "12345678")
    session.commit()

    entry = session.scalars(select(AuditEntry)).one()
    assert entry.subject_name == "138****2231"
    assert "13800002231" not in str((entry.details, entry.changes))


def test_the_database_wants_exactly_one_subject(session, make, adopt):
    credential, phone = adopt(PUK, "12345678"), make.device()
    both = update(Credential).where(Credential.id == credential.id).values(device_id=phone.id)

    with pytest.raises(IntegrityError):
        session.execute(both)


def test_the_codes_of_two_sims_are_kept_apart(session, make, adopt):
    adopt(PUK, "12345678")

    assert known_credential(session, code_of(make.sim(), PUK)) is None
