from datetime import timedelta

import pytest

from api import exports
from api.client import AnswerUnreadable, Refused
from fleet.contracts.access import Role, UserIn
from fleet.contracts.audit import AuditQuery, PruneIn
from fleet.contracts.chain import hash_of
from fleet.contracts.checkpoints import is_signed
from fleet.contracts.clock import now
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


def test_what_happened_is_listed_with_who_did_it_and_from_where(client, client_of, sessions):
    client(FOUNDER).add_user(UserIn(username="ann", name="Ann", role=Role.OPERATOR))

    granted, made = client(Role.AUDITOR).audit(AuditQuery(subject="ann")).items

    assert (made.event, made.actor, made.kind) == ("user.made", "A founder", "user")
    assert (made.source, made.role.split(", ")[0]) == ("127.0.0.1", "administrator")
    assert (granted.event, granted.details["role"]) == ("user.role_granted", "operator")
    assert granted.changes["role_grant.role"] == [None, "operator"]


def test_an_entry_carries_the_number_of_the_request(administrator, sessions):
    from sqlalchemy import select

    from fleet.audit.models import AuditEntry

    body = {"username": "ann", "name": "Ann"}
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


def test_an_export_is_every_entry_as_it_is_stored_and_an_entry_itself(client):
    client(FOUNDER).add_user(UserIn(username="ann", name="Ann"))
    auditor = client(Role.AUDITOR)

    rows = list(auditor.export_audit(AuditQuery()))

    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["hash"] == hash_of(row) for row in rows)
    assert rows[-1]["event"] == "trail.exported"


@pytest.mark.parametrize(
    ("asked", "events"),
    [
        ({"event": "user.*", "subject": "ann"}, {"user.made", "user.role_granted"}),
        ({"event": "user.made", "subject": "ann"}, {"user.made"}),
        ({"actor": "nobody"}, set()),
        ({"since": now() + timedelta(hours=1)}, set()),
        ({"until": now() - timedelta(hours=1)}, set()),
    ],
)
def test_an_export_and_a_list_are_narrowed_alike(client, asked, events):
    client(FOUNDER).add_user(UserIn(username="ann", name="Ann", role=Role.OPERATOR))
    auditor, query = client(Role.AUDITOR), AuditQuery(**asked)

    exported = {row["event"] for row in auditor.export_audit(query)}

    assert exported == {entry.event for entry in auditor.audit(query).items} == events


def test_an_export_that_was_cut_is_not_taken_for_whole(client, monkeypatch):
    auditor = client(Role.AUDITOR)
    whole = exports.lines
    monkeypatch.setattr(exports, "lines", lambda *given: list(whole(*given))[:-1])

    with pytest.raises(AnswerUnreadable):
        list(auditor.export_audit(AuditQuery()))


def test_the_server_signs_how_its_trail_stands(client):
    auditor = client(Role.AUDITOR)

    signed = auditor.make_checkpoint()

    assert is_signed(signed, signed.key)
    assert signed.hash == auditor.audit_entry(signed.sequence).hash
    assert auditor.checkpoints().items == [signed]


def test_pruning_is_for_security_and_says_first_what_it_would_do(client):
    asked = PruneIn(before=now() - timedelta(days=400), dry_run=True)

    assert client(Role.SECURITY).prune_audit(asked).entries == 0
    with pytest.raises(Refused, match="needs audit:prune"):
        client(Role.AUDITOR).prune_audit(asked)
    with pytest.raises(Refused, match="180 days"):
        client(Role.SECURITY).prune_audit(asked.model_copy(update={"before": now()}))


def test_without_a_day_the_settings_say_what_is_kept(client):
    planned = client(Role.SECURITY).prune_audit(PruneIn(dry_run=True))

    assert planned.before.date() == (now() - timedelta(days=3 * 365)).date()
