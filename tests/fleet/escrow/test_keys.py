"""A key opens everybody's data: asked for by one, confirmed by another, and never without one."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from threading import Barrier, Thread

import pyrage
import pytest
import time_machine

from fleet.access.errors import ApprovedByOneself, NotAllowed
from fleet.audit.services import recorded
from fleet.backups.services import plan_backup
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.escrow import Custody, EscrowKeyIn, EscrowQuery, EscrowState, fingerprint_of
from fleet.database import make_sessions
from fleet.errors import FleetError
from fleet.escrow import services
from fleet.escrow.errors import (
    ChallengeNotMet,
    ChallengeOver,
    EscrowKeyKnown,
    EscrowKeyMoved,
    FingerprintDiffers,
    LastEscrowKey,
    PrivateKeyPasted,
    RecipientNotValid,
    RecipientOfAPlugin,
    RecipientOfSsh,
)
from fleet.escrow.queries import active_keys, escrow_key, keys, recipients_of, shown, today
from tests.factories import Make

PAPER = pyrage.x25519.Identity.generate()
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGSWVrCZ2cHVMoT5a5TqzeMPOJ0eIh6nmVEKxqCPv5xC"


@pytest.fixture
def settings(tools):
    return tools.settings


def given(**changes) -> EscrowKeyIn:
    told = {
        "name": "paper", "recipient": str(PAPER.to_public()), "kept_by": "Zhao", "kept_at": "bank",
        "reason": "a second place", **changes,
    }  # fmt: skip
    return EscrowKeyIn(**told)


@pytest.fixture
def asked(session, settings, asker):
    return services.add_key(session, settings, given(), actor=asker)


@pytest.fixture
def active(session, asked, second):
    told = {"fingerprint": asked.fingerprint, "note": "compared with the paper"}
    services.confirm_key(session, asked, actor=second, **told)
    return asked


def test_what_was_asked_for_takes_no_effect_yet(session, tools, make, asked):
    planned = plan_backup(session, tools, make.device(), reason="asked", actor=make.actor())

    assert asked.state is EscrowState.REQUESTED
    assert planned.recipients == ["age1test"]


def test_what_another_person_confirmed_is_sealed_to_from_then_on(session, tools, make, active):
    planned = plan_backup(session, tools, make.device(), reason="asked", actor=make.actor())

    assert planned.recipients == ["age1test", str(PAPER.to_public())]


def test_nobody_confirms_his_own_key_though_he_holds_both_roles(session, settings, make):
    founder = make.actor()
    own = services.add_key(session, settings, given(), actor=founder)

    with pytest.raises(ApprovedByOneself):
        services.confirm_key(
            session, own, fingerprint=own.fingerprint, note="my own", actor=founder
        )
    assert own.state is EscrowState.REQUESTED


def test_the_fingerprint_is_that_of_the_paper(session, asked, second):
    other = fingerprint_of(str(pyrage.x25519.Identity.generate().to_public()))

    with pytest.raises(FingerprintDiffers):
        services.confirm_key(session, asked, fingerprint=other, note="compared", actor=second)
    spaced = asked.fingerprint.replace(" ", "-")
    services.confirm_key(session, asked, fingerprint=spaced, note="compared", actor=second)
    assert asked.state is EscrowState.ACTIVE


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.MANAGER, Role.EMPLOYEE])
def test_who_neither_asks_nor_confirms_does_neither(session, settings, make, asked, role):
    other = make.actor(role)

    with pytest.raises(NotAllowed):
        services.add_key(session, settings, given(name="b"), actor=other)
    with pytest.raises(NotAllowed):
        services.confirm_key(session, asked, fingerprint="1", note="why", actor=other)


@pytest.mark.parametrize(
    ("pasted", "refusal"),
    [
        (str(PAPER), PrivateKeyPasted),
        (str(PAPER).lower(), PrivateKeyPasted),
        (f"# public key: age1x\n{PAPER}", PrivateKeyPasted),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc", PrivateKeyPasted),
        ("AGE-PLUGIN-YUBIKEY-1QQQQ", PrivateKeyPasted),
        (SSH, RecipientOfSsh),
        ("age1yubikey1qwertyuiop", RecipientOfAPlugin),
        (str(PAPER.to_public())[:-1], RecipientNotValid),
        (str(PAPER.to_public())[:-1] + "b", RecipientNotValid),
        ("", RecipientNotValid),
    ],
    ids=[
        "identity", "in small letters", "with its comment", "openssh", "plugin identity", "ssh",
        "plugin", "cut off", "misread", "nothing",
    ],
)  # fmt: skip
def test_what_is_no_recipient_is_refused_and_not_said_again(
    session, settings, asker, pasted, refusal
):
    with pytest.raises(refusal) as refused:
        services.add_key(session, settings, given(recipient=pasted), actor=asker)
    said = refused.value.sentence() + refused.value.next_step() + repr(refused.value)
    assert str(PAPER).lower() not in said.lower()


@pytest.mark.parametrize("field", ["name", "kept_by", "kept_with", "kept_at", "reason"])
def test_a_private_key_in_any_field_is_refused(session, settings, asker, field):
    with pytest.raises(PrivateKeyPasted):
        services.add_key(session, settings, given(**{field: str(PAPER)}), actor=asker)
    assert recorded(session) == []


def test_a_key_in_capitals_is_the_same_key(session, settings, asker, asked):
    again = given(name="other", recipient=f" {str(PAPER.to_public()).upper()} ")

    with pytest.raises(EscrowKeyKnown):
        services.add_key(session, settings, again, actor=asker)


def test_what_was_retired_does_not_come_back_and_what_was_denied_may(
    session, settings, asker, second, asked
):
    services.deny_key(session, asked, note="not compared", actor=second)
    again = services.add_key(session, settings, given(), actor=asker)
    told = {"fingerprint": again.fingerprint, "note": "compared now"}
    services.confirm_key(session, again, actor=second, **told)
    services.retire_key(session, settings, again, reason="stolen", actor=asker)

    with pytest.raises(EscrowKeyKnown):
        services.add_key(session, settings, given(name="new"), actor=asker)
    assert escrow_key(session, "paper") is again


def test_the_last_key_stays(session, settings, asker, active):
    services.retire_key(
        session, settings, escrow_key(session, "settings-1"), reason="moved", actor=asker
    )

    with pytest.raises(LastEscrowKey):
        services.retire_key(session, settings, active, reason="moved", actor=asker)
    assert [key.name for key in active_keys(session)] == ["paper"]


def test_a_retired_key_is_retired_once(session, settings, asker, active):
    services.retire_key(session, settings, active, reason="stolen", actor=asker)

    with pytest.raises(EscrowKeyMoved):
        services.retire_key(session, settings, active, reason="stolen", actor=asker)


def test_two_who_retire_at_once_leave_one(engine, tools, dialect):
    sessions = make_sessions(engine)
    settings = replace(tools.settings, recipients=("age1one", "age1two"))
    with sessions.begin() as session:
        services.take_over(session, settings)
    barrier, refused = Barrier(2), []

    def retire(name: str) -> None:
        barrier.wait()
        with sessions() as session:
            try:
                key = escrow_key(session, name)
                actor = Make(session).actor()
                services.retire_key(session, settings, key, reason="moved", actor=actor)
                session.commit()
            except FleetError as refusal:
                refused.append(refusal.code)

    both = [Thread(target=retire, args=(f"settings-{n}",)) for n in (1, 2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    with sessions() as session:
        assert len(active_keys(session)) == 1
    assert refused == ["last_escrow_key"]


def test_the_settings_are_the_keys_until_there_are_some_and_all_of_them_become_keys(
    session, settings, asker
):
    before = replace(settings, recipients=("age1one", "age1two"))
    assert recipients_of(session, before) == ["age1one", "age1two"]

    services.add_key(session, before, given(), actor=asker)

    assert recipients_of(session, before) == ["age1one", "age1two"]
    assert [event.name for event in recorded(session)][:2] == ["escrow.taken_over"] * 2


def test_a_line_in_the_settings_is_no_way_around_the_second_person(session, settings, active):
    written = replace(settings, recipients=("age1test", "age1thief"))

    services.take_over(session, written)

    assert "age1thief" not in recipients_of(session, written)
    assert today(session, written).settings_differ
    assert not today(session, settings).settings_differ


def test_who_has_the_identity_shows_it_and_nothing_of_it_is_kept(session, asker, active, settings):
    sealed = services.challenge_key(session, active, actor=asker)
    answer = sha256(pyrage.decrypt(sealed, [PAPER])).hexdigest()

    services.prove_key(session, active, answer=answer, actor=asker)

    seen = shown(active, settings)
    assert (seen.custody, seen.proved_by) == (Custody.PROVEN, "Liu Yang")
    assert seen.proof_due_at == active.proved_at + timedelta(days=365)
    with pytest.raises(ChallengeOver):
        services.prove_key(session, active, answer=answer, actor=asker)


def test_a_wrong_or_late_answer_proves_nothing(session, asker, active):
    sealed = services.challenge_key(session, active, actor=asker)
    with pytest.raises(ChallengeNotMet):
        services.prove_key(session, active, answer="0" * 64, actor=asker)

    answer = sha256(pyrage.decrypt(sealed, [PAPER])).hexdigest()
    late = now() + services.ANSWERED_IN
    with time_machine.travel(late), pytest.raises(ChallengeOver):
        services.prove_key(session, active, answer=answer, actor=asker)
    assert active.proved_at is None


def test_custody_is_overdue_after_a_year(session, settings, asker, active):
    sealed = services.challenge_key(session, active, actor=asker)
    answer = sha256(pyrage.decrypt(sealed, [PAPER])).hexdigest()
    services.prove_key(session, active, answer=answer, actor=asker)
    assert "paper" not in today(session, settings).overdue

    with time_machine.travel(now() + timedelta(days=365, minutes=1)):
        assert "paper" in today(session, settings).overdue
        late = EscrowQuery(custody=Custody.OVERDUE)
        assert keys(session, late, settings, actor=asker)[0] == [active]


def test_everybody_who_watches_is_told_of_what_waits_and_of_what_is_new(
    session, settings, asked, second
):
    day = today(session, settings)
    assert (day.waiting, day.new, day.single) == (["paper"], [], True)

    told = {"fingerprint": asked.fingerprint, "note": "compared"}
    services.confirm_key(session, asked, actor=second, **told)

    day = today(session, settings)
    assert (day.waiting, day.new, day.single) == ([], ["paper"], False)
    with time_machine.travel(now() + timedelta(days=8)):
        assert today(session, settings).new == []
