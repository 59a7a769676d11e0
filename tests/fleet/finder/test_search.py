"""What people say finds what they mean, as far as they may list it."""

from collections import Counter
from uuid import uuid4

import pytest
from sqlalchemy import delete

from fleet.access.actor import SYSTEM, Actor, HeldRole
from fleet.applications.models import Kit
from fleet.applications.on_form import application_numbered
from fleet.backups.services import plan_backup
from fleet.contracts.access import Role
from fleet.contracts.bin import RecordKind
from fleet.contracts.clock import now
from fleet.contracts.openings import OpeningPurpose
from fleet.contracts.papers import PaperKind
from fleet.contracts.permissions import Permission
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyState
from fleet.contracts.search import FoundKind, HitHow, SearchQuery
from fleet.contracts.stations import JobKind
from fleet.contracts.stocktakes import StocktakeState
from fleet.custody.issuing import issue
from fleet.custody.models import AccessoryWord
from fleet.devices.lifecycle import State
from fleet.finder import queries
from fleet.finder.errors import NothingToLookFor
from fleet.finder.queries import search
from fleet.former.models import FormerName
from fleet.openings.services import ask_opening
from fleet.papers.models import Paper
from fleet.people.models import Partner
from fleet.remedies.models import Remedy
from fleet.search.filling import fill
from fleet.search.models import SearchTerm
from fleet.stations.models import Job
from fleet.stocktakes.models import Stocktake
from tests.conftest import DIALECTS
from tests.fleet.applications.firm import Firm

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


@pytest.fixture
def desk(session, make):
    """Give the phone, SIM and account of 王芳, and the same of somebody else."""
    sales = make.department(code="SALES", name="华东销售部")
    fang = make.employee(number="E1037", name="王芳", department=sales)
    wei = make.employee(number="E2044", name="单伟")
    phone = make.device(
        tag="WF-0617", market_name="Xiaomi 14", imei=["861234567890123"], serial="a1b2c3d4"
    )
    other = make.device(tag="WF-0618", market_name="OPPO A72")
    sim = make.sim(number="13912348810", iccid="89860012345678901234")
    account = make.account(handle="wx-sales-07", nickname="王芳-销售")
    issue(
        session,
        to=fang,
        devices=[phone],
        sims=[sim],
        accounts=[account],
        registrant_seen=True,
        actor=SYSTEM,
    )
    issue(session, to=wei, devices=[other], actor=SYSTEM)
    session.flush()
    return {"fang": fang, "wei": wei, "sales": sales}


@pytest.fixture
def find(session, make):
    def found(q, actor=None, **asked):
        answer = search(session, SearchQuery(q=q, **asked), actor=actor or make.actor())
        return [(hit.name, hit.how) for hit in answer.items]

    return found


@pytest.mark.parametrize(
    ("said", "name", "how"),
    [
        ("WF-0617", "WF-0617", HitHow.IS),
        ("wf0617", "WF-0617", HitHow.IS),
        ("0617", "WF-0617", HitHow.ENDS),
        ("wf-0671", "WF-0617", HitHow.NEAR),
        ("890123", "WF-0617", HitHow.TAIL),
        ("861234567890123", "WF-0617", HitHow.IS),
        ("861234567890124", "WF-0617", HitHow.NEAR),
        ("c3d4", "WF-0617", HitHow.ENDS),
        ("8810", "13912348810", HitHow.TAIL),
        ("139 1234 8810".replace(" ", ""), "13912348810", HitHow.IS),
        ("139123", "13912348810", HitHow.BEGINS),
        ("13912348801", "13912348810", HitHow.NEAR),
        ("901234", "13912348810", HitHow.TAIL),
        ("sales-07", "wx-sales-07", HitHow.ENDS),
        ("E1037", "E1037", HitHow.IS),
        ("王芳", "E1037", HitHow.IS),
        ("wangfang", "E1037", HitHow.IS),
        ("wf", "E1037", HitHow.IS),
        ("芳", "E1037", HitHow.ENDS),
        ("东销", "SALES", HitHow.IN),
        ("wangfnag", "E1037", HitHow.NEAR),
        ("shanwei", "E2044", HitHow.IS),
        ("华东", "SALES", HitHow.BEGINS),
        ("hdxs", "SALES", HitHow.BEGINS),
    ],
)
def test_what_is_said_finds_the_thing_first(desk, find, said, name, how):
    assert find(said)[0] == (name, how)


def test_whoever_says_a_name_finds_what_that_person_holds(desk, find):
    found = dict(find("wangfang"))

    assert found["WF-0617"] == found["13912348810"] == HitHow.HELD
    assert "WF-0618" not in found


def test_several_words_narrow(desk, find):
    assert [name for name, _how in find("wf xiaomi")] == ["WF-0617"]
    assert [name for name, _how in find("xiaomi wf")] == ["WF-0617"]
    assert find("oppo xiaomi") == []


def test_a_kind_alone_is_looked_at_where_it_is_asked_for(desk, find):
    assert [name for name, _how in find("王芳", kind=FoundKind.ACCOUNT)] == ["wx-sales-07"]


def test_what_is_retired_stands_below_what_is_not(make, find):
    make.device(tag="A-1", market_name="Mate 60", state=State.RETIRED)
    make.device(tag="A-2", market_name="Mate 60")

    assert [name for name, _how in find("mate60")] == ["A-2", "A-1"]


def test_what_has_a_number_or_a_name_of_its_own_is_found_by_it(make, session, find):
    phone = make.device(tag="WF-0617")
    job = Job(kind=JobKind.REMEDY, device_id=phone.id, created_at=now())
    session.add_all(
        [
            job,
            Partner(name="启明科技", contact="解缙", state_since=now().date()),
            Stocktake(
                number="ST-2026-001",
                state=StocktakeState.PLANNED,
                scope={},
                seed="0",
                planned_at=now(),
                planned_by="Liu Yang",
            ),
            Paper(
                number="HO-2026-001",
                kind=PaperKind.PLEDGE,
                subject="E1",
                check="x",
                content={},
                digest="0",
                made_at=now(),
                made_by="Liu Yang",
            ),
        ]
    )
    session.flush()
    remedy = Remedy(
        number="RM-2026-001",
        device_id=phone.id,
        action=RemedyAction.CLOSE_WIRELESS,
        target="x",
        asked_by="Liu Yang",
        state=RemedyState.PLANNED,
        planned_at=now(),
        job_id=job.id,
    )
    session.add(remedy)
    session.flush()

    said = {"qmkj": "启明科技", "xiejin": "启明科技"}
    said |= {number: number for number in ("ST-2026-001", "HO-2026-001", "RM-2026-001")}
    assert {word: find(word)[0][0] for word in said} == said


def test_kits_and_openings_are_found_by_those_who_may_list_them(
    desk, make, session, tools, asker, find
):
    session.add(Kit(name="desk-2", title="客服套餐", wants={}, set_by="L", set_at=now()))
    backup = plan_backup(
        session, tools, make.device(), reason="asked", holder=desk["fang"], actor=make.actor()
    )
    told = {"purpose": OpeningPurpose.GIVE_BACK, "reason": "her phone is lost", "paths": ["*"]}
    number = ask_opening(session, backup, actor=asker, **told).number
    hers, others = (
        Actor(id=uuid4(), name="A", roles=(HeldRole(Role.EMPLOYEE),), employee_id=desk[who].id)
        for who in ("fang", "wei")
    )

    assert find("desk2") == find("客服套餐") == [("desk-2", HitHow.IS)]
    assert find("客服套餐", others) == [("desk-2", HitHow.IS)]
    assert find(number, asker) == find(number, hers) == [(number, HitHow.IS)]
    assert find(number, others) == []


def test_an_application_is_found_by_whom_it_waits_for_and_by_whoever_has_decided(
    session, tools, make, find
):
    firm = Firm(session, tools, make)
    firm.asks("head", "head:HR")
    number = firm.applied().number
    hua = firm.as_(firm.hua)

    assert find(number, hua) == []
    firm.approve(application_numbered(session, number), firm.wei)
    assert find(number, hua) == [(number, HitHow.IS)]
    firm.approve(application_numbered(session, number), firm.hua)
    assert find(number, hua) == [(number, HitHow.IS)]


def test_a_former_name_leads_to_what_it_became_part_of(desk, session, make, find):
    phone = make.device(tag="T-77")
    told = {"kind": RecordKind.DEVICE, "row_id": phone.id, "entry_id": uuid4(), "since": now()}
    session.add(FormerName(name="OLD-1", **told))
    session.flush()
    head = Actor(id=uuid4(), name="H", roles=(HeldRole(Role.MANAGER, desk["sales"].id),))

    assert find("OLD-1") == [("T-77", HitHow.IS)]
    assert find("OLD-1", head) == []


@pytest.mark.parametrize("said", ["—", "-- / --", "。", "%%"])
def test_signs_alone_name_nothing(find, said):
    with pytest.raises(NothingToLookFor):
        find(said)


@pytest.mark.parametrize("said", ["__6187", "a%b", "'; --wq", "\\xq", "😀a0", "<a0617", "#87b20f"])
def test_odd_signs_are_no_patterns(desk, find, said):
    assert find(said) == []


@pytest.mark.parametrize("few", [0, queries.A_FEW])
def test_a_head_finds_what_is_his_departments_alone(desk, make, find, monkeypatch, few):
    """By the terms of his things where they are few, and by all terms where they are not."""
    monkeypatch.setattr(queries, "A_FEW", few)
    held = HeldRole(Role.MANAGER, desk["sales"].id)
    head = Actor(id=uuid4(), name="H", roles=(held,))

    assert {name for name, _how in find("wf", head)} == {
        "WF-0617",
        "E1037",
        "13912348810",
        "wx-sales-07",
    }
    assert find("单伟", head) == find("oppo", head) == []
    assert find("WF-0618", head) == [("WF-0617", HitHow.NEAR)]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_no_kind_and_no_way_crowds_out_another(desk, make, session, monkeypatch, role):
    monkeypatch.setattr(queries, "A_PAGE", 2)
    place = desk["sales"].id if role is Role.MANAGER else None
    actor = Actor(id=uuid4(), name="L", roles=(HeldRole(role, place),))
    phones = [make.device(tag=f"AB{n}", serial=f"x{n}y7") for n in range(3)]
    ending = [make.device(tag=f"T{n}AB", serial=f"z{n}y7") for n in range(3)]
    accounts = [make.account(handle=f"ab-{n}") for n in range(3)]
    issue(session, to=desk["fang"], devices=phones + ending, actor=make.actor())
    for account in accounts:
        issue(session, to=make.employee(department=desk["sales"]), accounts=[account], actor=SYSTEM)
    session.flush()

    answer = search(session, SearchQuery(q="ab"), actor=actor)

    found = Counter((hit.kind, hit.how) for hit in answer.items)
    assert found[FoundKind.DEVICE, HitHow.BEGINS] == 2
    assert found[FoundKind.DEVICE, HitHow.ENDS] == 2
    assert found[FoundKind.ACCOUNT, HitHow.BEGINS] == 2


def test_a_holder_finds_himself_and_what_he_holds(desk, find):
    wei = Actor(id=uuid4(), name="W", roles=(HeldRole(Role.EMPLOYEE),), employee_id=desk["wei"].id)

    assert {name for name, _how in find("wf06", wei)} == {"WF-0618"}
    assert find("王芳", wei) == []


def test_a_narrow_token_finds_no_more_than_it_may_list(desk, make, find):
    narrow = Actor(
        id=uuid4(),
        name="T",
        roles=(HeldRole(Role.OPERATOR),),
        only=frozenset({Permission.SIMS_READ}),
    )

    assert find("王芳", narrow) == []
    assert find("8810", narrow) == [("13912348810", HitHow.TAIL)]


def test_an_answer_takes_as_many_questions_whatever_is_found(desk, make, session, count_queries):
    asked, actor = SearchQuery(q="王芳", limit=100), make.actor()
    with count_queries() as few:
        search(session, asked, actor=actor)
    for number in range(30):
        make.employee(name=f"王芳{number}")
    session.flush()
    with count_queries() as many:
        answer = search(session, asked, actor=actor)

    assert len(answer.items) > 30
    assert len(many) == len(few)


def test_a_page_says_when_there_is_more(desk, make, session):
    answer = search(session, SearchQuery(q="wf", limit=1), actor=make.actor())

    assert (len(answer.items), answer.more) == (1, True)


def test_it_is_said_that_old_things_are_still_being_noted(desk, make, session, sessions):
    before = search(session, SearchQuery(q="E1037"), actor=make.actor())
    session.execute(delete(SearchTerm))
    session.commit()
    lost = search(session, SearchQuery(q="E1037"), actor=make.actor())
    session.commit()
    list(fill(sessions))
    after = search(session, SearchQuery(q="E1037"), actor=make.actor())

    assert [one.filling for one in (before, lost, after)] == [True, True, False]
    assert (lost.items, after.items[0].name) == ([], "E1037")


def test_accessories_are_found_by_their_word_and_by_both_names(make, session, find):
    session.add(AccessoryWord(word="tripod", zh="三脚架", en="tripod stand"))
    session.flush()

    for said in ("tripod", "三脚架", "sanjiaojia", "sjj", "tripdo"):
        assert find(said)[0][0] == "tripod", said
