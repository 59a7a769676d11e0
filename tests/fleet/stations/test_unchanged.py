"""A phone that is as the server knows it is told in few words, and nothing is taken on trust."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.compliance.documents import set_policy
from fleet.compliance.models import Finding
from fleet.compliance.terms import strictest
from fleet.contracts.clock import now
from fleet.contracts.compliance import CompliancePolicyIn
from fleet.contracts.facts import App, Battery, Lock, Os, PhoneFacts, Storage
from fleet.contracts.facts import Sim as Card
from fleet.contracts.findings import Rule
from fleet.contracts.stations import PhoneLeft, PhoneSeen, PhoneUnchanged, Report
from fleet.custody.issuing import issue
from fleet.devices.lifecycle import State
from fleet.devices.models import DeviceChange
from fleet.devices.queries import device_by_serial
from fleet.devices.unchanged import see_again
from fleet.stations.models import StationReport
from tests.factories import luhn
from tests.fleet.compliance.seen import facts as well

SERIAL = "SER-SAME"
ROOMY = Storage(total_bytes=1000, free_bytes=500)


def facts_of(**told) -> PhoneFacts:
    found = well(sims=(), boot_id="one", storage=ROOMY, probed_at=now(), **told)
    identity = found.identity.model_copy(update={"serial": SERIAL, "brand": "Xiaomi"})
    return found.model_copy(update={"identity": identity})


def seen(facts: PhoneFacts) -> PhoneSeen:
    return PhoneSeen(facts=facts, transport=SERIAL, digest="0" * 64)


def same(facts: PhoneFacts, **given) -> PhoneUnchanged:
    cards = [card.iccid for card in facts.sims if card.iccid]
    told = {"serial": SERIAL, "facts": facts.digest(), "quick": facts.quick, "cards": cards}
    return PhoneUnchanged(**{**told, "transport": SERIAL, "digest": "1" * 64, **given})


@pytest.fixture
def tell(desk, post):
    def told(*bodies, at=post, **given):
        reports = [at.report(body) for body in bodies]
        return desk.sync(at, *reports, **{"present": [SERIAL], **given})

    return told


@pytest.fixture
def device(desk):
    return lambda: device_by_serial(desk.session, SERIAL)


def test_a_phone_told_in_full_is_known_by_the_digest_of_its_facts(tell):
    facts = facts_of()

    answer = tell(seen(facts))

    assert (answer.known, answer.anew) == ({SERIAL: facts.digest()}, [])


def test_what_is_quick_is_no_part_of_the_digest_and_everything_else_is():
    facts = facts_of()
    later = facts.model_copy(
        update={
            "battery": facts.battery.model_copy(update={"level": 7, "temperature": 44.0}),
            "lock": facts.lock.model_copy(update={"locked": True}),
            "storage": facts.storage.model_copy(update={"free_bytes": 1}),
            "apps": tuple(app.model_copy(update={"running": True}) for app in facts.apps),
            "uptime_seconds": 9.0,
            "probed_at": now(),
        }
    )

    assert later.digest() == facts.digest()
    for name, value in {
        "battery": facts.battery.model_copy(update={"health": "dead"}),
        "lock": facts.lock.model_copy(update={"secure": None}),
        "apps": facts.apps[1:],
        "os": Os(android="16"),
        "boot_id": "two",
        "identity": facts.identity.model_copy(update={"imei": (luhn("86000000000001"),)}),
        "sims": (Card(slot=0, iccid="8986"),),
    }.items():
        assert facts.model_copy(update={name: value}).digest() != facts.digest(), name


def test_an_unchanged_phone_is_seen_and_what_is_quick_is_kept_without_a_line(tell, device, session):
    facts = facts_of(battery=Battery(level=80, health="good", temperature=30.0))
    tell(seen(facts))
    first = device().last_seen_at
    low = facts.model_copy(update={"battery": Battery(level=5, health="good", temperature=31.0)})

    answer = tell(same(low))

    session.expire_all()
    phone = device()
    assert (answer.rejected, answer.anew) == ([], [])
    assert phone.last_seen_at > first
    assert phone.known_facts.battery.level == 5
    assert phone.known_facts.apps == facts.apps
    assert list(session.scalars(select(DeviceChange))) == []
    assert [row.kind for row in session.scalars(select(StationReport))] == [
        "phone_seen", "phone_unchanged"
    ]  # fmt: skip


def test_how_old_it_is_what_was_not_told_again_is_said(tell, device):
    facts = facts_of()
    tell(seen(facts))
    later = facts.model_copy(update={"probed_at": now() + timedelta(hours=5)})

    tell(same(later))

    known = device().known_facts
    assert known.probed_at == later.probed_at
    assert {one.part: one.at for one in known.earlier}["usage"] == facts.probed_at


def test_a_phone_that_is_known_otherwise_is_asked_for_and_nothing_is_noted(tell, device, desk):
    was, became = facts_of(), facts_of(os=Os(android="16"))
    tell(seen(was))
    other = desk.post("back")
    tell(PhoneLeft(serial=SERIAL), present=[])
    tell(seen(became), at=other)
    before = device().last_seen_at

    answer = tell(same(was))

    assert (answer.taken, answer.rejected, answer.anew) == (3, [], [SERIAL])
    assert device().last_seen_at == before
    assert device().facts_digest == became.digest()


def test_an_answer_that_was_lost_asks_again(desk, tell, post):
    answer = tell(same(facts_of()))

    again = desk.sync(post, *post.made, present=[SERIAL])

    assert answer.anew == again.anew == [SERIAL]
    assert again.taken == 1


def test_a_server_put_back_from_a_backup_asks_for_what_it_lost(tell):
    assert tell(same(facts_of())).anew == [SERIAL]
    assert tell(seen(facts_of())).anew == []


def test_only_the_last_word_on_a_phone_is_asked_about(tell):
    was, became = facts_of(), facts_of(os=Os(android="16"))
    tell(seen(was))

    answer = tell(same(was), seen(became), same(became), seen(was))

    assert (answer.known, answer.anew) == ({SERIAL: was.digest()}, [])
    assert answer.rejected == []


def test_an_old_visit_of_another_station_changes_nothing(tell, device, desk, post, session):
    facts = facts_of()
    other = desk.post("back")
    waits = Report(sequence=1, at=now() - timedelta(hours=3), body=same(facts, quick=facts.quick))
    tell(seen(facts))
    before = device().last_seen_at

    answer = desk.sync(other, waits, present=[])

    session.expire_all()
    assert (answer.rejected, answer.anew) == ([], [])
    assert (device().station_id, device().last_seen_at) == (post.actor.id, before)


def test_a_phone_reached_from_two_stations_is_at_the_one_that_saw_it_last(tell, device, desk):
    facts = facts_of()
    other = desk.post("back")
    tell(seen(facts))

    tell(same(facts), at=other)

    assert device().station_id == other.actor.id


def test_a_threshold_that_is_crossed_is_found_although_nothing_else_changed(tell, session):
    facts = facts_of()
    tell(seen(facts))
    full = facts.model_copy(update={"storage": Storage(total_bytes=1000, free_bytes=50)})

    tell(same(full))
    tell(same(full))
    [finding] = session.scalars(select(Finding).where(Finding.rule == Rule.STORAGE_FULL))
    assert finding.closed_at is None

    tell(same(facts))
    assert finding.closed_because == "seen_well"


def test_where_any_department_is_stricter_phones_are_looked_at_closely(tell, session, make):
    tell(seen(facts_of()))
    given = CompliancePolicyIn(
        department=make.department().code,
        reason="they film all day",
        document={"storage_percent": 60},
    )
    set_policy(session, given, actor=make.actor())

    assert strictest(session).storage_percent == 60
    tell(same(facts_of()))
    assert list(session.scalars(select(Finding).where(Finding.rule == Rule.STORAGE_FULL))) == []


def test_a_phone_that_was_silent_is_so_no_more(tell, device, session, make):
    facts = facts_of()
    tell(seen(facts))
    issue(session, to=make.employee(), devices=[device()], actor=make.actor())
    silent = Finding(
        number="FD-X",
        rule=Rule.PHONE_SILENT,
        device=device(),
        severity="medium",
        opened_at=now(),
        due_at=now(),
        seen={},
    )
    session.add(silent)
    session.commit()

    tell(same(facts))

    assert silent.closed_because == "seen_well"


def test_a_sim_registered_since_is_noted_with_its_phone(tell, device, make):
    card = luhn("898600000000777")
    facts = facts_of().model_copy(update={"sims": (Card(slot=0, iccid=card),)})
    tell(seen(facts))
    sim = make.sim(iccid=card)

    tell(same(facts))

    assert sim.device is device()


def test_a_phone_told_in_full_again_has_all_of_it(tell, device):
    facts = facts_of()
    tell(seen(facts))
    tell(same(facts.model_copy(update={"storage": Storage(total_bytes=1000, free_bytes=400)})))
    used = facts.model_copy(
        update={"apps": tuple(a.model_copy(update={"front_today": 60}) for a in facts.apps)}
    )

    tell(seen(used))

    assert {app.front_today for app in device().known_facts.apps} == {60}
    assert device().known_facts.storage == ROOMY


def test_hundreds_of_unchanged_phones_take_no_more_questions_than_few(
    desk, post, session, make, count_queries
):
    def asked(count):
        told = [_whole(make, n) for n in range(count)]
        desk.sync(post, *(post.report(one) for one in told), present=[], free=0)
        brief = [_brief(one.facts) for one in told]
        session.expunge_all()
        with count_queries() as sent:
            answer = desk.sync(post, *(post.report(one) for one in brief), present=[], free=0)
        assert (answer.rejected, answer.anew) == ([], [])
        return len(sent)

    few = asked(2)
    assert asked(500) == few <= 24


def test_hundreds_of_changed_phones_take_no_more_questions_than_few(
    desk, post, session, make, count_queries
):
    def asked(count):
        told = [_whole(make, n) for n in range(count)]
        desk.sync(post, *(post.report(one) for one in told), present=[], free=0)
        newer = [
            seen(one.facts.model_copy(update={"os": Os(android="16"), "apps": ()})) for one in told
        ]
        session.expunge_all()
        with count_queries() as sent:
            answer = desk.sync(post, *(post.report(one) for one in newer), present=[], free=0)
        assert answer.rejected == []
        assert len(list(session.scalars(select(DeviceChange.id)))) >= count
        return len(sent)

    few = asked(2)
    assert asked(200) == few <= 40


def _whole(make, number: int) -> PhoneSeen:
    device = make.device(state=State.LOST)
    apps = (App(package="com.a", version_name=str(number), system=False),)
    return seen(make.facts(device, apps=apps, lock=Lock(secure=True)))


def _brief(facts: PhoneFacts) -> PhoneUnchanged:
    return same(facts, serial=facts.identity.serial)


def test_only_stations_say_that_a_phone_is_unchanged(session, tools, make):
    with pytest.raises(NotAllowed):
        see_again(session, [], station_id=make.actor().id, actor=make.actor(), tools=tools)
