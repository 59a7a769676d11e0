from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from apiflask import APIFlask
from flask import request
from flask.testing import FlaskClient
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session, sessionmaker

from api.identity import asks
from api.transaction import current_session, recording_session
from fleet.access.models import Token, User
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import ChangedMeanwhile, Conflict, reading, write
from fleet.errors import FleetError
from tests.factories import FOUNDER

Sessions = sessionmaker[Session]


def add_user(session: Session, name: str) -> None:
    session.add(User(username=name, name=name, made_at=now()))


def names(sessions: Sessions) -> set[str]:
    with sessions() as session:
        return set(session.scalars(select(User.username)))


def route(app: APIFlask, view: Callable[[], object], *, method: str = "POST") -> None:
    def answer() -> str:
        view()
        return "done"

    app.add_url_rule("/api/probe", "probe", asks(Permission.USERS_WRITE)(answer), methods=[method])


def test_what_a_writing_request_did_is_stored_once(app, administrator, sessions):
    route(app, lambda: add_user(current_session(), "ann"))

    assert administrator.post("/api/probe").status_code == 200
    assert "ann" in names(sessions)


def test_a_reading_request_cannot_write(app, administrator, sessions):
    def write() -> None:
        add_user(current_session(), "ann")
        current_session().flush()

    route(app, write, method="GET")

    assert administrator.get("/api/probe").status_code == 200
    assert "ann" not in names(sessions)


def test_what_is_recorded_while_reading_is_kept(app, administrator, sessions):
    route(app, lambda: add_user(recording_session(), "ann"), method="GET")

    administrator.get("/api/probe")

    assert "ann" in names(sessions)


def test_a_refusal_leaves_no_trace(app, administrator, sessions):
    def refuse() -> None:
        add_user(current_session(), "ann")
        current_session().flush()
        raise Conflict

    route(app, refuse)

    assert administrator.post("/api/probe").status_code == 409
    assert "ann" not in names(sessions)


def failing_commit(app: APIFlask, failure: Callable[[Session], None]) -> None:
    """Add a route whose change is fine until the very commit."""

    def change() -> None:
        session = current_session()
        add_user(session, "ann")
        event.listen(session, "before_commit", failure)

    route(app, change)


def test_a_commit_that_fails_is_a_refusal_and_never_a_success(app, administrator, sessions):
    def clash(_session: Session) -> None:
        raise ChangedMeanwhile

    failing_commit(app, clash)
    answer = administrator.post("/api/probe")

    assert (answer.status_code, answer.json["code"]) == (409, "changed_meanwhile")
    assert "ann" not in names(sessions)


def test_a_constraint_broken_at_the_commit_is_a_refusal(app, administrator, sessions):
    def break_it(session: Session) -> None:
        session.execute(text("INSERT INTO app_user (id, username) VALUES (NULL, NULL)"))

    failing_commit(app, break_it)
    answer = administrator.post("/api/probe")

    assert (answer.status_code, answer.json["code"]) == (409, "changed_meanwhile")
    assert "ann" not in names(sessions)


def test_a_mistake_at_the_commit_is_an_apology(app, administrator, sessions):
    def fail(_session: Session) -> None:
        raise ZeroDivisionError

    failing_commit(app, fail)
    answer = administrator.post("/api/probe")

    assert (answer.status_code, answer.json["code"]) == (500, "our_mistake")
    assert "ann" not in names(sessions)


@contextmanager
def write_lock_held(sessions: Sessions) -> Iterator[None]:
    with sessions() as other:
        other.execute(text("SELECT 1"))  # a writing transaction takes the lock as it begins
        yield
        other.rollback()


@pytest.fixture
def impatient(sessions: Sessions) -> Sessions:
    """Let SQLite give up at once instead of after half a minute."""
    engine = sessions.kw["bind"]
    event.listen(engine, "checkout", lambda c, *_: c.execute("PRAGMA busy_timeout=1"))
    return sessions


def test_readers_and_strangers_do_not_wait_for_a_writer(
    administrator: FlaskClient, stranger: FlaskClient, impatient: Sessions
):
    administrator.get("/api/v1/users")  # everything that is made once is made

    with write_lock_held(impatient):
        assert administrator.get("/api/v1/users").status_code == 200
        assert stranger.post("/api/v1/users", json={}).status_code == 401
        assert administrator.post("/api/v1/users", json={}).status_code == 422


def test_a_database_that_does_not_answer_is_unavailable_and_says_to_try_again(
    administrator: FlaskClient, impatient: Sessions
):
    person = {"username": "ann", "name": "Ann", "role": "operator"}
    administrator.get("/api/v1/users")

    with write_lock_held(impatient):
        known = {"username": "ann", "password": "wrong horse battery"}
        answers = [
            administrator.post("/api/v1/users", json=person),
            administrator.post("/api/v1/login", json=known),  # counted before it is judged
        ]

    for answer in answers:
        assert (answer.status_code, answer.json["code"]) == (503, "database_busy")
        assert answer.headers["Retry-After"]
    assert administrator.post("/api/v1/users", json=person).status_code == 201


def in_select(name: str) -> None:
    held = select(User).where(User.username == name).with_for_update()
    current_session().scalars(held).one()


def in_write(name: str) -> None:
    current_session().scalars(select(User).where(User.username == name)).one().name = "changed"
    write(current_session())


@pytest.mark.parametrize(
    "dialect", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
@pytest.mark.parametrize("hold", [in_select, in_write])
def test_of_two_that_wait_for_each_other_one_is_told_to_look_again(app, client_of, sessions, hold):
    with sessions.begin() as session:
        add_user(session, "ann")
        add_user(session, "ben")
    both_hold_one = Barrier(2)

    def take_both() -> None:
        first, second = request.args["order"].split(",")
        hold(first)
        both_hold_one.wait(30)
        hold(second)

    route(app, take_both)
    people = [client_of(FOUNDER), client_of(FOUNDER)]
    with ThreadPoolExecutor(2) as pool:
        orders = ["/api/probe?order=ann,ben", "/api/probe?order=ben,ann"]
        answers = list(pool.map(lambda who, url: who.post(url), people, orders))

    [refused] = [one for one in answers if one.status_code != 200]
    assert (refused.status_code, refused.json["code"]) == (409, "changed_meanwhile")


def test_the_use_of_a_token_is_noted_but_no_reader_waits_for_it(administrator, sessions):
    def last_used() -> object:
        with reading(sessions()) as session:
            return session.scalar(select(Token.last_used_at))

    with write_lock_held(sessions):
        assert administrator.get("/api/v1/users").status_code == 200
        assert last_used() is None
    administrator.get("/api/v1/users")
    assert last_used() is not None


def test_every_refusal_has_a_status(subtests):
    from api.problems import status_of

    waiting = FleetError.__subclasses__()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        with subtests.test(kind.__name__):
            assert status_of(kind.__new__(kind)) in {401, 403, 404, 409, 422, 500, 503}
