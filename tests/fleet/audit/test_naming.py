"""A word finds its entries in the trail, page by page, by who, what and on what."""

from uuid import uuid4

import pytest

from fleet.access.actor import Actor
from fleet.access.events import UserPasswordSet, UserShutOut
from fleet.audit import naming
from fleet.audit.queries import entries, matching, stored_rows
from fleet.audit.services import record
from fleet.contracts.audit import AuditQuery
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


@pytest.fixture
def trail(session):
    """Give entries of two people on several things."""
    for number in range(12):
        who = Actor(id=uuid4(), name=("Liu Yang", "Chen Hao")[number % 2], roles=())
        kind = (UserShutOut, UserPasswordSet)[number % 3 == 0]
        told = kind(subject_id=uuid4(), subject_name=("WF-0617", "WF-0618", "wx-07")[number % 3])
        record(session, who, told)
    session.commit()


def found(session, q, **asked):
    """Return the sequences of all pages."""
    query, all_of_it = AuditQuery(q=q, limit=3, **asked), []
    while True:
        rows, mark = entries(session, query)
        all_of_it += [row.sequence for row in rows]
        if mark is None:
            return all_of_it
        query = query.model_copy(update={"after": mark})


@pytest.mark.parametrize(
    ("q", "meant"),
    [
        ("WF-0617", [1, 4, 7, 10]),
        ("wf-0617", [1, 4, 7, 10]),
        ("wf-", [1, 2, 4, 5, 7, 8, 10, 11]),
        ("wx", [3, 6, 9, 12]),
        ("chen", [2, 4, 6, 8, 10, 12]),
        ("password", [1, 4, 7, 10]),
        ("user.", list(range(1, 13))),
        ("nobody", []),
        ("%", []),
    ],
)
def test_a_word_means_whoever_and_whatever_is_called_so(session, trail, q, meant):
    assert found(session, q, sort="sequence") == meant
    assert found(session, q) == meant[::-1]
    exported = stored_rows(session, *matching(session, AuditQuery(q=q)))
    assert [row["sequence"] for row in exported] == meant


def test_other_filters_narrow_what_a_word_finds(session, trail):
    assert found(session, "wf-", actor="Chen Hao", sort="sequence") == [2, 4, 8, 10]
    assert found(session, "wf-", subject="WF-0618", event="user.shut_out") == [11, 8, 5, 2]


def test_of_very_many_subjects_all_are_found(session, trail, monkeypatch):
    monkeypatch.setattr(naming, "MOST_SUBJECTS", 1)

    assert found(session, "WF-", sort="sequence") == [1, 2, 4, 5, 7, 8, 10, 11]
