"""Who is let in, who is not, and who may what."""

import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, ActorKind
from fleet.access.errors import (
    LoginRefused,
    NotAllowed,
    PasswordTooShort,
    TokenNotKnown,
    UsernameTaken,
    UserNotFound,
)
from fleet.access.granting import grant_role
from fleet.access.models import Token
from fleet.access.permissions import GRANTS, STATION
from fleet.access.queries import actor_of_token, token_of, user_named, users
from fleet.access.services import make_user, set_password, shut_out
from fleet.access.signing_in import Came, sign_in
from fleet.access.tokens import (
    make_station_token,
    make_token,
    note_use,
    revoke_station_tokens,
    revoke_token,
    use_is_due,
)
from fleet.audit.services import recorded
from fleet.contracts.access import LoginIn, Role, UserQuery
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.keys.keyring import Keyring
from tests.factories import Make

PASSWORD = "correct horse battery"


KEYRING = Keyring.of(bytes(32))


def log_in(session, *, username, password):
    given = LoginIn.model_validate({"username": username, "password": password})
    signed = sign_in(session, KEYRING, given, Came())
    return signed.text, signed.token


@pytest.fixture
def liu(session: Session):
    """Give an operator who knows a password."""
    liu = make_user(
        session,
        username="liu",
        name="Liu Yang",
        password=PASSWORD,
        actor=SYSTEM,
    )
    grant_role(session, liu, Role.OPERATOR, reason="the IT desk", actor=SYSTEM)
    return liu


def test_who_knows_the_password_is_let_in(session, liu):
    text, _ = log_in(session, username="liu", password=PASSWORD)

    actor = actor_of_token(session, text, source_address="192.0.2.7", request_id="r1")

    assert (actor.id, actor.name, actor.role) == (liu.id, "Liu Yang", "operator")
    assert (actor.source_address, actor.request_id) == ("192.0.2.7", "r1")


@pytest.mark.parametrize(
    ("username", "password"), [("liu", "wrong horse battery"), ("nobody", PASSWORD), ("liu", "")]
)
def test_nobody_else_is(session, liu, username, password):
    with pytest.raises(LoginRefused):
        log_in(session, username=username, password=password)


def test_a_user_without_a_password_cannot_log_in(session, make: Make):
    make.user(username="robot")

    with pytest.raises(LoginRefused):
        log_in(session, username="robot", password="")


def test_neither_password_nor_token_is_stored(session, liu):
    text, token = log_in(session, username="liu", password=PASSWORD)

    assert PASSWORD not in (liu.password_hash or "")
    assert liu.password_hash.startswith("$argon2id$")
    assert text not in (token.digest, token.label)


def test_a_guess_costs_what_the_standard_asks():
    """Of a server: the suite itself lets people in for less."""
    asked = "from fleet.access.secrets import hash_password; print(hash_password('x'))"
    kept = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)

    assert extract_parameters(kept.stdout.strip()) == RFC_9106_LOW_MEMORY


def test_a_token_ends_when_its_time_is_over(session, liu):
    past = now() - timedelta(seconds=1)
    text, _ = make_token(session, user=liu, label="old", expires_at=past, actor=SYSTEM)

    with pytest.raises(TokenNotKnown):
        actor_of_token(session, text)


def test_a_revoked_token_is_not_known(session, liu):
    text, token = make_token(session, user=liu, label="laptop", actor=SYSTEM)
    revoke_token(session, token, actor=SYSTEM)

    with pytest.raises(TokenNotKnown):
        actor_of_token(session, text)


def test_an_unknown_token_gets_the_same_answer(session):
    with pytest.raises(TokenNotKnown):
        actor_of_token(session, "wf_nonsense")


def test_who_is_shut_out_loses_every_token(session, liu):
    text, _ = log_in(session, username="liu", password=PASSWORD)
    shut_out(session, liu, actor=SYSTEM)

    with pytest.raises(TokenNotKnown):
        actor_of_token(session, text)
    with pytest.raises(LoginRefused):
        log_in(session, username="liu", password=PASSWORD)


def test_another_password_ends_what_the_one_before_had_opened(session, liu):
    before, _ = log_in(session, username="liu", password=PASSWORD)
    program, _ = make_token(session, user=liu, label="nightly", actor=SYSTEM)

    set_password(session, liu, password="another good one", actor=SYSTEM)

    with pytest.raises(TokenNotKnown):
        actor_of_token(session, before)
    with pytest.raises(LoginRefused):
        log_in(session, username="liu", password=PASSWORD)
    text, _ = log_in(session, username="liu", password="another good one")
    assert {actor_of_token(session, one).id for one in (text, program)} == {liu.id}


def test_another_password_is_in_the_trail_and_its_text_is_not(session, liu, make):
    set_password(session, liu, password="another good one", actor=make.actor())

    event = recorded(session)[-1]
    assert (event.name, event.subject_id) == ("user.password_set", liu.id)
    assert event.details == {}
    assert liu.password_hash.startswith("$argon2id$")


def test_another_password_keeps_to_the_rules(session, liu, make):
    with pytest.raises(PasswordTooShort):
        set_password(session, liu, password="short", actor=SYSTEM)
    with pytest.raises(NotAllowed):
        set_password(session, liu, password=PASSWORD, actor=make.actor(Role.OPERATOR))

    assert log_in(session, username="liu", password=PASSWORD)


def test_anybody_may_end_a_token_of_their_own_and_no_other(session, liu, make):
    text, own = log_in(session, username="liu", password=PASSWORD)
    _, other = make_token(session, user=make.user(), label="other", actor=SYSTEM)
    actor = actor_of_token(session, text)

    revoke_token(session, own, actor=actor)
    with pytest.raises(NotAllowed):
        revoke_token(session, other, actor=actor)

    assert (own.revoked_at is None, other.revoked_at) == (False, None)


def test_a_station_is_known_by_its_token_until_it_is_revoked(session):
    key = uuid4()
    text = make_station_token(session, station_id=key, name="bench-1")
    actor = actor_of_token(session, text)
    assert (actor.id, actor.name, actor.kind) == (key, "bench-1", ActorKind.STATION)

    revoke_station_tokens(session, key)
    session.expire_all()

    with pytest.raises(TokenNotKnown):
        actor_of_token(session, text)


def test_a_token_belongs_to_somebody(session):
    session.add(Token(digest="d", label="nobody's", made_at=now()))

    with pytest.raises(IntegrityError):
        session.flush()


def test_use_is_noted_now_and_then(session, liu):
    _text, token = make_token(session, user=liu, label="laptop", actor=SYSTEM)

    assert use_is_due(token)
    note_use(session, token.id)
    session.refresh(token)

    assert token.last_used_at is not None
    assert not use_is_due(token)


def test_a_name_is_taken_once(session, liu):
    with pytest.raises(UsernameTaken):
        make_user(session, username="liu", name="Other", actor=SYSTEM)


def test_a_short_password_is_refused(session):
    with pytest.raises(PasswordTooShort):
        make_user(session, username="x", name="X", password="short", actor=SYSTEM)


def test_users_are_found_by_name(session, liu):
    assert user_named(session, "liu") is liu
    assert users(session, UserQuery(q="liu"), actor=SYSTEM) == ([liu], None)
    with pytest.raises(UserNotFound):
        user_named(session, "nobody")


def test_only_those_entitled_let_others_in(session, make):
    for role in (Role.OPERATOR, Role.AUDITOR, STATION):
        with pytest.raises(NotAllowed):
            make_user(session, username="x", name="X", actor=make.actor(role))
    assert token_rows(session) == []


def token_rows(session) -> list[Token]:
    return list(session.scalars(select(Token)))


def test_a_token_can_be_looked_up_by_who_has_it(session, liu):
    text, token = make_token(session, user=liu, label="laptop", actor=SYSTEM)

    assert token_of(session, text) is token


def test_every_permission_is_granted_to_somebody():
    assert set().union(*(GRANTS[role] for role in Role), GRANTS[STATION]) == set(Permission)


def test_an_auditor_changes_nothing_but_signs_what_he_read():
    changing = {item for item in GRANTS[Role.AUDITOR] if not item.endswith(":read")}

    assert changing == {Permission.AUDIT_CHECKPOINT, Permission.STOCKTAKES_SIGN}


def test_a_station_only_syncs():
    fetched = Permission.APKS_FETCH
    assert GRANTS[STATION] == {Permission.STATIONS_SYNC, Permission.BACKUPS_STORE, fetched}


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        (Role.ADMINISTRATOR, Permission.CUSTODY_WAIVE),
        (Role.ADMINISTRATOR, Permission.USERS_WRITE),
        (Role.SECURITY, Permission.BACKUPS_OPEN),
        (Role.SECURITY, Permission.GRANTS_WRITE),
    ],
)
def test_an_operator_does_not_decide_what_others_decide(make, role, permission):
    make.actor(role).require(permission)
    with pytest.raises(NotAllowed):
        make.actor(Role.OPERATOR).require(permission)


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        (Role.ADMINISTRATOR, Permission.CREDENTIALS_DISCLOSE),
        (Role.ADMINISTRATOR, Permission.AUDIT_READ),
        (Role.ADMINISTRATOR, Permission.GRANTS_WRITE),
        (Role.SECURITY, Permission.USERS_WRITE),
        (Role.SECURITY, Permission.AUDIT_READ),
        (Role.AUDITOR, Permission.CREDENTIALS_DISCLOSE),
    ],
)
def test_the_three_administrators_cannot_do_one_anothers_part(make, role, permission):
    with pytest.raises(NotAllowed):
        make.actor(role).require(permission)


def test_an_unknown_role_may_nothing(make):
    with pytest.raises(NotAllowed):
        make.actor("guest").require(Permission.DEVICES_READ)
