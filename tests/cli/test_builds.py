"""`workfleet rotation builds`: whose lock tools can be believed, at the command line."""

import pytest
from sqlalchemy.orm import Session

from cli.exits import NOT_FOUND
from fleet.contracts.builds import BuildTrust
from fleet.contracts.clock import now
from fleet.database import make_engine
from fleet.settings import load
from tests.factories import Make

LYING = "OPPO|A72|OPPO/A72/A72:12/C.31:user"


@pytest.fixture
def desk(workfleet):
    """Give a server that has learned of one build that its lock tool lies."""
    engine = make_engine(load(workfleet.home).database)
    with Session(engine) as session:
        found = {"trust": BuildTrust.UNTRUSTED, "since": now(), "why": "not_applied"}
        Make(session).build(name=LYING, **found)
        session.commit()
    engine.dispose()
    return workfleet


def test_builds_are_listed_shown_and_exported(desk):
    assert "UNTRUSTED" in desk.say("rotation", "builds")
    assert desk.json("rotation", "builds", "list", "--trust", "trusted")["items"] == []
    assert "the new PIN does not open the phone" in desk.say("rotation", "builds", "show", "C.31")
    assert LYING in desk.say("rotation", "builds", "list", "-o", "csv")


def test_a_verdict_is_set_back_with_a_reason_after_a_dry_run(desk):
    reset = ("rotation", "builds", "reset", LYING, "--reason", "updated")

    assert "dry run" in desk.say(*reset, "--dry-run")
    assert desk.json("rotation", "builds", "show", LYING)["trust"] == "untrusted"
    desk.run(*reset, "--yes")
    assert desk.json("rotation", "builds", "show", LYING)["trust"] == "unknown"


def test_a_build_that_was_never_visited_is_refused_in_one_line(workfleet):
    assert "No phone was visited yet" in workfleet.say("rotation", "builds")
    assert "No visit" in workfleet.refusal("rotation", "builds", "show", "x", expect=NOT_FOUND)
