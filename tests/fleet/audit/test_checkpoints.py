"""A checkpoint shows a trail that was written anew, and where a pruned one begins."""

import stat
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from fleet.access.actor import SYSTEM
from fleet.access.errors import NotAllowed
from fleet.audit.checkpoints import (
    begin_pruning,
    checkpoints,
    entry,
    make_checkpoint,
    plan_pruning,
    remove_pruned,
)
from fleet.audit.errors import EntryNotFound, RetentionTooShort
from fleet.audit.models import AuditCheckpoint, AuditEntry, AuditHead
from fleet.audit.queries import verify_trail
from fleet.audit.services import HEAD
from fleet.audit.signing import public_key_of, signing_key
from fleet.contracts.access import Role
from fleet.contracts.chain import START, hash_of
from fleet.contracts.checkpoints import is_signed
from fleet.contracts.clock import now
from fleet.keys.keyring import KeyFileExposed, KeyFileUnusable

YEAR = timedelta(days=365)


@pytest.fixture
def private(tmp_path):
    return signing_key(tmp_path / "checkpoint.key")


@pytest.fixture
def old(session):
    """Give a trail of four entries, three of them four years old."""
    write_trail(session, [4 * YEAR, 4 * YEAR, 4 * YEAR, timedelta()])
    return session


def write_trail(session, ages) -> None:
    rows, last = [], START
    for number, age in enumerate(ages, start=1):
        row = {
            "id": uuid4(),
            "sequence": number,
            "at": now() - age,
            "actor_id": uuid4(),
            "actor_name": "ann",
            "event": "lamp.lit",
            "subject_kind": "lamp",
            "subject_id": uuid4(),
            "subject_name": f"lamp {number}",
            "details": {},
            "actor_kind": "user",
            "actor_role": "operator",
            "changes": {},
            "on_behalf": None,
            "request_id": None,
            "source_address": None,
            "previous": last,
        }
        last = hash_of(row)
        rows.append({**row, "hash": last})
    session.execute(insert(AuditEntry), rows)
    session.add(AuditHead(id=HEAD, entries=len(rows), hash=last))
    session.commit()


def test_a_checkpoint_says_how_the_trail_stood(old, private):
    said = make_checkpoint(old, private, actor=SYSTEM)

    assert (said.kind, said.sequence, said.hash) == ("regular", 4, entry(old, 4, actor=SYSTEM).hash)
    assert is_signed(said, public_key_of(private))


@pytest.mark.parametrize("field", ["sequence", "hash", "at", "kind"])
def test_a_checkpoint_that_was_altered_is_not_signed(old, private, field):
    said = make_checkpoint(old, private, actor=SYSTEM)
    other = {"sequence": 3, "hash": "f" * 64, "at": now() + YEAR, "kind": "pruned"}

    assert not is_signed(said.model_copy(update={field: other[field]}), said.key)


def test_a_checkpoint_of_another_server_is_not_this_ones(old, private, tmp_path):
    said = make_checkpoint(old, signing_key(tmp_path / "other.key"), actor=SYSTEM)

    assert not is_signed(said, public_key_of(private))


def test_the_signing_key_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "checkpoint.key"
    first = public_key_of(signing_key(path))

    assert public_key_of(signing_key(path)) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["checkpoint.key"]


def test_a_signing_key_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "checkpoint.key"
    signing_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileExposed):
        signing_key(path)

    path.chmod(0o600)
    path.write_text("nonsense")
    with pytest.raises(KeyFileUnusable):
        signing_key(path)


def test_a_trail_that_was_written_anew_as_a_whole_differs_from_its_checkpoint(old, private):
    said = make_checkpoint(old, private, actor=SYSTEM)
    old.commit()
    forge(old)

    assert verify_trail(old).whole  # the chain alone does not show it
    assert entry(old, said.sequence, actor=SYSTEM).hash != said.hash


def forge(session) -> None:
    """Do what somebody with the database and much patience would do: every hash anew."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER audit_entry_no_update"))
    else:
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
    last = START
    columns = AuditEntry.__table__.columns
    for row in session.execute(select(*columns).order_by(columns.sequence)).mappings().all():
        forged = {**row, "previous": last}
        if row["sequence"] == 2:
            forged["actor_name"] = "nobody"
        last = hash_of(forged)
        session.execute(
            update(AuditEntry)
            .where(AuditEntry.id == row["id"])
            .values(previous=forged["previous"], hash=last, actor_name=forged["actor_name"])
        )
    session.execute(update(AuditHead).values(hash=last))
    session.expire_all()


def test_only_an_auditor_signs_and_only_security_prunes(old, private, make):
    with pytest.raises(NotAllowed):
        make_checkpoint(old, private, actor=make.actor(Role.SECURITY))
    with pytest.raises(NotAllowed):
        plan_pruning(old, now() - YEAR, actor=make.actor(Role.AUDITOR))


def test_a_pruned_trail_is_whole_from_where_it_begins(old, private):
    planned = begin_pruning(old, private, now() - 3 * YEAR, actor=SYSTEM)
    removed = remove_pruned(old)
    old.commit()

    trail = verify_trail(old, key=public_key_of(private))

    assert (planned.entries, planned.until, removed) == (3, 3, 3)
    assert (trail.whole, trail.begins_after, trail.entries) == (True, 3, 6)
    with pytest.raises(EntryNotFound):
        entry(old, 3, actor=SYSTEM)


def test_pruning_that_was_broken_off_goes_on(old, private):
    begin_pruning(old, private, now() - 3 * YEAR, actor=SYSTEM)
    old.commit()

    assert verify_trail(old, key=public_key_of(private)).whole
    assert [remove_pruned(old), remove_pruned(old)] == [3, 0]


def test_a_beginning_that_the_server_did_not_sign_is_found(old, private, tmp_path):
    begin_pruning(old, signing_key(tmp_path / "thief.key"), now() - 3 * YEAR, actor=SYSTEM)
    old.commit()

    assert not verify_trail(old, key=public_key_of(private)).whole


def test_what_is_planned_removes_nothing(old):
    assert plan_pruning(old, now() - 3 * YEAR, actor=SYSTEM).entries == 3
    assert checkpoints(old) == []


def test_half_a_year_is_kept_whatever_is_asked(old):
    with pytest.raises(RetentionTooShort):
        plan_pruning(old, now() - timedelta(days=179), actor=SYSTEM)


def test_the_database_itself_keeps_what_is_younger_than_half_a_year(old, private):
    young = make_checkpoint(old, private, actor=SYSTEM).model_copy(update={"kind": "pruned"})
    old.add(AuditCheckpoint(**young.model_dump()))
    old.flush()

    with pytest.raises(DBAPIError, match="audit entry is never"):
        old.execute(text("DELETE FROM audit_entry WHERE sequence = 4"))


def test_the_database_keeps_old_entries_that_nobody_pruned(old):
    with pytest.raises(DBAPIError, match="audit entry is never"):
        old.execute(text("DELETE FROM audit_entry WHERE sequence = 1"))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_checkpoint SET sequence = 1", "DELETE FROM audit_checkpoint"]
)
def test_a_checkpoint_stays_as_it_was_signed(old, private, statement):
    make_checkpoint(old, private, actor=SYSTEM)

    with pytest.raises(DBAPIError, match="stays as it was signed"):
        old.execute(text(statement))
