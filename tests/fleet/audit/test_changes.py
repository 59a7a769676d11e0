"""An entry says what changed, before and after, and nothing that must not be told."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import fleet.tables  # noqa: F401 — so that every room's tables are known
from fleet.access.actor import SYSTEM
from fleet.access.granting import grant_role
from fleet.audit.changes import Change, shared_out
from fleet.audit.models import AuditEntry
from fleet.contracts.access import Role
from fleet.custody.issuing import issue
from fleet.custody.models import Photo, Wipe
from fleet.custody.services import start_return
from fleet.database import Base
from fleet.papers.models import Paper, PaperScan, Signature
from fleet.people.models import Status
from fleet.people.services import start_leaving
from fleet.remedies.models import Apk
from tests.factories import Make

OPEN = {Apk, Paper, PaperScan, Photo, Signature, Wipe}
ONE, TWO = UUID(int=1), UUID(int=2)


def models() -> list[type[Base]]:
    found = [mapper.class_ for mapper in Base.registry.mappers]
    return sorted(found, key=lambda model: model.__name__)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_column_is_told_or_said_why_not(model):
    columns = {column.key for column in model.__mapper__.columns} - {"id"}
    untold = {name for names in model.__untold__.values() for name in names}

    assert untold == {"*"} or set(model.__trail__) | untold == columns
    assert not set(model.__trail__) & untold
    assert set(model.__masked__) <= set(model.__trail__)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_no_column_that_keeps_a_secret_is_told(model):
    secret = ("hash", "digest", "sealed", "token", "signature")

    told = [name for name in model.__trail__ if any(word in name for word in secret)]

    # Of a list of files, whose signature it bears, of an app anybody may have, and of papers, on
    # which it is printed: no secrets.
    named = {"manifest_digest", "index_digest", "sealed_by", "seal_digest", "paper_digest"}
    assert set(told) <= named | ({"digest"} if model in OPEN else set())


def newest(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()


def test_what_a_verb_changed_is_in_its_entry(session, make: Make):
    ann, phone = make.employee(), make.device()
    session.commit()

    issue(session, to=ann, devices=[phone], sims=[], accounts=[], actor=make.actor())
    session.commit()

    changes = newest(session).changes
    assert changes["device.state"] == ["in_stock", "issued"]
    assert changes["holding.employee_id"] == [None, str(ann.id)]


def test_a_number_is_told_only_so_that_its_keeper_knows_it(session, make: Make):
    card = make.sim(number="13812342231")
    grant_role(session, make.user(), Role.AUDITOR, reason="of the test", actor=SYSTEM)
    session.commit()

    told = str([entry.changes for entry in session.scalars(select(AuditEntry))])

    assert "138****2231" in told
    assert card.number not in told
    assert card.iccid not in told


def test_a_secret_is_never_told(session, make: Make):
    user = make.user(Role.EMPLOYEE, password_hash="$argon2id$secret")
    session.commit()
    user.password_hash = "$argon2id$other"
    grant_role(session, user, Role.AUDITOR, reason="of the test", actor=SYSTEM)
    session.commit()

    assert "argon2id" not in str([entry.changes for entry in session.scalars(select(AuditEntry))])


def test_what_a_savepoint_undid_is_not_told(session, make: Make):
    ann = make.employee()
    session.commit()
    savepoint = session.begin_nested()
    ann.status = Status.LEFT
    session.flush()
    savepoint.rollback()

    start_leaving(session, [(ann, ann.joined_on)], actor=make.actor())
    session.commit()

    assert newest(session).changes == {"employee.status": ["active", "leaving"]}


def test_who_acted_is_told_with_his_kind_and_roles(session, make: Make):
    start_leaving(session, [(make.employee(), None)], actor=make.actor(Role.OPERATOR))
    session.commit()

    entry = newest(session)

    assert (entry.actor_kind, entry.actor_role) == ("user", "operator")


def test_each_event_tells_of_its_own_row_and_the_last_one_of_the_rest():
    changes = [Change(ONE, "a.x", 1, 2), Change(UUID(int=9), "b.y", None, 3)]

    assert shared_out([ONE, TWO], changes) == [{"a.x": [1, 2]}, {"b.y": [None, 3]}]


def test_a_column_that_changed_twice_is_told_once_and_one_that_went_back_not_at_all():
    there_and_back = [Change(ONE, "a.z", 1, 2), Change(ONE, "a.z", 2, 1)]
    changes = [Change(ONE, "a.x", 1, 2), Change(ONE, "a.x", 2, 3), *there_and_back]

    assert shared_out([ONE], changes) == [{"a.x": [1, 3]}]


def test_two_rows_of_a_table_are_told_apart():
    changes = [Change(ONE, "a.x", 1, 2), Change(TWO, "a.x", 5, 6)]

    assert shared_out([UUID(int=3)], changes) == [{"a.x": [1, 2], f"a.x of {TWO}": [5, 6]}]


def test_a_return_tells_the_state_before_and_after(session, make: Make):
    ann, phone = make.employee(), make.device()
    issue(session, to=ann, devices=[phone], sims=[], accounts=[], actor=make.actor())
    session.commit()

    start_return(session, phone, note="came in", actor=make.actor())
    session.commit()

    assert newest(session).changes["device.state"] == ["issued", "returning"]
