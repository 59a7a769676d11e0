"""The issue form of an application: what both have signed is what was handed out, or nothing is."""

from hashlib import sha256

import pytest

from fleet.access.errors import NotAllowed
from fleet.applications import errors
from fleet.applications.policies import set_policy
from fleet.applications.releasing import let_lapse
from fleet.applications.reserving import reserve
from fleet.applications.services import withdraw
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.accessories import Condition
from fleet.contracts.applications import (
    ApplicationPolicyIn,
    ApplicationState,
    ReserveIn,
    Signed,
    Term,
    Wants,
)
from fleet.contracts.papers import PaperIn, PaperKind, PaperRole, PaperState, ScanQuery
from fleet.custody.queries import held_by
from fleet.devices.lifecycle import Move
from fleet.devices.services import move_device
from fleet.papers.errors import (
    FormMovedOn,
    FormOfIssueThere,
    HandsToHimself,
    HolderSignsFirst,
    PaperHasSignatures,
    PaperNotValid,
    SignedInAnotherRole,
)
from fleet.papers.scans import attach
from fleet.papers.services import make_paper, plan_paper, void_paper
from fleet.papers.signing import attest, sign
from tests.fleet.applications.firm import A_PHONE, Firm
from tests.fleet.papers.hands import attested, in_person, signed

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture of both signatures"
KIT = Wants.model_validate(
    {"phone": {}, "sim": {}, "account": "wechat", "accessories": ["charger", "cable"]}
)


class Handing(Firm):
    """The same company, where Liu is signed in at the desk and both sign a form."""

    def __post_init__(self):
        super().__post_init__()
        self.liu = in_person(self.liu)

    def form(self, one, **given):
        asked = PaperIn(kind=PaperKind.ISSUE_FORM, subject=one.number, **given)
        return make_paper(self.session, asked, actor=self.liu)

    def ready(self, wants=A_PHONE, **given):
        self.phone(tag="WF-0617")
        one = self.reserved(wants)
        return one, self.form(one, **given)

    def holder_signs(self, paper):
        sign(self.session, paper, signed(paper, PaperRole.HOLDER), actor=self.as_(self.ann))

    def handler_signs(self, paper, by=None, told=None):
        given = signed(paper, PaperRole.HANDLER)
        sign(self.session, paper, given, actor=by or self.liu, told=told)

    def scanned(self, paper, *roles, by=None):
        told = {"digest": sha256(PNG).hexdigest(), "size": len(PNG), "roles": ",".join(roles)}
        attach(self.session, self.tools, paper, [PNG], ScanQuery(**told), actor=by or self.liu)

    def refused(self, refusal, verb, *given, **more):
        """Expect a refusal, of which nothing is left behind."""
        self.session.commit()
        with pytest.raises(refusal):
            verb(*given, **more)
        self.session.rollback()


@pytest.fixture
def firm(session, tools, make) -> Handing:
    return Handing(session, tools, make)


def text_of(paper) -> str:
    return str(paper.content)


def test_what_both_sign_is_handed_out_with_the_second_signature(firm):
    one, paper = firm.ready(KIT_OF_PHONE, condition=Condition.GOOD, condition_note="a scratch")

    firm.holder_signs(paper)
    assert (one.state, one.signed_how) == (ApplicationState.SIGNED, Signed.BY_HOLDER)
    assert one.agreement == paper.digest
    assert "公司所有" in one.agreed
    told = []
    firm.handler_signs(paper, told=told)

    assert one.state is ApplicationState.ISSUED
    [holding] = held_by(firm.session, firm.ann)
    assert (holding.name, holding.condition, holding.condition_note) == (
        "WF-0617",
        Condition.GOOD,
        "a scratch",
    )
    assert {each.word for each in holding.accessories} == {"charger", "cable"}
    assert "WF-0617: now with Ann (E1)." in told
    names = [event.name for event in recorded(firm.session)]
    assert names.index("application.signed") < names.index("application.issued")


KIT_OF_PHONE = Wants.model_validate({"phone": {}, "accessories": ["charger", "cable"]})


def test_the_form_says_all_that_is_handed_out_and_agreed_to(firm, make):
    sim = make.sim(carrier="中国移动", plan="5G 59", registered_owner="某某有限公司")
    firm.account(handle="wx-1", registrant="Gone", number=sim.number)
    firm.asks("head", agreement="I lend it to nobody.\nI bring it back.")
    phone = firm.phone(tag="WF-0617")
    phone.colour, phone.owner_id = "黑色 256GB", firm.wei.id
    one = firm.reserved(KIT)

    paper = firm.form(one, condition=Condition.NEW, condition_note="with its film")

    for said in (
        *("WF-0617", "黑色 256GB", "Wei (", sim.number, "5G 59", "某某有限公司", "wx-1", "Gone"),
        *("充电器×1", "charger ×1", "with its film", one.number, one.reason, "go ahead"),
        *("I bring it back.", "文本版本", "WeChat's terms give use to its registrant"),
    ):
        assert said in text_of(paper)
    assert [party.role for party in paper.parties] == [PaperRole.HOLDER, PaperRole.HANDLER]


def test_everything_of_the_kit_goes_out_by_one_form_and_the_registrant_is_on_it(firm, make):
    firm.account(handle="wx-1", registrant="Gone"), make.sim()
    one, paper = firm.ready(KIT)

    firm.holder_signs(paper)
    told = []
    firm.handler_signs(paper, told=told)

    assert len(held_by(firm.session, firm.ann)) == 3
    assert "first registered by Gone" in " ".join(told)
    assert one.state is ApplicationState.ISSUED


@pytest.mark.parametrize("roles", [("holder", "handler"), ("handler", "holder")])
def test_a_scan_of_both_signatures_hands_it_out_once_it_is_accepted(firm, roles):
    one, paper = firm.ready()

    firm.scanned(paper, *roles)

    assert (one.state, one.signed_how) == (ApplicationState.ISSUED, Signed.ON_PAPER)
    assert len(held_by(firm.session, firm.ann)) == 1
    firm.scanned(paper, *roles)  # sent again, it changes nothing
    assert len(paper.scans) == 1


def test_a_person_who_signs_at_the_desk_is_attested_there(firm):
    one, paper = firm.ready()

    given = attested(paper, PaperRole.HOLDER, "Ann")
    attest(firm.session, paper, given, actor=firm.liu)
    firm.handler_signs(paper)

    assert (one.state, one.signed_how) == (ApplicationState.ISSUED, Signed.AT_THE_DESK)
    assert one.signed_by == "Liu"


def test_the_handler_signs_last(firm):
    one, paper = firm.ready()

    firm.refused(HolderSignsFirst, firm.handler_signs, paper)
    firm.refused(HolderSignsFirst, firm.scanned, paper, "handler")

    assert (one.state, paper.signatures) == (ApplicationState.RESERVED, [])


def test_only_who_may_hand_things_out_signs_as_handler(firm):
    _one, paper = firm.ready()
    firm.holder_signs(paper)

    firm.refused(NotAllowed, firm.handler_signs, paper, in_person(firm.of(Role.SECURITY)))


def test_nobody_hands_anything_to_himself_nor_says_of_himself_that_he_has_signed(firm, make):
    _one, paper = firm.ready()
    her_desk = in_person(make.actor(Role.OPERATOR, "Ann at the desk"), firm.ann)

    firm.refused(HandsToHimself, firm.scanned, paper, "holder", by=her_desk)
    attest(firm.session, paper, attested(paper, PaperRole.HOLDER, "Ann"), actor=firm.liu)
    firm.refused((HandsToHimself, SignedInAnotherRole), firm.handler_signs, paper, her_desk)


def test_what_is_not_prepared_is_not_signed_for(firm):
    firm.phone(tag="BARE", pin=None)
    one = firm.reserved()
    paper = firm.form(one)

    firm.refused(errors.NotPrepared, firm.holder_signs, paper)

    assert (one.state, paper.signatures) == (ApplicationState.RESERVED, [])


def test_other_things_make_the_form_void_and_what_was_signed_counts_no_more(firm):
    one, paper = firm.ready()
    firm.holder_signs(paper)
    firm.phone(tag="BETTER", patch="2026-12-01")

    reserve(firm.session, one, ReserveIn(), actor=firm.liu)

    assert (paper.state, one.form) == (PaperState.VOID, None)
    assert (one.state, one.agreement) == (ApplicationState.RESERVED, None)
    firm.refused(PaperNotValid, firm.handler_signs, paper)
    assert held_by(firm.session, firm.ann) == []
    again = firm.form(one)
    assert "BETTER" in text_of(again)


@pytest.mark.parametrize("how", ["withdrawn", "lost", "late"])
def test_the_form_of_what_is_set_aside_no_more_is_void(firm, how):
    one, paper = firm.ready()
    firm.holder_signs(paper)
    if how == "withdrawn":
        withdraw(firm.session, one, note="not needed", actor=firm.as_(firm.ann))
    elif how == "lost":
        phone = one.set_aside[0].device
        move_device(firm.session, phone, move=Move.LOSE, reason="gone", actor=firm.liu)
    else:
        one.set_aside[0].until = one.asked_at
        firm.session.flush()
        assert let_lapse(firm.session) == 1

    assert (paper.state, one.form) == (PaperState.VOID, None)
    assert "not reserved any more" in paper.void_reason
    firm.refused(PaperNotValid, firm.handler_signs, paper)


def test_a_form_that_would_say_something_else_now_is_signed_by_nobody(firm):
    one, paper = firm.ready()
    firm.holder_signs(paper)
    one.set_aside[0].device.colour = "red"

    firm.refused(FormMovedOn, firm.handler_signs, paper)
    firm.refused(PaperHasSignatures, firm.form, one)
    again = firm.form(one, replace=True)

    assert (paper.state, one.state) == (PaperState.REPLACED, ApplicationState.RESERVED)
    assert "application.unsigned" in [event.name for event in recorded(firm.session)]
    firm.holder_signs(again)
    firm.handler_signs(again)
    assert one.state is ApplicationState.ISSUED


def test_another_text_is_read_and_signed_anew(firm):
    _one, paper = firm.ready()
    policy = ApplicationPolicyIn(term=Term.PERMANENT, reason="law", agreement="I bring it back.")
    set_policy(firm.session, policy, actor=firm.of(Role.SECURITY))

    firm.refused(FormMovedOn, firm.holder_signs, paper)


def test_beside_a_form_nothing_is_signed_or_handed_out(firm):
    one, paper = firm.ready()
    firm.refused(errors.SignedOnItsForm, firm.sign, one)
    firm.holder_signs(paper)

    firm.refused(errors.SignedOnItsForm, firm.issue, one)


def test_a_void_form_gives_the_application_back_and_one_it_was_issued_by_stays(firm):
    one, paper = firm.ready()
    firm.holder_signs(paper)
    void_paper(firm.session, paper, reason="misprint", actor=firm.liu)
    assert (one.state, one.form) == (ApplicationState.RESERVED, None)

    again = firm.form(one)
    firm.holder_signs(again)
    firm.handler_signs(again)

    firm.refused(errors.IssuedByForm, void_paper, firm.session, again, reason="x", actor=firm.liu)
    assert again.state is PaperState.VALID


def test_what_was_handed_out_by_a_form_has_no_second_one(firm):
    _one, paper = firm.ready()
    firm.holder_signs(paper)
    firm.handler_signs(paper)
    by_tag = PaperIn(kind=PaperKind.ISSUE_FORM, subject="WF-0617")

    with pytest.raises(FormOfIssueThere, match=paper.number):
        plan_paper(firm.session, by_tag, actor=firm.liu)


def test_a_form_is_made_of_what_is_set_aside_and_not_signed_for(firm):
    firm.phone()
    one = firm.approved()
    firm.refused(errors.NothingReserved, firm.form, one)
    reserve(firm.session, one, ReserveIn(), actor=firm.liu)
    firm.sign(one)

    firm.refused(errors.SignedWithoutForm, firm.form, one)


def test_what_was_said_of_its_looks_stays_and_the_same_form_is_made_once(firm):
    one, paper = firm.ready(condition=Condition.GOOD)

    assert firm.form(one) is paper
    assert firm.form(one, condition_note="a scratch") is not paper
    assert (one.condition, one.condition_note) == (Condition.GOOD, "a scratch")
