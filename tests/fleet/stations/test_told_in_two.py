"""A visit told at once, and again when slow questions are answered, is one visit."""

import pytest
from sqlalchemy import select

from fleet.compliance.models import Finding, UsualSigner
from fleet.contracts.facts import App, Os, PhoneFacts
from fleet.contracts.findings import Rule
from fleet.contracts.stations import PhoneLeft, PhoneSeen
from fleet.contracts.work_apps import WECHAT
from fleet.custody.issuing import issue
from fleet.devices.models import DeviceChange
from fleet.devices.queries import device_by_serial
from tests.fleet.compliance.seen import APPS, SIGNER, at_once, facts, work_app

SERIAL = "SER-TWICE"
QQ = App(
    package="com.tencent.mobileqq",
    version_name="9.1",
    certificate="f" * 64,
    enabled=True,
    users=(0,),
)
THERE = (*APPS[:3], QQ)  # as a list of apps tells of each: at least whether it is enabled


def whole(**told) -> PhoneFacts:
    seen = facts(sims=(), **{"apps": THERE, **told})
    identity = seen.identity.model_copy(update={"serial": SERIAL, "brand": "Xiaomi"})
    return seen.model_copy(update={"identity": identity})


@pytest.fixture
def tell(desk, post):
    def told(*several, at=post):
        bodies = (PhoneSeen(facts=one, transport=SERIAL, digest="0" * 64) for one in several)
        answer = desk.sync(at, *(at.report(body) for body in bodies), present=[SERIAL])
        assert answer.rejected == []
        return answer

    return told


@pytest.fixture
def lines(session):
    def found():
        return {line.field: (line.old, line.new) for line in session.scalars(select(DeviceChange))}

    return found


def findings(session, rule):
    return list(session.scalars(select(Finding).where(Finding.rule == rule)))


def test_a_new_phone_is_known_at_once_and_then_in_full_without_a_change(tell, lines, session):
    answer = tell(at_once(whole()))
    assert answer.fills_gaps
    assert device_by_serial(session, SERIAL).known_facts.awaits("signers")

    again = tell(whole())

    assert again.known == {SERIAL: whole().digest()} != answer.known
    assert lines() == {}
    assert device_by_serial(session, SERIAL).known_facts.gaps == ()


def test_a_phone_that_another_station_knew_in_full_has_the_changes_that_were(tell, lines, desk):
    tell(whole())
    newer = App(**{**QQ.model_dump(), "version_name": "9.2", "certificate": "e" * 64})
    moved = whole(apps=(*THERE[:3], newer))

    tell(at_once(moved), moved, at=desk.post("back"))

    assert lines() == {
        f"apps.{QQ.package}.version_name": ("9.1", "9.2"),
        f"apps.{QQ.package}.certificate": ("f" * 64, "e" * 64),
    }


def test_a_cable_pulled_in_between_leaves_what_was_told_and_no_line_later(
    tell, lines, desk, post, session
):
    tell(at_once(whole()))
    desk.sync(post, post.report(PhoneLeft(serial=SERIAL)), present=[])
    session.expire_all()
    gone = device_by_serial(session, SERIAL)
    assert (gone.present, gone.known_facts.awaits("usage")) == (False, True)

    patched = whole(os=Os(android="15", sdk=35, security_patch="2026-11-05"))
    tell(at_once(patched), patched)

    assert list(lines()) == ["os.security_patch"]


def test_what_was_found_is_still_so_while_the_answer_is_awaited(tell, session, make):
    tell(whole())
    device = device_by_serial(session, SERIAL)
    issue(session, to=make.employee(), devices=[device], actor=make.actor())
    other = whole(apps=(work_app(certificate="0badcafe" * 8), *THERE[1:]))
    session.add(UsualSigner(package=WECHAT, signer=SIGNER, phones=9))
    tell(other)
    [finding] = findings(session, Rule.WECHAT_RESIGNED)

    tell(at_once(other))
    assert finding.closed_at is None
    tell(other)
    assert [finding] == findings(session, Rule.WECHAT_RESIGNED)
    assert finding.closed_at is None

    tell(at_once(whole()))
    assert finding.closed_at is None
    tell(whole())
    assert finding.closed_because == "seen_well"
