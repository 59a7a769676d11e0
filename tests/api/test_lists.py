"""Every list is read in a fixed number of queries, however many rows it shows."""

import random
from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from pyrage import x25519
from sqlalchemy import Engine, event, select

from api.client import Client
from fleet.access.actor import SYSTEM
from fleet.backups.models import BegunBackup
from fleet.backups.storage import pack_name
from fleet.compliance.findings import open_finding
from fleet.contracts.access import Role
from fleet.contracts.accessories import AccessoryIn, AccessoryWordIn
from fleet.contracts.applications import (
    ApplicationIn,
    ApplicationPolicyIn,
    KitIn,
    PhoneWish,
    Term,
    Wants,
)
from fleet.contracts.bin import DeleteIn, RecordKind
from fleet.contracts.cases import CaseKind, LadderIn, LeavingIn, RungIn, RungTo
from fleet.contracts.clock import now
from fleet.contracts.compliance import CompliancePolicyIn
from fleet.contracts.credentials import AdoptIn, CredentialKind, DiscloseIn
from fleet.contracts.custody import CheckName, IssueIn
from fleet.contracts.escrow import EscrowKeyIn
from fleet.contracts.facts import App, PhoneFacts
from fleet.contracts.findings import Rule
from fleet.contracts.keeping import Depth, FaultKind, PreservationIn, Purpose, RetentionIn
from fleet.contracts.offline import Why
from fleet.contracts.openings import OpeningIn, OpeningPurpose
from fleet.contracts.papers import PaperIn, PaperKind
from fleet.contracts.plans import Plan, PlanIn
from fleet.contracts.playbooks import PlaybookIn
from fleet.contracts.policies import PolicyIn
from fleet.contracts.ports import TrayIn
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyPlanIn
from fleet.contracts.requests import RequestIn
from fleet.contracts.rotation import RotateIn
from fleet.contracts.stocktakes import StocktakeCloseIn, StocktakeIn, StocktakeScope
from fleet.contracts.views import ViewIn
from fleet.contracts.waivers import WaiverIn
from fleet.contracts.work_apps import WECHAT
from fleet.custody.models import Certificate
from fleet.devices.queries import device
from fleet.keeping.checking import begin
from fleet.keeping.deleting import delete_backup
from fleet.keeping.drills import plan_drill
from fleet.keeping.faults import Wrong, note_wrong
from fleet.remedies.models import Apk
from fleet.requests.models import Delegation
from fleet.stations.models import Station
from tests.conftest import DIALECTS
from tests.effort import TIMES
from tests.fleet.keeping.shelf import Shelf
from tests.photographs import JPEG, said_of

# How many rows a page is given, and how many more the second time.
FEW, MORE = 2, 12

A_PHONE = Wants(phone=PhoneWish())

LISTS = [
    "accessories",
    "accessory-words",
    "accounts",
    "apks",
    "application-policies",
    "applications",
    "audit",
    "backup-deletions",
    "backups",
    "bin",
    "begun-backups",
    "builds",
    "case-ladders",
    "cases",
    "certificates",
    "compliance-policies",
    "credentials",
    "delegations",
    "departments",
    "devices",
    "directory/proposals",
    "disclosure-requests",
    "employees",
    "escrow-keys",
    "findings",
    "incidents",
    "jobs",
    "kits",
    "naming/deviations",
    "naming/rules",
    "loans",
    "openings",
    "partners",
    "papers",
    "photos",
    "password-policies",
    "plans",
    "playbooks",
    "preservations",
    "remedies",
    "requests",
    "restore-drills",
    "retention-policies",
    "rotations",
    "rotations/due",
    "sims",
    "stations",
    "stations/ports",
    "stocktake-differences",
    "stocktakes",
    "storage-checks",
    "storage-faults",
    "tasks",
    "users",
    "views",
    "violations",
    "waivers",
]

# A case is worked out anew from the proofs of everything its person holds.
# What is due hangs on the policies, and each line says to whom and where it belongs.
# Tasks are asked of each room that has some.
MOST_QUERIES = {"tasks": 12, "cases": 40, "rotations/due": 12}


def _delete(operator: Client, departments: Sequence[str]) -> None:
    """Put entries that were a slip into the bin."""
    for code in departments:
        double = {"kind": RecordKind.DEPARTMENT, "name": code, "reason": "test"}
        operator.delete_record(DeleteIn(**double))


@pytest.fixture
def fill(client, stored, tools) -> Callable[[int], None]:
    """Add rows to every list: people who hold things on which something is to be done."""
    operator, security = client(Role.OPERATOR), client(Role.SECURITY)
    book = PlaybookIn(book=operator.playbook("wechat-zh-page").book, reason="test")

    empty = PlanIn(plan=Plan(title={"zh": "测试", "en": "test"}), reason="test")

    def add(rows: int) -> None:
        with stored() as make:
            people = [make.employee() for _ in range(rows)]
            phones = [make.device() for _ in range(rows)]
            accounts = [make.account(device=phone) for phone in phones]
            cards = [make.sim() for _ in range(rows)]
            spare = [make.device().tag for _ in range(rows)]
            doubles = [make.department().code for _ in range(rows)]
            places = [person.department.code for person in people]
            numbers = [person.number for person in people]
            given = [
                IssueIn(
                    to=number,
                    devices=[phone.tag],
                    sims=[card.number],
                    accounts=[it.handle],
                    accessories=[AccessoryIn(word="charger")],
                    until=date(2099, 12, 31),
                )
                for number, phone, card, it in zip(numbers, phones, cards, accounts, strict=True)
            ]
            for person, phone in zip(people, phones, strict=True):
                make.user()
                make.build()
                paper = {"number": f"CC-{phone.tag}", "accepted_by": "test", "checks": []}
                moment = {"accepted_at": now(), "kit": {}}
                make.session.add(Certificate(device=phone, employee=person, **paper, **moment))
                terms = {"begins_at": now(), "ends_at": now(), "made_at": now(), "reason": "test"}
                make.session.add(Delegation(head=person, delegate=person, **terms))
                make.partner()
                make.proposal()
            _deviate(make, accounts, people)
        _delete(operator, doubles)
        bench = operator.stations().items[0].name
        for tag in spare:
            operator.save_view(ViewIn(name=tag, list="devices", query={}, shared=True))
            operator.name_tray(bench, TrayIn(port=f"usb:{tag}", label=tag))
        for tag, place in zip(spare, places, strict=True):
            kind = CredentialKind.DEVICE_PIN
            known = AdoptIn(kind=kind, value=SecretStr("735184"), reason="test")
            operator.adopt_device_pin(tag, known)
            security.set_policy(PolicyIn(kind=kind, department=place, reason="test"))
            terms = CompliancePolicyIn(department=place, reason="test", document={})
            security.set_compliance_policy(terms)
            security.set_playbook(f"of-{place.lower()}", book)
            security.edit_plan(f"of-{place.lower()}", empty)
            asked = ApplicationPolicyIn(term=Term.LOAN, department=place, reason="test")
            security.set_application_policy(asked)
            operator.set_kit(f"of-{place.lower()}", KitIn(title="test", wants=A_PHONE))
        for issue in given:
            operator.issue(issue)
            operator.make_paper(PaperIn(kind=PaperKind.ISSUE_FORM, subject=issue.devices[0]))
            operator.attach_photo(issue.devices[0], [JPEG], said_of())
            operator.make_application(ApplicationIn(holder=issue.to, reason="test", wants=A_PHONE))
            backup = operator.back_up(issue.devices[0])
            why = {"purpose": OpeningPurpose.DRILL, "reason": "test"}
            security.ask_opening(OpeningIn(backup=backup.number, **why))
            recipient = str(x25519.Identity.generate().to_public())
            kept = {"kept_by": "Zhao", "kept_at": "bank", "reason": "test"}
            key = EscrowKeyIn(name=backup.number, recipient=recipient, **kept)
            security.add_escrow_key(key)
            operator.ask_waiver(issue.devices[0], WaiverIn(check=CheckName.PIN, reason="test"))
            word = f"of-{issue.devices[0].lower()}"
            operator.set_accessory_word(AccessoryWordIn(word=word, zh="测试", en="test"))
            asked = RotateIn(kind=CredentialKind.DEVICE_PIN, reason="test")
            operator.rotate_device_pin(issue.devices[0], asked)
            look = DiscloseIn(kind=CredentialKind.DEVICE_PIN, reason="test")
            operator.request_device_pin(issue.devices[0], look)
            change = RequestIn(
                kind=CredentialKind.DEVICE_PIN, subject=issue.devices[0], reason="test"
            )
            operator.ask_for_change(change)
            leaving = LeavingIn(employee=issue.to, by=date(2099, 12, 31))
            operator.open_leaving_case(leaving)
        _ladders(security, places)
        with stored() as make:  # each is a finding, an incident and a draft of a violation
            for phone in phones:
                here = make.session.merge(phone, load=False)
                told = {"since": None, "digest": None, "actor": SYSTEM}
                open_finding(make.session, tools, here, Rule.PIN_REFUSED, **told)

        _keep_and_delete(stored, tools, [issue.devices[0] for issue in given], places, security)
        _remedies(stored, operator, spare)
        for place in places:
            made = operator.plan_stocktake(StocktakeIn(scope=StocktakeScope(departments=[place])))
            operator.close_stocktake(made.number, StocktakeCloseIn())

    return add


def _deviate(make, accounts, people) -> None:
    """Have accounts be called as no rule says, and give each department a rule."""
    for account, person in zip(accounts, people, strict=True):
        make.deviation(account)
        make.naming_rule(person.department)


def _begun(make, device_tag) -> None:
    """Leave word of a backup that a station began, and that was refused."""
    station = make.session.scalars(select(Station)).first()
    phone = device(make.session, device_tag)
    told = {"begun_at": now(), "heard_at": now(), "why": Why.DUE, "job_id": uuid4()}
    refused = {"refusal": "holder_changed", "details": {"tag": device_tag}}
    row = BegunBackup(
        id=uuid4(), station=station, device=phone, serial=phone.serial, **told, **refused
    )
    make.session.add(row)


def _ladders(security, places) -> None:
    """Say what happens in each department if nothing is done about who leaves."""
    for place in places:
        rungs = [RungIn(days=7, to=RungTo.HEAD)]
        told = {"kind": CaseKind.LEAVING, "department": place, "reason": "test"}
        security.set_ladder(LadderIn(rungs=rungs, **told))


def _keep_and_delete(stored, tools, tags, places, security) -> None:
    """Preserve what there is of some phones, and mark a stored backup of each other one."""
    for tag, place in zip(tags, places, strict=True):
        security.place_preservation(PreservationIn(device=tag, reason="test"))
        terms = RetentionIn(purpose=Purpose.ROUTINE, department=place, reason="test")
        security.set_retention(terms)
    with stored() as make:
        shelf = Shelf(make.session, tools.settings, make)
        for tag in tags:
            _begun(make, tag)
            marked = shelf.backup(f"of {tag}")
            delete_backup(make.session, marked, reason="test", actor=SYSTEM)
            tried = shelf.backup(f"{tag} again")
            plan_drill(make.session, tried, reason="test", actor=SYSTEM)
            wrong = Wrong(pack_name(tried.packs[0].digest), FaultKind.ABSENT)
            note_wrong(make.session, wrong, by="test", actor=SYSTEM)
            begin(make.session, Depth.QUICK, actor=SYSTEM).ended_at = now()
            make.session.flush()


def _remedies(stored, operator, tags) -> None:
    """Have a door closed on each phone, once a station has seen it, and an app updated."""
    with stored() as make:
        for number, tag in enumerate(tags):
            phone = device(make.session, tag)
            app = App(package=WECHAT, version_code=1, users=(0,))
            seen = PhoneFacts(apps=(app,), probed_at=now())
            phone.facts, phone.last_seen_at = seen.model_dump(mode="json"), now()
            told = {"added_at": now(), "added_by": "Liu Yang", "certificate": "c" * 64}
            digest = sha256(tag.encode()).hexdigest()
            file = {"version_code": 2, "package": WECHAT if not number else tag, "size": 1}
            make.session.add(Apk(digest=digest, trusted_by="Zhao", **told, **file))
    operator.plan_remedies(RemedyPlanIn(devices=tags, action=RemedyAction.CLOSE_WIRELESS))
    given = {"action": RemedyAction.UPDATE_APP, "package": WECHAT}
    operator.plan_remedies(RemedyPlanIn(devices=tags, **given))


def count(engine: Engine, client: FlaskClient, url: str) -> tuple[int, int]:
    """Return the rows of an answer and the statements that were sent for it."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    answer = client.get(url)
    event.remove(engine, "before_cursor_execute", note)
    return len(answer.json["items"]), len(sent)


@pytest.mark.parametrize("enrolled", [("bench-1", "bench-2", "bench-3")], ids=["stations"])
def test_a_longer_list_takes_no_more_queries(
    fill, engine, administrator, enrol, enrolled, subtests
):
    enrol("bench-0")
    fill(FEW)
    few = {name: count(engine, administrator, f"/api/v1/{name}?limit=1000") for name in LISTS}
    for name in enrolled:
        enrol(name)
    fill(MORE)

    for name in LISTS:
        with subtests.test(name):
            rows, queries = count(engine, administrator, f"/api/v1/{name}?limit=1000")
            assert rows > few[name][0]
            assert queries == few[name][1]
            assert queries <= MOST_QUERIES.get(name, 9)


def pages_of(client: FlaskClient, url: str) -> list[object]:
    """Return what all pages of a list show, read one after the other."""
    items, after = [], ""
    while True:
        answer = client.get(f"{url}&limit=2{after}")
        assert answer.status_code == 200, answer.json
        items += answer.json["items"]
        if answer.json["next"] is None:
            return items
        after = f"&after={answer.json['next']}"


def sorts_of(client: FlaskClient, name: str) -> list[str]:
    """Return some of what a list can be sorted by, which it says when asked for something else."""
    answer = client.get(f"/api/v1/{name}?sort=nonsense")
    known = answer.json["details"]["known"].split(", ")
    sorts = ["", *known, *(f"-{sort}" for sort in known)]
    # Half of them, others in each run; all of them with effort.
    return sorts if TIMES > 1 else random.sample(sorts, (len(sorts) + 1) // 2)


@pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
def test_pages_in_any_order_show_every_row_once(fill, administrator, client, enrol, subtests):
    for name in ("bench-1", "bench-2", "bench-3"):
        enrol(name)
    fill(5)
    client(Role.OPERATOR).cancel_job(client(Role.OPERATOR).jobs().items[0].id)

    for name in sorted(set(LISTS) - {"users"}):  # the same ones by the same seed
        for sort in sorts_of(administrator, name):
            with subtests.test(f"{name} by {sort}"):
                asked = f"/api/v1/{name}?sort={sort}" if sort else f"/api/v1/{name}?"
                whole = administrator.get(f"{asked}&limit=1000").json["items"]
                assert len(whole) > 2
                assert pages_of(administrator, asked) == whole


def test_every_list_is_counted(app):
    listed = {
        rule.rule.removeprefix("/api/v1/")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[2].startswith("list_")
    }

    assert listed == set(LISTS)


def test_users_are_listed_with_their_departments_and_numbers(client_of, administrator):
    client_of(Role.MANAGER), client_of(Role.EMPLOYEE)
    answer = administrator.get("/api/v1/users?sort=username")
    employee, _founder, manager = answer.json["items"]

    assert employee["employee"].startswith("E")
    assert manager["roles"][0]["department"].startswith("D")
