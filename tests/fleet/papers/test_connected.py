"""Papers and the rooms that ask for them: the return gate, accessories, waivers, stock-takes."""

import pytest

from fleet.contracts.access import Role
from fleet.contracts.accessories import (
    AccessoryBackIn,
    AccessoryIn,
    AccessoryMissingIn,
    Condition,
)
from fleet.contracts.custody import CheckName
from fleet.contracts.papers import PaperIn, PaperKind, PaperRole
from fleet.contracts.proof import Level
from fleet.contracts.stocktakes import StocktakeIn
from fleet.custody.acceptance import accept
from fleet.custody.accessories import Back, Kit, hand_out, take_back
from fleet.custody.gate import gate
from fleet.custody.issuing import issue
from fleet.custody.services import start_return
from fleet.papers.errors import NotCountedYet
from fleet.papers.returns import signings
from fleet.papers.services import make_paper, void_paper
from fleet.papers.signing import attest, sign
from fleet.stocktakes import services as stocktakes
from tests.fleet.custody.proofs import pass_every_check, waive
from tests.fleet.papers.hands import attested, in_person, signed

KIT = Kit(
    accessories=[AccessoryIn(word="charger"), AccessoryIn(word="cable", count=2)],
    condition=Condition.NEW,
    note="with its film",
)


@pytest.fixture
def desk(make):
    return in_person(make.actor(Role.OPERATOR, "Liu Yang"))


@pytest.fixture
def ann(make):
    return make.employee(name="王芳")


@pytest.fixture
def phone(session, make, ann, desk):
    device = make.device(tag="WF-0311")
    issued = issue(session, to=ann, devices=[device], actor=desk)
    hand_out(session, issued.holdings, KIT, actor=desk)
    return device


def of(session, kind, subject, actor):
    return make_paper(session, PaperIn(kind=kind, subject=subject), actor=actor)


def check(session, device):
    return next(one for one in gate(session, device).checks if one.check is CheckName.SIGNATURES)


def test_an_issue_form_names_what_went_out_beside_the_phone_and_how_it_looked(session, phone, desk):
    said = str(of(session, PaperKind.ISSUE_FORM, phone.tag, desk).content)

    assert "数据线×2、充电器×1" in said
    assert "charger ×1" in said
    assert "with its film" in said


def test_a_return_slip_opens_the_gate_once_both_have_signed_it(session, phone, ann, desk, make):
    start_return(session, phone, actor=desk)
    given = Back(
        accessories=[AccessoryBackIn(word="charger")],
        missing=[AccessoryMissingIn(word="cable", note="left on the train")],
    )
    take_back(session, phone, given, actor=desk)
    assert check(session, phone).ok

    slip = of(session, PaperKind.RETURN_SLIP, phone.tag, desk)

    assert "left on the train" in str(slip.content)
    waits = check(session, phone)
    assert (waits.ok, slip.number in waits.sentence) == (False, True)
    hers = in_person(make.actor(Role.EMPLOYEE), ann)
    sign(session, slip, signed(slip, PaperRole.HOLDER), actor=hers)
    assert not check(session, phone).ok
    sign(session, slip, signed(slip, PaperRole.RECEIVER), actor=desk)
    done = check(session, phone)
    assert (done.ok, done.level) == (True, Level.OBSERVED)
    assert {proof.digest for proof in done.proofs} == {slip.digest}


def test_an_exit_sheet_counts_where_there_is_no_slip(session, phone, ann, desk):
    start_return(session, phone, actor=desk)
    sheet = of(session, PaperKind.EXIT_SHEET, ann.number, desk)
    for role, name in ((PaperRole.HOLDER, "王芳"), (PaperRole.IT, "陈浩")):
        attest(session, sheet, attested(sheet, role, name), actor=desk)
    assert (check(session, phone).ok, check(session, phone).level) == (True, Level.DECLARED)

    slip = of(session, PaperKind.RETURN_SLIP, phone.tag, desk)
    assert slip.number in check(session, phone).sentence
    void_paper(session, slip, reason="misprint", actor=desk)
    assert sheet.number in check(session, phone).sentence


def test_a_paper_of_before_the_return_proves_nothing_of_it(session, phone, desk):
    of(session, PaperKind.RETURN_SLIP, phone.tag, desk)

    start_return(session, phone, actor=desk)

    assert "No exit paper" in check(session, phone).sentence


def test_many_returns_are_asked_about_in_two_queries(session, make, desk, count_queries):
    def returning(count):
        phones = [make.device() for _ in range(count)]
        for device in phones:
            issue(session, to=make.employee(), devices=[device], actor=desk)
            start_return(session, device, actor=desk)
            of(session, PaperKind.RETURN_SLIP, device.tag, desk)
        returns = {device.id: device.returning_since for device in phones}
        session.expire_all()
        with count_queries() as sent:
            assert len(signings(session, returns)) == count
        return len(sent)

    assert returning(2) == returning(7) == 2


def test_a_clearance_names_waivers_with_their_reasons_and_what_is_missing(
    session, phone, desk, make
):
    start_return(session, phone, actor=desk)
    missing = [
        AccessoryMissingIn(word=word, note="left on the train") for word in ("charger", "cable")
    ]
    take_back(session, phone, Back(missing=missing), actor=desk)
    boss = make.actor(Role.ADMINISTRATOR, "Qian Wei")
    waive(session, phone, check=CheckName.PIN, reason="the screen is broken", actor=boss)
    pass_every_check(session, phone, actor=boss)

    number = accept(session, phone, actor=desk).certificate.number
    said = str(of(session, PaperKind.CLEARANCE, number, desk).content)

    assert "Qian Wei" in said
    assert "left on the train" in said
    assert "WV-" in said


def test_a_stock_take_has_a_sheet_once_it_is_closed(session, make, desk):
    gone = make.device()
    counting = make.actor(Role.OPERATOR, "Liu Yang")
    one = stocktakes.plan(session, StocktakeIn(), actor=counting)
    stocktakes.begin(session, one.number, actor=counting)
    with pytest.raises(NotCountedYet):
        of(session, PaperKind.STOCKTAKE_SHEET, one.number, desk)
    stocktakes.close(session, one.number, actor=counting)

    sheet = of(session, PaperKind.STOCKTAKE_SHEET, one.number, desk)

    assert sheet.number == one.number
    assert gone.tag in str(sheet.content)
    assert sheet.party(PaperRole.HANDLER).name == "Liu Yang"


def test_differences_stand_on_the_sheet_in_the_order_of_their_names(session, make, desk):
    for number in (3, 1, 4, 2, 5):
        make.device(tag=f"WF-000{number}")
    counting = make.actor(Role.OPERATOR, "Liu Yang")
    one = stocktakes.plan(session, StocktakeIn(), actor=counting)
    stocktakes.begin(session, one.number, actor=counting)
    stocktakes.close(session, one.number, actor=counting)

    sheet = of(session, PaperKind.STOCKTAKE_SHEET, one.number, desk)

    names = [row[1] for part in sheet.said.sections if part.grid for row in part.grid.rows]
    assert names == [f"WF-000{number}" for number in range(1, 6)]
