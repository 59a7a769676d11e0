"""By hand, and afterwards: one person says so, another one who saw it confirms."""

import pytest
from sqlalchemy import select

from fleet.audit.models import AuditEntry
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.rotation.declaring import attend, declare, witness
from fleet.rotation.errors import (
    DeclaredAlready,
    NothingToWitness,
    NotToBeDeclared,
    PhonesAnswerForThemselves,
    RotationEnded,
    RotationNotDone,
    ShownAlready,
    ValueNeverShown,
    WitnessedAlready,
    WitnessIsTheSame,
)
from fleet.rotation.queries import shown
from fleet.rotation.services import plan_rotation
from fleet.vault.queries import active_value, password_of


@pytest.fixture
def account(make):
    return make.account()


@pytest.fixture
def typist(make):
    return make.actor(name="Ann")


@pytest.fixture
def second(make):
    return make.actor(name="Ben")


@pytest.fixture
def attended(session, tools, account, typist):
    """Give a change whose new password was shown to the typist."""
    rotation, _shown = attend(session, tools, account, reason="no cable here", actor=typist)
    return rotation


def say(session, rotation, actor, what="changed"):
    declare(session, rotation, what=what, note="at the front desk", actor=actor)


def test_two_people_make_a_change_by_hand_declared(session, tools, account, typist, second):
    rotation, value = attend(session, tools, account, reason="no cable here", actor=typist)

    say(session, rotation, typist)
    assert rotation.is_live
    witness(session, tools, rotation, what="changed", actor=second)

    assert (rotation.state, rotation.level) == (RotationState.DECLARED, Level.DECLARED)
    assert active_value(session, tools.keyring, password_of(account)) == value.value


def test_the_value_is_shown_once(session, tools, account, typist, second, attended):
    with pytest.raises(ShownAlready):
        attend(session, tools, account, reason="again, please", actor=second)


def test_nobody_is_the_witness_of_himself(session, tools, typist, attended):
    say(session, attended, typist)

    with pytest.raises(WitnessIsTheSame):
        witness(session, tools, attended, what="changed", actor=typist)
    assert attended.is_live


def test_what_nobody_was_shown_cannot_have_been_typed(session, tools, make, account, typist):
    rotation = plan_rotation(session, tools, account, reason="asked", actor=make.actor())

    with pytest.raises(ValueNeverShown):
        say(session, rotation, typist)


def test_a_witness_needs_something_that_was_said_and_is_one_once(
    session, tools, typist, second, attended
):
    with pytest.raises(NothingToWitness):
        witness(session, tools, attended, what="changed", actor=second)
    say(session, attended, typist)
    witness(session, tools, attended, what="changed", actor=second)

    with pytest.raises(WitnessedAlready):
        witness(session, tools, attended, what="changed", actor=second)
    with pytest.raises(RotationEnded):
        say(session, attended, typist)


def test_what_follows_is_declared_after_the_change_alone_and_by_name(
    session, tools, typist, second, attended
):
    with pytest.raises(RotationNotDone):
        say(session, attended, typist, "devices")
    with pytest.raises(NotToBeDeclared):
        say(session, attended, typist, "horoscope")
    say(session, attended, typist)
    with pytest.raises(DeclaredAlready):
        say(session, attended, second)


def test_each_follow_up_shows_who_did_it_and_who_saw_it(session, tools, typist, second, attended):
    say(session, attended, typist)
    witness(session, tools, attended, what="changed", actor=second)
    say(session, attended, second, "devices")
    witness(session, tools, attended, what="devices", actor=typist)

    told = {one.what: one for one in shown(session, attended).declarations}

    assert (told["devices"].said_by, told["devices"].witnessed_by) == ("Ben", "Ann")
    assert told["bank"].said_by is None
    session.commit()
    names = {entry.event for entry in session.scalars(select(AuditEntry))}
    assert {"rotation.declared", "rotation.witnessed"} <= names


def test_nobody_declares_the_pin_of_a_phone(session, tools, make, typist):
    rotation = plan_rotation(session, tools, make.device(), reason="asked", actor=make.actor())

    with pytest.raises(PhonesAnswerForThemselves):
        say(session, rotation, typist)
