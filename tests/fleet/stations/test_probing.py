"""A phone is looked at again on request, and what is seen counts like any other visit."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.facts import AccountCount, Os
from fleet.contracts.stations import JobDone, JobKind, JobState
from fleet.custody.issuing import issue
from fleet.custody.services import start_return
from fleet.devices.models import Device
from fleet.stations.models import Job
from fleet.stations.probing import probe_device
from tests.fleet.stations.desk import Desk, Post


@pytest.fixture
def device(desk: Desk, post: Post, make) -> Device:
    """Give a phone that is plugged in at the station."""
    device = make.device()
    desk.plug_in(post, device)
    return device


def probes(session) -> list[Job]:
    of_the_kind = select(Job).where(Job.kind == JobKind.PROBE)
    fresh = of_the_kind.execution_options(populate_existing=True)
    return list(session.scalars(fresh.order_by(Job.created_at)))


def looked(desk: Desk, device: Device, job: str, **seen: object) -> JobDone:
    facts = desk.make.facts(device, probed_at=now(), **seen)
    return JobDone(job=job, probe=desk.seen(device).model_copy(update={"facts": facts}))


def test_a_look_that_waits_already_is_the_same_look(session, make, device) -> None:
    first = probe_device(session, device, actor=make.actor())
    again = probe_device(session, device, actor=make.actor())

    assert again is first
    assert [job.state for job in probes(session)] == [JobState.WAITING]


def test_after_a_look_has_ended_another_can_be_planned(session, make, desk, post, device) -> None:
    probe_device(session, device, actor=make.actor())
    lease = desk.lease(post)
    desk.sync(post, post.report(looked(desk, device, lease.job)))

    probe_device(session, device, actor=make.actor())

    assert [job.state for job in probes(session)] == [JobState.DONE, JobState.WAITING]


def test_who_only_reads_asks_for_no_look(session, make, device) -> None:
    with pytest.raises(NotAllowed):
        probe_device(session, device, actor=make.actor(Role.AUDITOR))


def test_what_a_look_sees_is_known_of_the_phone(session, make, desk, post, device) -> None:
    probe_device(session, device, actor=make.actor())
    lease = desk.lease(post)
    signed_in = (AccountCount(type="com.xiaomi", count=1),)

    report = looked(desk, device, lease.job, os=Os(android="16"), accounts=signed_in)
    answer = desk.sync(post, post.report(report))

    session.refresh(device)
    assert answer.rejected == []
    assert device.known_facts.os.android == "16"
    assert device.known_facts.accounts == signed_in
    assert device.last_seen_at == report.probe.facts.probed_at
    assert [job.state for job in probes(session)] == [JobState.DONE]


def test_a_look_reported_after_another_station_took_over_changes_nothing(
    session, make, desk, post, device
) -> None:
    probe_device(session, device, actor=make.actor())
    late = desk.lease(post)
    lease_ran_out = timedelta(seconds=desk.tools.settings.lease_seconds + 1)
    with time_machine.travel(now() + lease_ran_out):
        back = desk.post("back")
        desk.plug_in(back, device)
        taken = desk.lease(back)
        before = device.known_facts

        report = looked(desk, device, late.job, os=Os(android="16"))
        answer = desk.sync(post, post.report(report))

    session.refresh(device)
    assert taken.job == late.job
    assert answer.rejected == []
    assert (device.known_facts, device.station_id) == (before, back.actor.id)
    assert [job.state for job in probes(session)] == [JobState.LEASED]


def test_a_look_that_could_not_be_had_waits_for_the_next_try(session, make, desk, post, device):
    probe_device(session, device, actor=make.actor())
    lease = desk.lease(post)

    gone = JobDone(job=lease.job, failure="It does not answer.", again=True)
    desk.sync(post, post.report(gone), present=[])

    assert [(job.state, job.failure) for job in probes(session)] == [
        (JobState.WAITING, "It does not answer.")
    ]


@pytest.mark.parametrize(("present", "looks"), [(True, 1), (False, 0)])
def test_the_return_of_a_phone_that_is_here_plans_a_look(session, make, device, present, looks):
    issue(session, to=make.employee(), devices=[device], actor=make.actor())
    device.present = present

    start_return(session, device, actor=make.actor())
    start_return(session, device, actor=make.actor())

    assert len(probes(session)) == looks


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_station_whose_clock_is_wrong_is_put_right(session, desk, post, device, minutes) -> None:
    wrong = timedelta(minutes=minutes)
    seen = post.report(desk.seen(device)).model_copy(update={"at": now() + wrong})

    desk.sync(post, seen, sent_at=now() + wrong)

    session.refresh(device)
    assert abs(device.last_seen_at - now()) < timedelta(minutes=1)


def test_a_look_asked_for_counts_by_our_clock_too(session, make, desk, post, device) -> None:
    wrong = timedelta(minutes=-30)
    probe_device(session, device, actor=make.actor())
    lease = desk.lease(post)
    with time_machine.travel(now() + wrong, tick=False):
        done = looked(desk, device, lease.job)

    desk.sync(post, post.report(done), sent_at=now() + wrong)

    session.refresh(device)
    assert abs(device.last_seen_at - now()) < timedelta(minutes=1)
