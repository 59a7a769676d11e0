from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import VersionState
from fleet.contracts.proof import Level
from fleet.keys.keyring import Keyring
from fleet.settings import Settings
from fleet.vault import services as vault
from fleet.vault.errors import (
    ChangeUnderWay,
    NothingToDisclose,
    PinNotPossible,
    VersionMoveNotAllowed,
)
from fleet.vault.lifecycle import MAY_BE_IN_USE, MOVES, Move, after
from fleet.vault.models import Credential, CredentialVersion
from fleet.vault.queries import credential_of, opened, pin_of
from fleet.vault.rekeying import rewrap_all
from fleet.vault.rules import Rules
from fleet.vault.tools import Tools
from tests.factories import Make


@pytest.fixture
def tools(tmp_path) -> Tools:
    return Tools(Keyring.of(bytes(32)), Settings(home=tmp_path))


@pytest.fixture
def credential(session: Session, make: Make) -> Credential:
    return vault.credential_for(session, pin_of(make.device()))


def adopted(session, tools, make, value="402917") -> Credential:
    subject = pin_of(make.device())
    given = {"value": value, "reason": "known to the holder", "actor": make.actor()}
    return vault.adopt(session, tools, subject, **given)


def states(credential: Credential) -> list[str]:
    return [version.state.value for version in credential.versions]


@pytest.mark.parametrize(("state", "move"), list(product(VersionState, Move)))
def test_each_move_leads_where_the_table_says_or_is_refused(state, move) -> None:
    if (state, move) in MOVES:
        assert after(state, move) is MOVES[state, move]
    else:
        with pytest.raises(VersionMoveNotAllowed):
            after(state, move)


def test_what_may_be_in_use_is_never_rejected_from_being_active() -> None:
    assert (VersionState.ACTIVE, Move.REJECT) not in MOVES
    assert set(VersionState) - {VersionState.RETIRED, VersionState.REJECTED} == MAY_BE_IN_USE


def test_a_proposed_value_is_stored_sealed_and_opens(session, tools, credential, make) -> None:
    version = vault.propose(session, tools, credential, reason="due", actor=make.actor())

    assert version.state is VersionState.PENDING
    assert len(opened(tools.keyring, version)) == tools.settings.pin_length
    assert opened(tools.keyring, version) not in version.sealed


def test_a_second_value_is_not_proposed_while_one_is_pending(
    session, tools, credential, make
) -> None:
    vault.propose(session, tools, credential, reason="due", actor=make.actor())

    with pytest.raises(ChangeUnderWay):
        vault.propose(session, tools, credential, reason="due", actor=make.actor())


def test_the_database_itself_has_room_for_one_active_version(session, tools, make) -> None:
    credential = adopted(session, tools, make)
    session.add(
        CredentialVersion(
            credential_id=credential.id, number=9, sealed="x", state=VersionState.ACTIVE,
            reason="x", made_at=now(),
        )
    )  # fmt: skip

    with pytest.raises(IntegrityError):
        session.flush()


def test_promoting_keeps_the_former_value_in_the_history(session, tools, make) -> None:
    credential = adopted(session, tools, make)
    version = vault.propose(session, tools, credential, reason="due", actor=make.actor())

    vault.promote(session, tools, version, Level.PROVEN, actor=make.actor())

    assert states(credential) == ["retired", "active"]
    assert opened(tools.keyring, credential.versions[0]) == "402917"
    assert credential.level is Level.PROVEN
    assert credential.due_at - now() > timedelta(days=89)


def test_none_of_the_last_twelve_values_comes_again(session, tools, make, monkeypatch) -> None:
    credential = adopted(session, tools, make)
    asked: list[set[str]] = []

    def drawn(rules: Rules, *, avoid: set[str]) -> str:
        asked.append(avoid)
        return f"{len(asked):06d}"

    monkeypatch.setattr(vault, "generate", drawn)
    for _ in range(14):
        version = vault.propose(session, tools, credential, reason="due", actor=make.actor())
        vault.promote(session, tools, version, Level.PROVEN, actor=make.actor())

    assert asked[0] == {"402917"}
    assert asked[-1] == {f"{n:06d}" for n in range(2, 14)}


def test_a_persons_word_does_not_put_away_what_was_known(session, tools, make) -> None:
    credential = adopted(session, tools, make)
    subject = credential.device_id

    same = vault.adopt(
        session,
        tools,
        _subject_of(credential),
        value="739561",
        reason="he says",
        actor=make.actor(),
    )

    assert same is credential
    assert subject == same.device_id
    assert states(credential) == ["doubtful", "active"]
    assert credential.level is Level.DECLARED


def test_adopting_the_same_value_again_adds_nothing(session, tools, make) -> None:
    credential = adopted(session, tools, make)

    vault.adopt(
        session, tools, _subject_of(credential), value="402917", reason="again", actor=make.actor()
    )

    assert states(credential) == ["active"]


def _subject_of(credential: Credential):
    from fleet.vault.queries import Subject

    return Subject(credential.kind, credential.subject, device_id=credential.device_id)


@pytest.mark.parametrize("value", ["", "123", "12345678901234567", "12a4", "１２３４", "1234\n"])
def test_what_no_phone_takes_as_a_pin_is_refused_without_repeating_it(
    session, tools, make, value
) -> None:
    with pytest.raises(PinNotPossible) as caught:
        adopted(session, tools, make, value)

    assert not value or value not in str(caught.value)


def test_disclosing_is_recorded_and_makes_it_due_without_a_trace_of_the_value(
    session, tools, make
) -> None:
    credential = adopted(session, tools, make)
    version = vault.propose(session, tools, credential, reason="due", actor=make.actor())
    vault.promote(session, tools, version, Level.PROVEN, actor=make.actor())
    value = opened(tools.keyring, version)

    shown = vault.disclose(session, tools, credential, reason="phone locked", actor=make.actor())

    assert shown.value == value
    assert credential.due_at <= now() + timedelta(hours=24)
    assert value not in repr(shown) + repr(recorded(session)) + repr(credential.versions)
    event = recorded(session)[-1]
    assert (event.name, event.reason) == ("credential.disclosed", "phone locked")


def test_values_that_may_open_it_instead_are_disclosed_with_it(session, tools, make) -> None:
    credential = adopted(session, tools, make)
    version = vault.propose(session, tools, credential, reason="due", actor=make.actor())
    new = opened(tools.keyring, version)
    vault.keep_doubtful(session, version, reason="connection_lost", actor=make.actor())

    shown = vault.disclose(session, tools, credential, reason="why", actor=make.actor())

    assert (shown.value, shown.doubtful) == ("402917", (new,))


def test_a_first_value_in_doubt_is_disclosed_although_nothing_is_active(
    session, tools, credential, make
) -> None:
    version = vault.propose(session, tools, credential, reason="first", actor=make.actor())
    vault.keep_doubtful(session, version, reason="connection_lost", actor=make.actor())

    shown = vault.disclose(session, tools, credential, reason="why", actor=make.actor())

    assert shown.value == opened(tools.keyring, version)


def test_the_new_value_of_a_change_is_shown_on_request_alone(session, tools, make) -> None:
    credential = adopted(session, tools, make)
    version = vault.propose(session, tools, credential, reason="due", actor=make.actor())

    usual = vault.disclose(session, tools, credential, reason="why", actor=make.actor())
    pending = vault.disclose(
        session, tools, credential, reason="why", actor=make.actor(), pending=True
    )

    assert (usual.value, usual.doubtful) == ("402917", ())
    assert pending.value == opened(tools.keyring, version)


def test_nothing_is_disclosed_where_nothing_is_known(session, tools, credential, make) -> None:
    with pytest.raises(NothingToDisclose):
        vault.disclose(session, tools, credential, reason="why", actor=make.actor())


def test_an_auditor_sees_no_value(session, tools, make) -> None:
    credential = adopted(session, tools, make)

    with pytest.raises(NotAllowed):
        vault.disclose(session, tools, credential, reason="why", actor=make.actor(Role.AUDITOR))


def test_after_a_wipe_nothing_is_active_and_all_of_it_still_opens(session, tools, make) -> None:
    credential = adopted(session, tools, make)

    vault.clear(session, credential, reason="wiped", actor=make.actor())

    assert (credential.active, credential.level, credential.due_at) == (None, Level.NONE, None)
    assert opened(tools.keyring, credential.versions[0]) == "402917"


def test_a_proof_of_one_value_settles_all_doubts(session, tools, make) -> None:
    credential = adopted(session, tools, make)
    vault.adopt(
        session,
        tools,
        _subject_of(credential),
        value="739561",
        reason="he says",
        actor=make.actor(),
    )

    version = vault.retry(session, credential, actor=make.actor())
    vault.promote(session, tools, version, Level.PROVEN, actor=make.actor())

    assert states(credential) == ["active", "retired"]


def test_confirming_the_active_value_gives_no_other_up(session, tools, make) -> None:
    credential = adopted(session, tools, make)
    vault.adopt(
        session,
        tools,
        _subject_of(credential),
        value="739561",
        reason="he says",
        actor=make.actor(),
    )

    vault.confirm(session, credential, Level.PROVEN, actor=make.actor())

    assert (states(credential), credential.level) == (["doubtful", "active"], Level.PROVEN)


def test_doubtful_values_are_tried_in_turn(session, tools, make) -> None:
    credential = adopted(session, tools, make)
    for value in ("739561", "860752"):
        vault.adopt(
            session, tools, _subject_of(credential), value=value, reason="so", actor=make.actor()
        )
    first, second = credential.doubtful
    first.tried_at = now()

    assert credential.doubtful == [second, first]


def test_every_secret_moves_to_the_new_key(sessions, session, tools, make, tmp_path) -> None:
    path = tmp_path / "key"
    mine = Tools(Keyring.create(path), tools.settings)
    credential = adopted(session, mine, make)
    both = Keyring.add_key(path)

    session.commit()
    assert [one.done for one in rewrap_all(sessions, both, actor=make.actor())] == [1]
    assert list(rewrap_all(sessions, both, actor=make.actor())) == []
    session.expire_all()
    new_alone = Keyring.of(both.keys[both.active])
    assert opened(new_alone, credential.versions[0]) == "402917"


def test_a_credential_is_found_by_what_it_opens(session, tools, make) -> None:
    device = make.device()
    subject = pin_of(device)
    made = vault.credential_for(session, subject)

    assert credential_of(session, subject) is made
    assert vault.credential_for(session, subject) is made
