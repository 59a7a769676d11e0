"""Signing in: guesses are slowed down, codes work once, sessions end."""

from datetime import timedelta
from threading import Barrier, Thread

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from fleet.access import guard, second_factor
from fleet.access.actor import SYSTEM
from fleet.access.errors import (
    CodeWrong,
    LockedOut,
    LoginRefused,
    NoAlarm,
    NotAllowed,
    NotSignedIn,
    PasswordKnownToEverybody,
    PasswordTooPlain,
    PasswordUsedBefore,
    PasswordWrong,
    PermissionUnknown,
    SecondFactorNeeded,
    SecondFactorNotBegun,
    SecondFactorSet,
    SecondFactorUnset,
    TokenLastsTooLong,
    TokenNotKnown,
    TokenTooWide,
)
from fleet.access.granting import grant_role
from fleet.access.models import SignInGuard, User
from fleet.access.passwords import check_password
from fleet.access.policy import change_policy, default_policy
from fleet.access.queries import actor_of, actor_of_token, alarms
from fleet.access.services import (
    acknowledge_alarm,
    change_password,
    make_user,
    seal_break_glass,
    set_password,
    unlock,
)
from fleet.access.signing_in import Came, done_first, is_break_glass, sign_in, sign_out
from fleet.access.tokens import make_token, note_use, revoke_token, tokens_of
from fleet.audit.services import recorded
from fleet.contracts.access import AccessPolicyIn, FirstThing, LoginIn, Role
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import make_sessions
from fleet.keys.keyring import Keyring

PASSWORD, OTHER = "correct horse battery", "wrong horse battery"
KEYRING = Keyring.of(bytes(32))


@pytest.fixture
def liu(session):
    made = make_user(session, username="liu", name="Liu", password=PASSWORD, actor=SYSTEM)
    grant_role(session, made, Role.OPERATOR, reason="the IT desk", actor=SYSTEM)
    return made


def signed_in(session, password=PASSWORD, code=None, username="liu"):
    given = LoginIn.model_validate({"username": username, "password": password, "code": code})
    return sign_in(session, KEYRING, given, Came("192.0.2.7", "workfleet/1"))


def wrong(session, times, username="liu"):
    for _ in range(times):
        guard.count_attempt(session, username)
        with pytest.raises(LoginRefused):
            signed_in(session, OTHER, username=username)


def with_second_factor(session, user):
    """Set a second factor up and give what makes its codes."""
    begun = second_factor.begin(session, KEYRING, user)
    totp = pyotp.TOTP(begun.secret)
    actor = actor_of(signed_in(session).token)
    codes = second_factor.confirm(session, KEYRING, user, totp.at(now()), actor=actor)
    return totp, codes


def later(**given):
    return time_machine.travel(now() + timedelta(**given), tick=True)


@pytest.mark.parametrize("username", ["liu", "nobody"])
def test_after_some_wrong_passwords_each_further_one_waits_longer(session, liu, username):
    wrong(session, 5, username)
    with pytest.raises(LockedOut) as first:
        guard.count_attempt(session, username)

    with later(seconds=first.value.seconds + 1):
        wrong(session, 1, username)
        with pytest.raises(LockedOut) as second:
            guard.count_attempt(session, username)

    # The seconds that are left: on a busy machine a second may have gone by.
    assert 25 <= first.value.seconds <= 30
    assert 55 <= second.value.seconds <= 60


def test_the_right_password_has_to_wait_as_well(session, liu):
    wrong(session, 5)

    with pytest.raises(LockedOut):
        guard.count_attempt(session, "LIU")


def test_the_delay_has_an_end(session, liu):
    row = SignInGuard(username="liu", wrong=60, last_at=now())
    session.add(row)
    session.flush()
    guard.count_attempt(session, "liu")

    with pytest.raises(LockedOut) as refused:
        guard.count_attempt(session, "liu")
    assert refused.value.seconds == 3600


def test_being_let_in_forgives_what_was_typed_wrongly(session, liu):
    wrong(session, 4)
    guard.count_attempt(session, "liu")
    signed_in(session)

    wrong(session, 4)


def test_an_administrator_unlocks(session, liu, make):
    wrong(session, 5)
    unlock(session, liu, actor=make.actor(Role.ADMINISTRATOR))

    guard.count_attempt(session, "liu")


def test_a_lockout_is_in_the_trail_once(session, liu):
    wrong(session, 5)
    for _ in range(3):
        with pytest.raises(LockedOut):
            guard.count_attempt(session, "liu")

    assert [event.name for event in recorded(session)].count("user.sign_in_locked") == 1


def test_guesses_at_once_are_all_counted(engine):
    sessions, start = make_sessions(engine), Barrier(8)

    def guess():
        start.wait(30)
        with sessions.begin() as session:
            try:
                guard.count_attempt(session, "liu")
            except LockedOut:
                session.rollback()

    threads = [Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    with sessions() as session:
        assert session.scalars(select(SignInGuard.wrong)).one() == 5


def test_names_that_nobody_tried_for_a_day_are_forgotten(session):
    guard.count_attempt(session, "liu")
    with later(days=2):
        guard.count_attempt(session, "ann")
        assert guard.purge(session) == 1


def test_the_code_is_asked_after_the_password_alone(session, liu):
    totp, _codes = with_second_factor(session, liu)

    with pytest.raises(SecondFactorNeeded):
        signed_in(session)
    with pytest.raises(LoginRefused):
        signed_in(session, OTHER, totp.at(now()))


def test_a_code_lets_in_once(session, liu):
    totp, _codes = with_second_factor(session, liu)
    with later(seconds=60):
        code = totp.at(now())
        signed_in(session, code=code)
        with pytest.raises(CodeWrong):
            signed_in(session, code=code)


def test_a_code_of_the_step_before_is_taken_and_an_older_one_is_not(session, liu):
    totp, _codes = with_second_factor(session, liu)
    with later(minutes=10):
        with pytest.raises(CodeWrong):
            signed_in(session, code=totp.at(now(), counter_offset=-2))
        signed_in(session, code=totp.at(now(), counter_offset=-1))


def test_of_two_that_show_one_code_at_once_one_is_let_in(engine):
    sessions, start, results = make_sessions(engine), Barrier(2), []
    with sessions.begin() as session:
        user = make_user(session, username="liu", name="Liu", password=PASSWORD, actor=SYSTEM)
        totp, _codes = with_second_factor(session, user)

    def show(code):
        with sessions() as session:
            user = session.scalars(select(User)).one()
            session.rollback()
            start.wait(30)
            try:
                second_factor.check(session, KEYRING, user, code)
                session.commit()
                results.append("in")
            except CodeWrong:
                results.append("out")

    with later(minutes=5):
        code = totp.at(now())
        threads = [Thread(target=show, args=(code,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    assert sorted(results) == ["in", "out"]


def test_a_recovery_code_lets_in_once_and_is_counted(session, liu):
    _totp, codes = with_second_factor(session, liu)

    signed_in(session, code=codes[3].lower().replace("-", " "))

    assert second_factor.codes_left(session, liu) == 9
    assert [e.left for e in recorded(session) if e.name == "user.recovery_code_used"] == [9]
    with pytest.raises(CodeWrong):
        signed_in(session, code=codes[3])


def test_new_recovery_codes_end_those_of_before(session, liu):
    _totp, codes = with_second_factor(session, liu)
    fresh = second_factor.new_recovery_codes(session, liu, actor=SYSTEM)

    with pytest.raises(CodeWrong):
        signed_in(session, code=codes[0])
    signed_in(session, code=fresh[0])


def test_neither_secret_nor_codes_are_stored_in_clear(session, liu):
    begun = second_factor.begin(session, KEYRING, liu)

    assert begun.secret not in liu.totp_sealed
    assert begun.secret in begun.uri
    assert begun.picture.startswith("<svg")


def test_a_second_factor_counts_from_its_first_code_on(session, liu):
    with pytest.raises(SecondFactorNotBegun):
        second_factor.confirm(session, KEYRING, liu, "123456", actor=SYSTEM)
    second_factor.begin(session, KEYRING, liu)
    with pytest.raises(CodeWrong):
        second_factor.confirm(session, KEYRING, liu, "000000", actor=SYSTEM)

    assert signed_in(session).first is None


def test_it_is_set_up_once_and_taken_away_by_who_may(session, liu, make):
    with pytest.raises(SecondFactorUnset):
        second_factor.remove(session, liu, actor=SYSTEM, reason="lost")
    with_second_factor(session, liu)
    with pytest.raises(SecondFactorSet):
        second_factor.begin(session, KEYRING, liu)
    with pytest.raises(NotAllowed):
        second_factor.remove(session, liu, actor=make.actor(Role.OPERATOR), reason="lost")

    second_factor.remove(session, liu, actor=make.actor(Role.ADMINISTRATOR), reason="lost")
    assert signed_in(session)


@pytest.mark.parametrize(
    ("demanded", "role", "first"),
    [
        ("everybody", Role.OPERATOR, FirstThing.SECOND_FACTOR),
        ("administrators", Role.SECURITY, FirstThing.SECOND_FACTOR),
        ("administrators", Role.OPERATOR, None),
        ("optional", Role.SECURITY, None),
    ],
)
def test_who_needs_a_second_factor_sets_it_up_before_anything_else(
    session, liu, make, demanded, role, first
):
    change_policy(session, AccessPolicyIn(second_factor=demanded), actor=SYSTEM)
    if role is not Role.OPERATOR:
        make.grant(liu, role)

    signed = signed_in(session)

    assert signed.first is first
    assert actor_of(signed.token).may(Permission.DEVICES_READ) is (first is None)


def test_what_came_first_is_done_and_the_session_is_a_whole_one(session, liu):
    set_password(session, liu, password="chosen by another", actor=SYSTEM)
    signed = signed_in(session, "chosen by another")
    actor = actor_of(signed.token)
    assert (signed.first, actor.may(Permission.DEVICES_READ)) == (FirstThing.PASSWORD, False)

    change_password(
        session, liu, present="chosen by another", password="one of my own", actor=actor
    )
    assert done_first(session, liu, actor=actor) is None
    session.flush()
    session.refresh(signed.token)

    assert actor_of(signed.token).may(Permission.DEVICES_READ)


def test_a_session_ends_when_it_was_idle_for_too_long(session, liu):
    signed = signed_in(session)
    with later(minutes=50):
        note_use(session, signed.token.id)
        session.refresh(signed.token)
    with later(minutes=100):
        assert actor_of_token(session, signed.text)
    with later(minutes=120), pytest.raises(TokenNotKnown):
        actor_of_token(session, signed.text)


def test_a_session_ends_whatever_is_done_in_it(session, liu):
    signed = signed_in(session)
    for hours in range(1, 12):
        with later(hours=hours - 0.1):
            note_use(session, signed.token.id)
            session.refresh(signed.token)
    with later(hours=12, seconds=1), pytest.raises(TokenNotKnown):
        actor_of_token(session, signed.text)


def test_sessions_are_seen_and_ended_by_oneself_and_by_who_may(session, liu, make):
    one, two = signed_in(session), signed_in(session)
    me = actor_of(one.token)
    assert {t.id for t in tokens_of(session, liu, sessions=True, actor=me)} == {
        one.token.id,
        two.token.id,
    }
    with pytest.raises(NotAllowed):
        tokens_of(session, liu, sessions=True, actor=make.actor(Role.OPERATOR))

    revoke_token(session, two.token, actor=me)
    revoke_token(session, one.token, actor=make.actor(Role.ADMINISTRATOR))

    for signed in (one, two):
        with pytest.raises(TokenNotKnown):
            actor_of_token(session, signed.text)


def test_signing_out_ends_the_session(session, liu):
    signed = signed_in(session)
    sign_out(session, actor=actor_of(signed.token))
    session.expire_all()

    with pytest.raises(TokenNotKnown):
        actor_of_token(session, signed.text)


def test_a_token_does_what_it_is_for_and_nothing_else(session, liu):
    me = actor_of(signed_in(session).token)
    text, _ = make_token(session, user=liu, label="nightly", only=["devices:read"], actor=me)

    program = actor_of_token(session, text)

    program.require(Permission.DEVICES_READ)
    with pytest.raises(NotAllowed):
        program.require(Permission.CUSTODY_ISSUE)


def test_a_token_does_no_more_than_its_user_at_the_moment(session, liu):
    me = actor_of(signed_in(session).token)
    text, _ = make_token(session, user=liu, label="nightly", only=["devices:read"], actor=me)

    liu.grants[0].ended_at = now()

    assert not actor_of_token(session, text).may(Permission.DEVICES_READ)


def test_a_token_makes_no_token_and_changes_no_password(session, liu):
    me = actor_of(signed_in(session).token)
    text, token = make_token(session, user=liu, label="nightly", actor=me)
    program = actor_of_token(session, text)

    with pytest.raises(NotSignedIn):
        make_token(session, user=liu, label="another", actor=program)
    with pytest.raises(NotSignedIn):
        change_password(session, liu, present=PASSWORD, password="a new one here", actor=program)
    assert token.expires_at - now() < timedelta(days=91)


def test_a_token_is_not_made_for_what_its_user_may_not_do(session, liu):
    me = actor_of(signed_in(session).token)
    with pytest.raises(TokenTooWide):
        make_token(session, user=liu, label="x", only=["users:write"], actor=me)
    with pytest.raises(PermissionUnknown):
        make_token(session, user=liu, label="x", only=["everything"], actor=me)
    with pytest.raises(TokenLastsTooLong):
        make_token(session, user=liu, label="x", expires_at=now() + timedelta(days=400), actor=me)


@pytest.mark.parametrize(
    "password", ["password123!", "Liu2026!!!!!", "123456789012", "aaaaaaaaaaaa", "woaini5201314"]
)
def test_what_is_guessed_first_is_refused(password):
    with pytest.raises(PasswordKnownToEverybody):
        check_password(default_policy(), password, username="liu")


def test_a_policy_may_ask_for_kinds_of_characters():
    policy = default_policy()
    policy.password_classes = 3

    check_password(policy, "Correct horse battery")
    with pytest.raises(PasswordTooPlain):
        check_password(policy, "correcthorsebattery")


def test_the_last_passwords_are_not_taken_again(session, liu):
    present, actor = PASSWORD, actor_of(signed_in(session).token)
    for number in range(4):
        change_password(session, liu, present=present, password=f"{OTHER} {number}", actor=actor)
        present = f"{OTHER} {number}"

    with pytest.raises(PasswordUsedBefore):
        change_password(session, liu, present=present, password=PASSWORD, actor=actor)
    with pytest.raises(PasswordWrong):
        change_password(session, liu, present=PASSWORD, password="a new one here", actor=actor)


def test_the_account_in_the_safe_works_once_and_is_an_alarm(session, make):
    user, password = seal_break_glass(session, actor=SYSTEM)
    for role in (Role.ADMINISTRATOR, Role.SECURITY):
        grant_role(session, user, role, reason="the safe", actor=SYSTEM)
    assert is_break_glass(session, "break-glass")

    signed = signed_in(session, password, username="break-glass")

    assert actor_of(signed.token).may(Permission.GRANTS_WRITE)
    assert alarms(session) == [user]
    with pytest.raises(LoginRefused):
        signed_in(session, password, username="break-glass")

    acknowledge_alarm(session, user, reason="a fire drill", actor=make.actor(Role.SECURITY))
    assert alarms(session) == []
    with pytest.raises(NoAlarm):
        acknowledge_alarm(session, user, reason="again", actor=make.actor(Role.SECURITY))


def test_sealing_it_anew_ends_what_it_had_opened(session):
    _user, password = seal_break_glass(session, actor=SYSTEM)
    signed = signed_in(session, password, username="break-glass")

    _user, fresh = seal_break_glass(session, actor=SYSTEM)
    session.expire_all()

    with pytest.raises(TokenNotKnown):
        actor_of_token(session, signed.text)
    assert signed_in(session, fresh, username="break-glass")
