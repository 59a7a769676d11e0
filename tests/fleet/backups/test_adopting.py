"""What a station began by itself: one backup of it, or none and the reason, however often told."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from pyrage import x25519
from sqlalchemy import select

from fleet.audit.models import AuditEntry
from fleet.backups import flow
from fleet.backups.begun import begun_backups, shown
from fleet.backups.models import Backup, BegunBackup
from fleet.backups.services import plan_backup
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.offline import Begun, BegunQuery, BegunState, Why
from fleet.contracts.ports import PortNow, PortQuery, PortState
from fleet.contracts.stations import JobKind, JobState
from fleet.custody.issuing import issue
from fleet.custody.models import Holding
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.plans.queries import PLANS
from fleet.plans.services import edit_plan
from fleet.stations.jobs import plan_job
from fleet.stations.models import Job, JobLease, Station
from fleet.stations.ports import ports
from fleet.stations.probing import probe_device
from fleet.stations.queries import shown_station, station_named
from tests.fleet.backups.test_backups import manifest, report, upload
from tests.fleet.backups.test_completeness import stored

LATER = timedelta(minutes=11)


@pytest.fixture
def holder(session, make, device):
    person = make.employee()
    issue(session, to=person, devices=[device], actor=make.actor())
    session.commit()
    return person


@pytest.fixture
def kit(desk, post, holder):
    (made,) = desk.sync(post, kits={}, free=0).kits
    return made


def begun_with(kit, **given) -> Begun:
    return Begun(
        **{
            "job": str(uuid4()),
            "backup": str(uuid4()),
            "serial": kit.serial,
            "ticket": kit.ticket,
            "begun_at": now(),
            "why": Why.ASKED,
            "by": "liu",
            **given,
        }
    )


def offered(desk, post, *begun, **given):
    whole = [one.job for one in begun if one.whole_at]
    jobs = [one.job for one in begun]
    said = {"begun": list(begun), "running": jobs, "whole": whole, "free": 0, **given}
    return desk.sync(post, **said)


def refused_because(desk, post, begun) -> str:
    answer = offered(desk, post, begun)
    (refused,) = answer.refused
    assert (answer.adopted, refused.job) == ([], begun.job)
    return refused.code


def test_a_station_is_given_a_kit_that_only_it_can_use(post, kit, device, tools, desk):
    names = post.opened(replace_job(kit), kit.task.sealed_names)

    assert (kit.device, kit.serial) == (device.tag, device.serial)
    assert len(bytes.fromhex(names)) == 32
    assert kit.task.recipients == list(tools.settings.recipients)
    assert kit.until - kit.issued_at == timedelta(hours=tools.settings.offline_backup_hours)
    assert names not in kit.model_dump_json()
    assert kit.due_at is not None


def replace_job(kit):
    class OfKit:
        job = kit.id

    return OfKit


def test_a_kit_is_made_anew_when_it_is_no_longer_new(desk, post, kit, device):
    here = {device.serial: kit.issued_at}
    assert desk.sync(post, kits=here, free=0).kits == []

    with time_machine.travel(now() + LATER):
        (anew,) = desk.sync(post, kits=here, free=0).kits

    assert anew.issued_at > kit.issued_at


def test_what_a_station_could_do_alone_is_shown(desk, post, kit, device, make, session):
    here = {device.serial: kit.issued_at}
    seen = PortNow(
        port="1-1", transport="t", state=PortState.READY, serial=device.serial, since=now()
    )
    station, actor = station_named(session, post.name), make.actor()
    assert shown_station(session, station, actor=actor).kits == 0

    mine = begun_with(kit, ticket=None)  # of which this server, put back from a copy, knows nothing
    desk.sync(post, kits=here, begun=[mine], ports=[seen], free=0)

    one = shown_station(session, station, actor=actor)
    assert (one.kits, one.kits_until, one.begun) == (1, kit.until, 1)
    [port] = ports(session, PortQuery(station=post.name), actor=actor)[0]
    assert (port.kit_until, port.begun_at) == (kit.until, mine.begun_at)
    desk.sync(post, free=0)  # an earlier release says nothing of the kind
    assert shown_station(session, station, actor=actor).kits is None


def test_a_station_that_takes_no_kits_is_given_none(desk, post, device):
    assert desk.sync(post, free=0).kits == []


def test_exchanges_between_kits_cost_nothing(desk, post, kit, device, count_queries):
    with count_queries() as without:
        desk.sync(post, free=0)
    with count_queries() as beside:
        desk.sync(post, kits={device.serial: kit.issued_at}, free=0)

    assert len(beside) == len(without)


def test_there_is_no_kit_for_a_phone_that_is_out_and_the_old_one_is_over(
    desk, post, kit, device, session
):
    device.state = State.LOST
    session.commit()

    with time_machine.travel(now() + LATER):
        answer = desk.sync(post, kits={device.serial: kit.issued_at}, free=0)

    assert (answer.kits, answer.kits_over) == ([], [device.serial])


def test_there_is_no_kit_where_the_settings_say_so(desk, post, device, tools):
    desk.tools = replace(tools, settings=replace(tools.settings, offline_backup_hours=0))

    assert desk.sync(post, kits={}, free=0).kits == []


def test_what_was_begun_is_one_backup_however_often_it_is_offered(
    desk, post, kit, session, holder, device
):
    begun = begun_with(kit)
    first, second = offered(desk, post, begun), offered(desk, post, begun)

    assert (first.adopted, second.adopted) == ([begun.job], [begun.job])
    assert (first.lost, second.lost, second.refused) == ([], [], [])
    backup = session.scalars(select(Backup)).one()
    assert (str(backup.id), backup.state) == (begun.backup, BackupState.RUNNING)
    assert (backup.holder, backup.station.name) == (holder, post.name)
    job = session.scalars(select(Job)).one()
    assert (str(job.id), job.state, job.read_whole) == (begun.job, JobState.LEASED, False)
    assert len(list(session.scalars(select(JobLease)))) == 1
    named = select(AuditEntry.event).where(AuditEntry.event == "backup.adopted")
    assert len(list(session.scalars(named))) == 1


def test_it_is_judged_as_every_backup_is(desk, post, kit, session, tools):
    begun = begun_with(kit, whole_at=now())
    offered(desk, post, begun)
    backup = session.scalars(select(Backup)).one()
    upload(session, tools, backup, post.actor)

    class Lent:
        job = begun.job

    digest = manifest(tools, backup, [stored("a")], listed=2)
    desk.sync(post, report(post, Lent, backup, digest), begun=[begun])

    assert backup.state is BackupState.INCOMPLETE
    assert "2 files were listed, 1 are accounted for" in backup.reasons


def test_a_station_whose_clock_is_wrong_is_understood(desk, post, kit, session):
    off = timedelta(days=400)
    begun = begun_with(kit, begun_at=now() - off)
    answer = offered(desk, post, begun, sent_at=now() - off)

    assert answer.adopted == [begun.job]
    assert now() - session.scalars(select(BegunBackup)).one().begun_at < timedelta(minutes=1)


def test_what_was_begun_too_late_is_refused_for_good(desk, post, kit, session):
    with time_machine.travel(kit.until + timedelta(minutes=1)):
        begun = begun_with(kit)
        assert refused_because(desk, post, begun) == "kit_expired"
        assert refused_because(desk, post, begun) == "kit_expired"

    assert session.scalars(select(Backup)).all() == []
    named = select(AuditEntry.event).where(AuditEntry.event == "begun_backup.refused")
    assert len(list(session.scalars(named))) == 1


def test_a_kit_of_another_phone_or_station_opens_nothing(desk, post, kit, make, session):
    other = make.device()
    session.commit()
    elsewhere = desk.post("back")

    assert refused_because(desk, post, begun_with(kit, serial=other.serial)) == "kit_unknown"
    assert refused_because(desk, elsewhere, begun_with(kit)) == "kit_unknown"
    assert refused_because(desk, post, begun_with(kit, ticket="x.y.z.w")) == "kit_unknown"
    assert refused_because(desk, post, begun_with(kit, serial="NOBODY")) == "kit_unknown"


def test_nothing_new_is_stored_for_a_key_that_was_retired(desk, post, kit, tools):
    anew = str(x25519.Identity.generate().to_public())
    desk.tools = replace(tools, settings=replace(tools.settings, recipients=(anew,)))

    assert refused_because(desk, post, begun_with(kit)) == "recipient_retired"


def test_a_key_that_came_later_is_no_reason_to_refuse(desk, post, kit, tools):
    more = (*tools.settings.recipients, str(x25519.Identity.generate().to_public()))
    desk.tools = replace(tools, settings=replace(tools.settings, recipients=more))

    begun = begun_with(kit)
    assert offered(desk, post, begun).adopted == [begun.job]


def hand_on(session, make, device, holder):
    """Let somebody else have the phone, whatever way it went."""
    held = session.scalars(select(Holding).where(Holding.device_id == device.id)).one()
    held.close(now(), "test")
    session.flush()
    device.state = State.IN_STOCK
    issue(session, to=make.employee(), devices=[device], actor=make.actor())
    session.commit()


def test_what_may_be_of_two_holders_is_refused(desk, post, kit, session, make, device, holder):
    begun = begun_with(kit)
    hand_on(session, make, device, holder)

    assert refused_because(desk, post, begun) == "holder_changed"


def test_what_was_read_whole_before_the_phone_went_on_is_its_holders(
    desk, post, kit, session, make, device, holder
):
    begun = begun_with(kit, whole_at=now())
    hand_on(session, make, device, holder)

    assert offered(desk, post, begun).adopted == [begun.job]
    assert session.scalars(select(Backup)).one().holder is holder


def test_what_was_read_of_a_phone_while_it_was_wiped_is_refused(
    desk, post, kit, session, make, device
):
    wipe = plan_job(session, JobKind.WIPE, device, task={}, actor=make.actor())
    station = session.scalars(select(Station)).one()
    lent = {"job_id": wipe.id, "attempt": 1, "station_id": station.id, "leased_at": now()}
    session.add(JobLease(id=uuid4(), **lent))
    wipe.state, wipe.ended_at = JobState.DONE, now()
    session.commit()

    assert refused_because(desk, post, begun_with(kit, whole_at=now())) == "wiped_meanwhile"


@pytest.mark.parametrize("how", ["off", "excluded", "narrower", "gone for a while"])
def test_nothing_is_stored_of_what_a_plan_in_force_meanwhile_forbade(
    desk, post, kit, session, make, how
):
    begun = begun_with(kit, begun_at=now())
    before, after = narrowed(session, how)
    actor = make.actor()
    edit_plan(session, before.name, after, reason="less", actor=actor)
    if how == "gone for a while":
        edit_plan(session, before.name, before.content, reason="as before", actor=actor)
    session.commit()

    assert refused_because(desk, post, begun) == "plan_takes_less"


def narrowed(session, how):
    """Return a plan by which something was taken, and the same with less in it."""
    plan = PLANS.newest(session)["storage"]
    (first, *others) = plan.content.sources
    changes = {
        "excluded": {"excludes": [*first.excludes, "Private/*"]},
        "narrower": {"places": ["Anywhere"]},
    }
    less = first.model_copy(update=changes.get(how, {"on": False}))
    return plan, plan.content.model_copy(update={"sources": [less, *others]})


def test_a_plan_that_takes_more_by_now_is_no_reason_to_refuse(desk, post, kit, session, make):
    plan, _less = narrowed(session, "off")
    (first, *others) = plan.content.sources
    more = first.model_copy(update={"excludes": []})
    wider = plan.content.model_copy(update={"sources": [more, *others]})
    edit_plan(session, plan.name, wider, reason="more", actor=make.actor())
    session.commit()

    begun = begun_with(kit)
    assert offered(desk, post, begun).adopted == [begun.job]


def test_of_two_stations_that_both_read_all_of_it_each_has_a_backup(desk, post, kit, session):
    elsewhere = desk.post("back")
    desk.sync(elsewhere, elsewhere.report(desk.seen(device_of(session, kit))), free=0)
    (other,) = desk.sync(elsewhere, kits={}, free=0).kits
    one, two = begun_with(kit, whole_at=now()), begun_with(other, whole_at=now())

    assert offered(desk, post, one).adopted == [one.job]
    assert offered(desk, elsewhere, two).adopted == [two.job]
    assert {str(found) for found in session.scalars(select(Backup.id))} == {one.backup, two.backup}


def device_of(session, kit):
    return session.scalars(select(Device).where(Device.serial == kit.serial)).one()


def test_of_two_stations_the_one_that_has_not_all_of_it_gives_way(desk, post, kit, session):
    elsewhere = desk.post("back")
    desk.sync(elsewhere, elsewhere.report(desk.seen(device_of(session, kit))), free=0)
    (other,) = desk.sync(elsewhere, kits={}, free=0).kits
    whole, part = begun_with(other, whole_at=now()), begun_with(kit)
    offered(desk, elsewhere, whole)

    assert refused_because(desk, post, part) == "made_meanwhile"
    (row,) = session.scalars(select(BegunBackup).where(BegunBackup.refusal.is_not(None)))
    assert row.details["number"] == session.scalars(select(Backup)).one().number


def test_a_planned_one_stays_and_goes_on_afterwards(desk, post, kit, session, tools, make, device):
    planned = plan_backup(session, tools, device, reason="asked", actor=make.actor())
    session.commit()
    begun = begun_with(kit)

    assert offered(desk, post, begun, free=4).adopted == [begun.job]
    assert planned.state is BackupState.PLANNED


def test_one_of_a_phone_that_is_worked_on_is_settled_when_that_has_ended(
    desk, post, kit, session, make, device
):
    job = probe_device(session, device, actor=make.actor())
    session.commit()
    lease = desk.lease(post)
    assert lease.job == str(job.id)
    begun = begun_with(kit)

    answer = offered(desk, post, begun)
    assert (answer.adopted, answer.refused, answer.lost) == ([], [], [])

    job.state = JobState.DONE
    session.commit()
    assert offered(desk, post, begun).adopted == [begun.job]


def test_another_station_cannot_speak_for_a_backup(desk, post, kit, session):
    begun = begun_with(kit)
    offered(desk, post, begun)
    elsewhere = desk.post("back")

    assert refused_because(desk, elsewhere, begun) == "begun_by_another"
    assert session.scalars(select(Backup)).one().station.name == post.name


def test_a_cancelled_one_is_lost_and_stays_cancelled(desk, post, kit, session, tools, make):
    begun = begun_with(kit)
    offered(desk, post, begun)
    backup = session.scalars(select(Backup)).one()
    flow.cancel(session, tools, backup, actor=make.actor())
    session.commit()

    answer = offered(desk, post, begun, kept=[begun.job])

    assert (answer.lost, answer.over) == ([begun.job], [begun.job])
    assert backup.state is BackupState.CANCELLED


def test_who_reads_the_list_sees_what_became_of_it_and_why(desk, post, kit, session, make):
    good, bad = begun_with(kit), begun_with(kit, ticket="nonsense")
    offered(desk, post, good, bad)
    actor = make.actor()

    rows, _mark = begun_backups(session, BegunQuery(), actor=actor)
    assert {(shown(row).state, shown(row).number is None) for row in rows} == {
        (BegunState.ADOPTED, False),
        (BegunState.REFUSED, True),
    }
    query = BegunQuery(state=BegunState.REFUSED, device=kit.device, station=post.name)
    (refused,), _mark = begun_backups(session, query, actor=actor)
    assert kit.serial in shown(refused).sentence
    assert shown(refused).by == "liu"
