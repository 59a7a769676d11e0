"""One's own way in, through the door: limited until what comes first is done."""

import pyotp
import pytest

from api.client import Refused
from fleet.contracts.access import (
    AccessPolicyIn,
    CodeIn,
    FirstThing,
    LoginIn,
    NewPasswordIn,
    PasswordIn,
    ProgramTokenIn,
    RevokeIn,
    Role,
    UserIn,
    UserQuery,
)
from fleet.contracts.clock import now
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

FIRST = "chosen by the desk"
PASSWORD = "correct horse battery"


@pytest.fixture
def new_ann(client):
    """Let Ann in, with a password that somebody else chose."""
    given = {"username": "ann", "name": "Ann", "role": "operator", "password": FIRST}
    client(FOUNDER).add_user(UserIn.model_validate(given))


@pytest.fixture
def ann(client, new_ann, as_):
    """Let Ann in, who has chosen a password of her own."""
    me = as_(login(client, FIRST).token)
    me.change_password(PasswordIn(present=FIRST, password=PASSWORD))
    me.logout()


@pytest.fixture
def as_(app):
    """Give a client that shows a token."""
    import httpx

    from api.client import Client

    def known(token):
        transport = httpx.WSGITransport(app=app)
        return Client("http://server", token, language="en", transport=transport)

    return known


def login(client, password=PASSWORD, code=None):
    given = {"username": "ann", "password": password, "code": code}
    return client(FOUNDER).login(LoginIn.model_validate(given))


def test_wrong_passwords_are_counted_although_each_is_refused(client, ann):
    for _ in range(5):
        with pytest.raises(Refused, match="do not belong together"):
            login(client, "wrong horse battery")

    with pytest.raises(Refused) as refused:
        login(client)

    assert refused.value.code == "locked_out"
    client(FOUNDER).unlock("ann")
    assert login(client).token


def test_a_password_that_somebody_else_typed_is_changed_first(client, new_ann, as_):
    given = login(client, FIRST)
    me = as_(given.token)
    assert given.first is FirstThing.PASSWORD
    with pytest.raises(Refused, match="before anything else"):
        me.devices()

    me.change_password(PasswordIn(present=FIRST, password=PASSWORD))
    assert me.devices().items == []


def test_a_second_factor_is_set_up_and_then_asked_for(client, ann, as_):
    me = as_(login(client).token)
    secret = me.begin_second_factor().secret
    codes = me.confirm_second_factor(code_of(secret)).codes

    with pytest.raises(Refused) as refused:
        login(client)
    assert refused.value.code == "second_factor_needed"
    assert login(client, code=codes[0]).first is None
    with pytest.raises(Refused):
        login(client, code=codes[0])


def code_of(secret):
    return CodeIn.model_validate({"code": pyotp.TOTP(secret).at(now())})


def test_who_must_set_one_up_can_do_nothing_else_before(client, ann, as_):
    client(FOUNDER).change_access_policy(AccessPolicyIn(second_factor="everybody"))
    token = login(client)
    me = as_(token.token)

    assert token.first is FirstThing.SECOND_FACTOR
    with pytest.raises(Refused, match="second-factor set-up"):
        me.devices()
    with pytest.raises(Refused, match="may not"):
        me.make_my_token(ProgramTokenIn(label="a way around"))

    done = me.confirm_second_factor(code_of(me.begin_second_factor().secret))
    assert done.first is None
    assert me.devices().items == []


def test_a_password_that_another_chose_is_changed_first(client, ann, as_):
    body = NewPasswordIn.model_validate({"password": "chosen by another"})
    client(FOUNDER).set_password("ann", body)
    token = login(client, "chosen by another")
    me = as_(token.token)

    change = {"present": "chosen by another", "password": "one of my own, long"}
    done = me.change_password(PasswordIn.model_validate(change))

    assert (token.first, done.first) == (FirstThing.PASSWORD, None)
    assert me.devices().items == []


def test_one_sees_and_ends_ones_own_sessions(client, ann, as_):
    one, two = login(client), login(client)
    me = as_(one.token)
    found = me.my_sessions().items

    other = next(session for session in found if not session.mine)
    me.revoke_my_session(other.id)

    assert len(found) == 2
    with pytest.raises(Refused):
        as_(two.token).whoami()
    me.logout()
    with pytest.raises(Refused):
        me.whoami()


def test_one_cannot_end_anothers(client, ann, as_):
    founder = client(FOUNDER)
    [session] = founder.sessions("ann").items if login(client) else []

    with pytest.raises(Refused, match="may not"):
        client(Role.OPERATOR).revoke_my_session(session.id)
    with pytest.raises(Refused, match="may not"):
        client(Role.OPERATOR).sessions("ann")
    assert founder.revoke_session(session.id).done


def test_a_token_for_a_program_is_narrow_listed_and_ended(client, ann, as_):
    me = as_(login(client).token)
    made = me.make_my_token(ProgramTokenIn(label="nightly", only=["devices:read"]))
    program = as_(made.token)

    assert program.devices().items == []
    with pytest.raises(Refused, match="may not"):
        program.employees()
    with pytest.raises(Refused, match="signed in"):
        program.make_my_token(ProgramTokenIn(label="wider"))
    assert [token.label for token in me.my_tokens().items] == ["nightly"]
    assert client(FOUNDER).tokens("ann").items[0].only == ["devices:read"]

    client(FOUNDER).revoke_token(made.about.id)
    with pytest.raises(Refused):
        program.devices()


def test_somebody_who_is_shut_out_is_out_at_once(client, ann, as_):
    me = as_(login(client).token)
    client(FOUNDER).shut_out("ann", RevokeIn(reason="resigned"))

    with pytest.raises(Refused):
        me.whoami()
    client(FOUNDER).let_in_again("ann", RevokeIn(reason="came back"))
    with pytest.raises(Refused):
        me.whoami()
    assert as_(login(client).token).whoami().name == "Ann"


def test_users_are_found_by_role_and_name(client, ann):
    founder = client(FOUNDER)

    by_role = founder.users(UserQuery(role=Role.OPERATOR)).items
    first = founder.users(UserQuery(limit=1))

    assert {user.username for user in by_role} == {"ann", FOUNDER}
    assert first.next
    assert [user.username for user in founder.users(UserQuery(q="an")).items] == ["ann"]


def test_a_station_has_no_password(client_of):
    answer = client_of("station").get("/api/v1/me/sessions")

    assert (answer.status_code, answer.json["code"]) == (403, "not_signed_in")


def test_a_use_is_noted_while_only_reading(client, ann, as_):
    me = as_(login(client).token)
    me.devices()

    [session] = me.my_sessions().items
    assert session.last_used_at is not None
