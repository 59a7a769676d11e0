"""Escrow keys and openings over HTTP: who, in which order, and never a private key said again."""

from base64 import b64decode
from hashlib import sha256

import pyrage
import pytest

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.audit import AuditQuery
from fleet.contracts.credentials import DecisionIn
from fleet.contracts.escrow import EscrowConfirmIn, EscrowKeyIn, EscrowRetireIn, ProofIn
from fleet.contracts.openings import OpeningIn, OpeningPurpose, OpeningQuery, OpeningState
from tests.api.bench import open_up, refused
from tests.factories import FOUNDER

PAPER = pyrage.x25519.Identity.generate()


def given(**changes) -> EscrowKeyIn:
    told = {
        "name": "paper", "recipient": str(PAPER.to_public()), "kept_by": "Zhao", "kept_at": "bank",
        "kept_with": "Wu", "reason": "a second place", **changes,
    }  # fmt: skip
    return EscrowKeyIn(**told)


@pytest.fixture
def added(client):
    return client(FOUNDER).add_escrow_key(given())


def confirmed(client, added):
    body = EscrowConfirmIn(fingerprint=added.fingerprint, note="compared with the paper")
    return client(Role.ADMINISTRATOR).confirm_escrow_key("paper", body)


def test_a_key_is_asked_for_confirmed_proved_and_the_first_one_retired(client, added):
    founder = client(FOUNDER)
    assert confirmed(client, added).state == "active"
    sealed = b64decode(founder.challenge_escrow_key("paper").sealed)
    answer = sha256(pyrage.decrypt(sealed, [PAPER])).hexdigest()
    assert founder.prove_escrow_key("paper", ProofIn(answer=answer)).custody == "proven"

    founder.retire_escrow_key("settings-1", EscrowRetireIn(reason="moved"))

    states = {key.name: key.state for key in founder.escrow_keys().items}
    assert states == {"paper": "active", "settings-1": "retired"}
    assert founder.escrow_key("paper").kept_with == "Wu"
    assert client(Role.OPERATOR).summary().escrow.new == ["paper"]


def test_his_own_key_is_not_for_who_asked_to_confirm(client, added):
    body = EscrowConfirmIn(fingerprint=added.fingerprint, note="my own")

    assert refused(client(FOUNDER).confirm_escrow_key, "paper", body).code == "approved_by_oneself"


@pytest.mark.parametrize("field", ["recipient", "name", "kept_by"])
def test_a_private_key_is_nowhere_in_the_answer_nor_in_the_trail(client, field, capfd):
    refusal = refused(client(FOUNDER).add_escrow_key, given(**{field: str(PAPER)}))

    secret = str(PAPER)[-20:]
    assert refusal.code == "private_key_pasted"
    assert secret not in str(refusal.args)
    trail = client(Role.AUDITOR).audit(AuditQuery(limit=1000))
    assert secret not in trail.model_dump_json()
    assert secret not in "".join(capfd.readouterr())


def test_an_overlong_text_in_place_of_a_recipient_is_not_said_again(administrator):
    body = given().model_dump(mode="json") | {"recipient": str(PAPER) * 500}

    answer = administrator.post("/api/v1/escrow-keys", json=body)

    assert answer.status_code == 422
    assert str(PAPER)[-20:] not in answer.text


def test_new_backups_are_sealed_to_new_keys(bench, client, stored, added):
    confirmed(client, added)
    with stored() as make:
        tag = make.device().tag

    backup = bench.operator.back_up(tag)

    assert len(bench.lease.task.recipients) == 1
    with stored() as make:
        from fleet.backups.queries import backup_of

        assert backup_of(make.session, backup.number).recipients[-1] == str(PAPER.to_public())


def test_an_opening_is_asked_for_approved_used_and_closed(bench, client):
    bench.finish()
    founder, backup = client(FOUNDER), bench.backup.number
    number = open_up(client, backup)
    with founder.manifest(backup):
        pass

    founder.close_opening(number)

    closed = client(Role.AUDITOR).opening(number)
    assert (closed.state, closed.fetched, closed.decided_by) == ("closed", 1, "A security")
    with pytest.raises(Refused) as refusal, founder.manifest(backup):
        pass
    assert refusal.value.code == "opening_needed"


def test_openings_are_denied_withdrawn_and_revoked(bench, client):
    founder, administrator = client(FOUNDER), client(Role.ADMINISTRATOR)
    asked = OpeningIn(backup=bench.backup.number, purpose=OpeningPurpose.LEGAL, reason="a court")

    first, note = founder.ask_opening(asked).number, DecisionIn(note="no need")
    administrator.deny_opening(first, note)
    second = founder.ask_opening(asked).number
    founder.withdraw_opening(second)
    third = open_up(client, bench.backup.number)
    administrator.revoke_opening(third)

    def standing(state):
        return [one.number for one in founder.openings(OpeningQuery(state=state)).items]

    assert standing(OpeningState.DENIED) == [first]
    assert standing(OpeningState.WITHDRAWN) == [second]
    assert standing(OpeningState.CLOSED) == [third]
