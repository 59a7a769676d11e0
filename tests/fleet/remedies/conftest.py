"""Phones on which something is found that a station can do something about."""

from datetime import datetime

import pytest

from fleet.compliance.judging import note_visits
from fleet.compliance.models import CompliancePolicy, Finding
from fleet.contracts.clock import now
from fleet.contracts.facts import App
from fleet.contracts.findings import Rule
from fleet.contracts.remedying import RemedyPlanIn
from fleet.custody.issuing import issue
from fleet.devices.noting import Visited
from fleet.remedies.services import plan
from tests.fleet.compliance.seen import APPS, WELL, facts
from tests.fleet.remedies.shown import GAME

WIRELESS = WELL["debugging"].model_copy(update={"wireless": True})
GAME_APP = App(package=GAME, version_name="1.0", system=False, enabled=True, users=(0,))


@pytest.fixture
def terms(session):
    """Set terms for the whole company."""

    def add(**content):
        row = CompliancePolicy(
            effective_from=datetime(2026, 1, 1).astimezone(),
            set_at=now(),
            set_by="Liu Yang",
            reason="test",
            content=content,
        )
        session.add(row)
        session.flush()

    return add


@pytest.fixture
def seen(session, tools):
    """Let a station see a phone, with a game on it that the terms forbid and its door open."""

    def visit(device, **told):
        apps = told.pop("apps", (*APPS, GAME_APP))
        found = facts(sims=(), apps=apps, **{"debugging": WIRELESS, **told})
        device.facts, device.facts_digest = found.model_dump(mode="json"), "a" * 64
        device.present, device.last_seen_at = True, now()
        note_visits(session, tools, [Visited(device, found, now())])
        session.flush()

    return visit


@pytest.fixture
def phone(make, session, terms, seen):
    terms(forbidden=[GAME])
    device, ann = make.device(), make.employee(department=make.department(code="SALES"))
    issue(session, to=ann, devices=[device], actor=make.actor())
    seen(device)
    return device


@pytest.fixture
def finding(session, phone):
    def of(rule=Rule.APP_FORBIDDEN, device=phone):
        found = session.query(Finding).filter_by(device_id=device.id, rule=rule)
        return found.order_by(Finding.opened_at.desc()).first()

    return of


@pytest.fixture
def planned(session, make, finding):
    """Plan what is done against the forbidden app, and give the line of it."""

    def of(**given):
        asked = {"findings": [finding().number], **given}
        out = plan(session, RemedyPlanIn(**asked), actor=make.actor())
        session.commit()
        return out

    return of
