"""A stock-take finds what is there, by stations and by people, and says what is not."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.cases.tasks import tasks
from fleet.contracts.access import Role
from fleet.contracts.cases import TaskKind, TaskQuery
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.drawing import drawn
from fleet.contracts.proof import Level
from fleet.contracts.stocktakes import (
    CountAnswer,
    CountIn,
    DifferenceIn,
    DifferenceQuery,
    FoundHow,
    Resolution,
    Result,
    StocktakeIn,
    StocktakeItemQuery,
    StocktakeScope,
    StocktakeState,
)
from fleet.custody.issuing import issue
from fleet.devices.lifecycle import State
from fleet.people.errors import DepartmentNotFound
from fleet.stations.errors import StationNotFound
from fleet.stocktakes import counting, differences, queries, services
from fleet.stocktakes.errors import (
    ClosedByTheSame,
    CountedMeanwhile,
    NoSuchDifference,
    NothingInScope,
    RegisterSaysOtherwise,
    ResolvedByItself,
    ScopeUnknown,
    StocktakeAltered,
    StocktakeMoveNotAllowed,
)
from fleet.stocktakes.models import StocktakeItem
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


@pytest.fixture
def actor(make):
    return make.actor(Role.OPERATOR, "Liu Yang")


@pytest.fixture
def checker(make):
    return make.actor(Role.AUDITOR, "Sun Mei")


@pytest.fixture
def begun(session, actor):
    def begin(sample=None, **scope):
        given = StocktakeIn(scope=StocktakeScope(**scope), sample=sample)
        made = services.plan(session, given, actor=actor)
        return services.begin(session, made.number, actor=actor)

    return begin


@pytest.fixture
def counted(session, actor):
    def count(one, *names, how=FoundHow.TYPED):
        done = counting.count(session, one.number, CountIn(names=names, how=how), actor=actor)
        return [line.answer for line in done.lines]

    return count


@pytest.fixture
def standing(session, actor):
    def stand(one, **asked):
        query = StocktakeItemQuery(limit=1000, **asked)
        rows, _mark = queries.items(session, one.number, query, actor=actor)
        return {row.name: row for row in rows}

    return stand


def results(items):
    return {name: item.result for name, item in items.items()}


def seen(phone, post=None):
    phone.last_seen_at, phone.station_id = now(), post and post.actor.id


def test_what_is_out_in_a_department_is_to_be_found_there(session, make, begun, standing, actor):
    east = make.department(code="EAST")
    below = make.department(code="EAST-1", parent=east)
    person, stranger = make.employee(department=below), make.employee()
    phone, other, _spare = (make.device() for _ in range(3))
    issue(session, to=person, devices=[phone], actor=actor)
    issue(session, to=stranger, devices=[other], actor=actor)

    items = standing(begun(departments=["EAST"]))

    assert results(items) == {phone.tag: Result.TO_FIND}
    assert items[phone.tag].holder.number == person.number


def test_lost_and_retired_phones_are_not_looked_for(make, begun, standing):
    here = make.device()
    make.device(State.LOST), make.device(State.RETIRED)

    assert list(standing(begun())) == [here.tag]


def test_a_phone_that_a_station_sees_is_found_by_itself(session, make, desk, begun, standing):
    post = desk.post("bench-1")
    early, late = make.device(), make.device()
    seen(early, post)
    one = begun()
    one.began_at = now() + timedelta(seconds=1)
    with time_machine.travel(now() + timedelta(minutes=5)):
        seen(late, post)
    session.flush()

    items = standing(one)

    assert results(items) == {early.tag: Result.TO_FIND, late.tag: Result.FOUND}
    found = items[late.tag]
    assert (found.how, found.level, found.found_by) == (
        FoundHow.VISIT,
        Level.OBSERVED,
        "bench-1",
    )
    assert list(standing(one, how=FoundHow.VISIT)) == [late.tag]
    assert queries.shown(session, one).counts.found == 1


def test_a_persons_word_is_declared_and_counts_once(make, begun, counted, standing):
    phone = make.device()
    one = begun()

    assert counted(one, phone.tag.lower(), how=FoundHow.SCAN) == [CountAnswer.FOUND]
    assert counted(one, phone.serial) == [CountAnswer.ALREADY]

    item = standing(one)[phone.tag]
    assert (item.how, item.level, item.found_by) == (FoundHow.SCAN, Level.DECLARED, "Liu Yang")


def test_a_visit_says_more_than_a_person(session, make, begun, counted, standing):
    phone = make.device()
    one = begun()
    seen(phone)
    session.flush()

    assert counted(one, phone.tag) == [CountAnswer.ALREADY]
    assert standing(one)[phone.tag].level is Level.OBSERVED


def test_cards_are_counted_by_either_number(make, begun, counted, standing):
    card, other = make.sim(), make.sim()
    one = begun(things=[Thing.SIM])

    assert counted(one, card.iccid, other.number) == [CountAnswer.FOUND] * 2
    assert set(standing(one)) == {card.number, other.number}


def test_a_label_with_an_address_is_read_for_its_tag(make, begun, counted):
    phone = make.device()

    assert counted(begun(), f"https://desk.example/t/{phone.tag}?v=1") == [CountAnswer.FOUND]


def test_what_should_not_be_there_is_told_from_what_nobody_knows(
    session, make, begun, counted, standing
):
    make.device()
    lost = make.device(State.LOST)
    one = begun()

    assert counted(one, lost.tag, "WF-9999", "WF-9999") == [
        CountAnswer.UNEXPECTED,
        CountAnswer.UNKNOWN,
        CountAnswer.ALREADY,
    ]
    unexpected = standing(one, result=Result.UNEXPECTED)
    assert {name: item.thing for name, item in unexpected.items()} == {
        lost.tag: Thing.DEVICE,
        "WF-9999": None,
    }


def test_the_seed_is_on_record_before_it_draws_and_draws_the_same_again(
    session, make, actor, standing
):
    tags = sorted(make.device().tag for _ in range(12))
    given = StocktakeIn(sample=4)
    made = services.plan(session, given, actor=actor)
    session.commit()
    planned = session.scalars(
        select(AuditEntry).where(AuditEntry.event == "stocktake.planned")
    ).one()

    services.begin(session, made.number, actor=actor)

    assert sorted(drawn(planned.details["seed"], tags, 4)) == sorted(standing(made))
    assert services.verify(session, made.number, actor=actor).sample_holds is True


def test_a_sample_that_was_exchanged_is_found_out(session, make, begun, actor):
    for _ in range(5):
        make.device()
    one = begun(sample=2)
    item = session.scalars(select(StocktakeItem)).first()
    item.name = "T-9999"
    session.flush()

    assert services.verify(session, one.number, actor=actor).sample_holds is False


def test_what_was_not_drawn_is_neither_found_nor_unexpected(make, begun, counted, standing):
    tags = {make.device().tag for _ in range(5)}
    one = begun(sample=2)
    drawn_ones = set(standing(one))

    assert counted(one, *(tags - drawn_ones)) == [CountAnswer.NOT_DRAWN] * 3
    assert set(standing(one)) == drawn_ones


def test_closing_makes_what_is_left_a_task_for_a_week(
    session, make, begun, counted, standing, actor
):
    here, gone = make.device(), make.device()
    one = begun()
    counted(one, here.tag)

    services.close(session, one.number, actor=actor)

    assert results(standing(one)) == {here.tag: Result.FOUND, gone.tag: Result.MISSING}
    rows, _mark = queries.differences(session, DifferenceQuery(waiting=True), actor=actor)
    [missing] = rows
    assert (missing.name, missing.due_on) == (
        gone.tag,
        (now() + services.TIME_FOR_DIFFERENCES).date(),
    )


def test_what_waits_is_a_task_of_whoever_can_do_it(session, make, begun, actor, checker):
    phones = [make.device(), make.device()]
    one = begun()
    services.close(session, one.number, actor=actor)

    mine, _mark = tasks(session, TaskQuery(kind=TaskKind.STOCKTAKE), actor=actor)
    to_sign, _mark = tasks(session, TaskQuery(kind=TaskKind.STOCKTAKE), actor=checker)

    assert [task.of for task in mine] == [f"{one.number} {phone.tag}" for phone in phones]
    assert [(task.of, task.due_at) for task in to_sign] == [(one.number, None)]


def test_pages_of_tasks_show_every_difference_once(session, make, begun, actor):
    tags = [make.device().tag for _ in range(5)]
    one = begun()
    services.close(session, one.number, actor=actor)

    found, after = [], None
    while True:
        query = TaskQuery(kind=TaskKind.STOCKTAKE, limit=2, after=after)
        rows, after = tasks(session, query, actor=actor)
        found += [row.of for row in rows]
        if after is None:
            break

    assert found == [f"{one.number} {tag}" for tag in tags]


def test_closing_writes_down_what_stations_saw(session, make, desk, begun, standing, actor):
    bench, other = desk.post("bench-1"), desk.post("bench-2")
    phone, away = make.device(), make.device()
    phone.station_id = bench.actor.id
    away.station_id = other.actor.id
    session.flush()
    one = begun(stations=["bench-1"])
    seen(phone, bench)
    seen(away, bench)
    session.flush()

    services.close(session, one.number, actor=actor)
    session.expire_all()
    with time_machine.travel(now() + timedelta(days=1)):
        seen(phone, other)
        session.flush()

        items = standing(one)
        assert results(items) == {phone.tag: Result.FOUND, away.tag: Result.UNEXPECTED}
        assert {item.found_by for item in items.values()} == {"bench-1"}
        assert services.verify(session, one.number, actor=actor).result_holds is True


def test_a_lost_phone_that_a_station_saw_is_unexpected(session, make, begun, standing, actor):
    make.device()
    lost = make.device(State.LOST)
    one = begun(sample=1)
    seen(lost)
    session.flush()

    services.close(session, one.number, actor=actor)

    assert results(standing(one))[lost.tag] is Result.UNEXPECTED


def test_whoever_closes_has_seen_what_he_closes(session, make, begun, counted, actor):
    phone = make.device()
    one = begun()
    counted(one, phone.tag)

    with pytest.raises(CountedMeanwhile):
        services.close(session, one.number, found=0, actor=actor)


def test_another_person_signs_what_was_closed(session, make, begun, actor, checker):
    make.device()
    one = begun()
    services.close(session, one.number, actor=actor)

    with pytest.raises(ClosedByTheSame):
        services.sign(session, one.number, actor=actor)
    signed = services.sign(session, one.number, actor=checker)

    assert (signed.state, signed.signed_by) == (StocktakeState.SIGNED, "Sun Mei")


def test_nobody_signs_a_result_that_was_changed(session, make, begun, actor, checker):
    make.device()
    one = begun()
    services.close(session, one.number, actor=actor)
    item = session.scalars(select(StocktakeItem)).one()
    item.found_at, item.how = now(), FoundHow.TYPED
    session.flush()

    assert services.verify(session, one.number, actor=actor).result_holds is False
    with pytest.raises(StocktakeAltered):
        services.sign(session, one.number, actor=checker)


def test_a_difference_ends_with_what_the_register_says(session, make, begun, actor):
    phone = make.device()
    one = begun()
    services.close(session, one.number, actor=actor)
    lost = DifferenceIn(name=phone.tag, resolution=Resolution.LOST, note="not in the drawer")

    with pytest.raises(RegisterSaysOtherwise):
        differences.resolve(session, one.number, lost, actor=actor)
    phone.state = State.LOST
    item = differences.resolve(session, one.number, lost, actor=actor)

    assert (item.resolution, item.resolved_by) == (Resolution.LOST, "Liu Yang")
    with pytest.raises(NoSuchDifference):
        differences.resolve(session, one.number, lost, actor=actor)


def test_nobody_says_that_a_station_saw_it(session, make, begun, actor):
    phone = make.device()
    one = begun()
    services.close(session, one.number, actor=actor)
    given = DifferenceIn(name=phone.tag, resolution=Resolution.SEEN, note="it was there")

    with pytest.raises(ResolvedByItself):
        differences.resolve(session, one.number, given, actor=actor)


def test_a_missing_phone_that_turns_up_is_no_task_any_more(session, make, begun, standing, actor):
    phone, gone = make.device(), make.device()
    one = begun()
    services.close(session, one.number, actor=actor)
    assert differences.notice_visits(session) == 0
    with time_machine.travel(now() + timedelta(days=1)):
        seen(phone)
        session.flush()
        assert differences.notice_visits(session) == 1

    items = standing(one)
    assert items[phone.tag].result is Result.MISSING  # as it was when it was closed
    assert items[phone.tag].resolution is Resolution.SEEN
    assert items[gone.tag].resolution is None


def test_an_empty_scope_and_unknown_words_are_refused(session, make, begun, actor):
    with pytest.raises(NothingInScope):
        begun()
    for scope, refusal in (
        ({"departments": ["NONE"]}, DepartmentNotFound),
        ({"stations": ["none"]}, StationNotFound),
        ({"states": ["broken"]}, ScopeUnknown),
        ({"things": [Thing.ACCOUNT]}, ScopeUnknown),
    ):
        with pytest.raises(refusal):
            services.foreseen(session, StocktakeIn(scope=StocktakeScope(**scope)), actor=actor)


def test_what_was_given_up_is_on_record_and_counts_no_more(session, make, begun, counted, actor):
    phone = make.device()
    one = begun()
    services.cancel(session, one.number, reason="wrong day", actor=actor)

    assert (one.state, one.cancelled_because) == (StocktakeState.CANCELLED, "wrong day")
    with pytest.raises(StocktakeMoveNotAllowed):
        counted(one, phone.tag)


def test_only_the_desk_counts(session, make):
    for role in (Role.AUDITOR, Role.MANAGER, Role.EMPLOYEE):
        with pytest.raises(NotAllowed):
            services.plan(session, StocktakeIn(), actor=make.actor(role))


def test_many_tags_take_as_few_queries_as_one(session, make, begun, counted, count_queries):
    tags = [make.device().tag for _ in range(40)]
    one = begun()
    with count_queries() as few:
        counted(one, tags[0])
    with count_queries() as many:
        counted(one, *tags[1:])

    assert len(many) == len(few) <= 12
