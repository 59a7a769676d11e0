"""Two operators send the same form at the same moment, over two connections of the database.

One of them has done it; the other reads why not, on a page, and nothing is half done.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier

import pytest
from sqlalchemy import func, select

from fleet.access.actor import SYSTEM
from fleet.audit.queries import verify_trail
from fleet.contracts.access import Role
from fleet.contracts.papers import PaperIn, PaperKind
from fleet.custody.issuing import issue
from fleet.custody.models import Certificate, Holding
from fleet.custody.services import start_return
from fleet.devices.models import Device
from fleet.devices.queries import device
from fleet.keys.sources import load_keyring
from fleet.papers.models import Signature
from fleet.papers.services import make_paper
from fleet.people.models import Employee
from fleet.vault.tools import Tools
from tests.api.console.conftest import signed_in
from tests.api.console.visitor import MARK, Visitor, code_of
from tests.conftest import DIALECTS
from tests.factories import Make
from tests.fleet.applications.firm import Firm
from tests.fleet.custody.proofs import pass_every_check

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
ROUNDS = 3
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')


@pytest.fixture
def two(app, person) -> tuple[Visitor, Visitor]:
    """Give two people of the desk who are signed in."""
    for name in ("chen", "liu"):
        person(Role.OPERATOR, name)
    return signed_in(app, "chen"), signed_in(app, "liu")


def both(
    visitors: tuple[Visitor, Visitor], on: str, to: str, **typed: str | Callable[[str], str]
) -> str:
    """Have both open a page and send its form at once; return what the one who lost has read."""
    together = Barrier(2)

    def send(visitor: Visitor):
        page = visitor.get(on).text
        mark = MARK.search(page)
        fields = {name: said(page) if callable(said) else said for name, said in typed.items()}
        together.wait(30)
        return visitor.client.post(to, data={"csrf_token": mark[1], **fields})

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, visitors))
    won = [one for one in answers if one.status_code == 303]
    lost = [one for one in answers if one.status_code == 409]
    assert (len(won), len(lost)) == (1, 1), [one.status_code for one in answers]
    assert 'id="refusal"' in lost[0].text
    return code_of(lost[0])


def hidden(name: str) -> Callable[[str], str]:
    def read(page: str) -> str:
        [field] = [one for one in HIDDEN.findall(page) if f'name="{name}"' in one]
        return unescape(re.search(r'value="([^"]*)"', field)[1])

    return read


@pytest.fixture
def whole(sessions):
    yield
    with sessions() as session:
        assert verify_trail(session).whole


def test_of_two_who_correct_one_entry_the_second_is_shown_what_the_first_wrote(
    two, stored, sessions, whole
):
    for n in range(ROUNDS):
        with stored() as make:
            make.device(tag=f"WF-1{n:03}", serial=f"S{n}")
        page = f"/phones/WF-1{n:03}/edit"

        code = both(two, page, page, seen=hidden("seen"), note=f"note {n}", tag=f"WF-1{n:03}")

        assert code == "entry_moved_on"
        with sessions() as session:
            assert (
                session.scalar(select(Device.note).where(Device.serial == f"S{n}")) == f"note {n}"
            )


def test_of_two_who_enter_one_thing_the_second_hears_that_it_is_known(two, sessions, whole):
    for n in range(ROUNDS):
        new = "/registers/phones/new"
        code = both(two, new, new, serial=f"8A7X000{n}", tag=f"WF-2{n:03}")
        assert code in {"serial_taken", "tag_taken", "changed_meanwhile"}
    with sessions() as session:
        assert session.scalar(select(func.count(Device.id))) == ROUNDS


def test_of_two_who_accept_one_phone_one_makes_the_certificate(two, stored, sessions, whole):
    for n in range(ROUNDS):
        tag = f"WF-3{n:03}"
        with stored() as make:
            phone = make.device(tag=tag)
            issue(make.session, to=make.employee(), devices=[phone], actor=SYSTEM)
            start_return(make.session, phone, actor=SYSTEM)
            pass_every_check(make.session, device(make.session, tag), actor=SYSTEM)

        page = f"/phones/{tag}/accept"
        assert both(two, page, page, witness="陈浩") in {"move_not_allowed", "not_held"}
    with sessions() as session:
        assert session.scalar(select(func.count(Certificate.id))) == ROUNDS
        assert session.scalars(select(Holding.id).where(Holding.returned_at.is_(None))).all() == []


def test_of_two_who_decide_a_waiver_one_has_decided(app, person, two, stored, whole):
    for name in ("wang", "zhao"):
        person(Role.ADMINISTRATOR, name)
    above = signed_in(app, "wang"), signed_in(app, "zhao")
    for n in range(ROUNDS):
        tag = f"WF-4{n:03}"
        with stored() as make:
            phone = make.device(tag=tag)
            issue(make.session, to=make.employee(), devices=[phone], actor=SYSTEM)
            start_return(make.session, phone, actor=SYSTEM)
        two[0].send(f"/phones/{tag}/gate/pin/waive", reason="broken screen")
        found = re.search(r"/waivers/WV-[\d-]+", two[0].get("/waivers?state=asked").text)

        code = both(above, f"{found[0]}/decide", f"{found[0]}/grant", note="I have seen it")
        assert code == "waiver_decided"


def test_of_two_who_attest_one_signature_one_has(two, stored, sessions, whole):
    for _round in range(ROUNDS):
        with stored() as make:
            phone, ann = make.device(), make.employee(name="Ann")
            issue(make.session, to=ann, devices=[phone], actor=SYSTEM)
            form = PaperIn(kind=PaperKind.ISSUE_FORM, subject=phone.tag)
            paper = make_paper(make.session, form, actor=SYSTEM)
            number, digest = paper.number, paper.digest

        typed = {"role": "holder", "name": "Ann", "identity": "staff card", "digest": digest}
        code = both(two, f"/sign/{number}", f"/sign/{number}/attest", **typed)
        assert code == "role_signed"
    with sessions() as session:
        assert session.scalar(select(func.count(Signature.id))) == ROUNDS


def test_a_form_that_offers_departments_is_shown_again_after_a_clash(two, stored, sessions, whole):
    with stored() as make:
        make.department(code="S", name="销售部")
    new = "/registers/employees/new"
    for n in range(ROUNDS):
        code = both(two, new, new, number=f"E7{n}", name="林晓", department="S")
        assert code in {"employee_number_taken", "changed_meanwhile"}
    with sessions() as session:
        assert session.scalar(select(func.count(Employee.id))) == ROUNDS


def test_of_two_who_hand_out_one_application_one_has(two, sessions, settings, whole):
    with sessions() as session:
        firm = Firm(session, Tools(load_keyring(settings), settings), Make(session))
        firm.phone(tag="WF-0009")
        found = firm.reserved()
        firm.sign(found)
        at = f"/applications/{found.number}"
        session.commit()

    assert both(two, at, f"{at}/issue", condition="new") == "application_move_not_allowed"

    with sessions() as session:
        held = select(func.count(Holding.id)).join(Holding.device).where(Device.tag == "WF-0009")
        assert session.scalar(held) == 1


def test_of_two_who_decide_a_proposal_one_has_decided(two, stored, sessions, whole):
    with stored() as make:
        make.department(code="S")
    for n in range(ROUNDS):
        with stored() as make:
            number = make.proposal(employee=f"E5{n}", name="林晓").number
        at = f"/proposals/{number}"
        assert both(two, at, f"{at}/accept") == "proposal_decided"
