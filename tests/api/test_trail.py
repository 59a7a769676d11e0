import pytest

from fleet.contracts.access import Role, UserIn
from fleet.contracts.audit import AuditQuery
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


def test_what_happened_is_listed_with_who_did_it_and_from_where(client, client_of, sessions):
    client(FOUNDER).add_user(UserIn(username="ann", name="Ann", role=Role.OPERATOR))

    [entry] = client(Role.AUDITOR).audit(AuditQuery(subject="ann")).items

    assert (entry.event, entry.actor) == ("user.made", "A administrator")
    assert entry.details["role"] == "operator"


def test_an_entry_carries_the_number_of_the_request(administrator, sessions):
    from sqlalchemy import select

    from fleet.audit.models import AuditEntry

    body = {"username": "ann", "name": "Ann", "role": "operator"}
    answer = administrator.post("/api/v1/users", json=body)

    with sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject_name == "ann")).one()
    assert entry.request_id == answer.headers["X-Request-Id"]
    assert entry.source_address == "127.0.0.1"


def test_the_trail_is_whole(client):
    client(FOUNDER).add_user(UserIn(username="ann", name="Ann", role=Role.OPERATOR))

    verdict = client(Role.AUDITOR).verify_audit()

    assert verdict.whole
    assert verdict.entries >= 1


def test_a_refused_request_leaves_nothing_in_the_trail(client, administrator):
    before = client(Role.AUDITOR).verify_audit().entries

    administrator.post("/api/v1/users", json={"username": "a", "name": "b", "role": "king"})

    assert client(Role.AUDITOR).verify_audit().entries == before
