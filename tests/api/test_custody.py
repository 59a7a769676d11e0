from datetime import date

import pytest
from pydantic import SecretStr

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.accessories import (
    AccessoryBackIn,
    AccessoryIn,
    AccessoryMissingIn,
    AccessoryWordIn,
)
from fleet.contracts.cases import CaseQuery, LeavingIn
from fleet.contracts.credentials import CredentialKind, DiscloseIn
from fleet.contracts.custody import (
    AcceptIn,
    CheckName,
    DeclareIn,
    IssueIn,
    ReassignIn,
    RestockIn,
    ReturnIn,
    UndoAcceptIn,
    WipedIn,
)
from fleet.contracts.rotation import ConfirmIn, RotateIn
from fleet.contracts.stations import JobKind, JobState
from fleet.contracts.waivers import WaiverIn, WaiverQuery, WaiverState, WaiverVerdictIn
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

EVERYTHING = IssueIn(to="E1", devices=["WF-0001"], sims=["13812342231"], accounts=["wx-1"])
LEAVING = LeavingIn(employee="E1", by=date(2026, 12, 31), successor="E2")


@pytest.fixture
def operator(client, stored):
    with stored() as make:
        make.employee(number="E1", name="王芳")
        make.employee(number="E2", name="陈浩")
        make.device(tag="WF-0001")
        make.sim(number="13812342231")
        make.account(handle="wx-1")
    return client(Role.OPERATOR)


@pytest.fixture
def administrator(client):
    return client(FOUNDER)


def refused(call, *given) -> Refused:
    with pytest.raises(Refused) as refusal:
        call(*given)
    return refusal.value


SEEN = WaiverVerdictIn(note="seen by me as well")
BURNT = "burnt phone, seen by two"


def waive(operator, administrator, tag: str, check: CheckName) -> None:
    asked = operator.ask_waiver(tag, WaiverIn(check=check, reason=BURNT))
    administrator.grant_waiver(asked.number, SEEN)


def waive_all(operator, administrator, tag: str) -> None:
    """Have every check pass: which phone it is says its label, the rest is waived."""
    for check in administrator.gate(tag).open:
        if check is CheckName.IDENTITY:
            operator.declare(tag, DeclareIn(check=check, note="IMEI on its tray"))
        elif check is not CheckName.HANDED_BACK:
            waive(operator, administrator, tag, check)


def test_everything_asked_for_is_issued_together(operator):
    issued = operator.issue(EVERYTHING)

    assert [item.thing for item in issued.holdings] == ["device", "sim", "account"]
    assert issued.to.name == "王芳"
    assert operator.device("WF-0001").state == "issued"


def test_of_a_look_at_an_issue_nothing_is_kept(operator):
    looked = operator.issue(EVERYTHING, dry_run=True)

    assert len(looked.holdings) == 3
    assert operator.device("WF-0001").holder is None
    assert operator.device_history("WF-0001").items == []
    assert operator.issue(EVERYTHING).holdings[0].name == "WF-0001"


def test_of_an_issue_that_is_refused_nothing_is_issued(operator):
    operator.issue(IssueIn(to="E2", accounts=["wx-1"]))

    refusal = refused(operator.issue, EVERYTHING)

    assert (refusal.kind, refusal.code) == ("conflict", "already_held")
    assert "陈浩" in refusal.message
    assert operator.device("WF-0001").holder is None
    assert operator.sim("13812342231").holder is None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (IssueIn(to="E9", devices=["WF-0001"]), "employee_not_found"),
        (IssueIn(to="E1", devices=["WF-0009"]), "device_not_found"),
        (IssueIn(to="E1", sims=["1"]), "sim_not_found"),
        (IssueIn(to="E1", accounts=["x"]), "account_not_found"),
        (IssueIn(to="E1"), "nothing_to_issue"),
    ],
)
def test_what_is_not_there_is_not_issued(operator, given, code):
    assert refused(operator.issue, given).code == code


def test_a_return_shows_what_the_gate_asks_for(operator):
    operator.issue(EVERYTHING)

    seen = operator.return_device("WF-0001", ReturnIn(note="with cable"))

    assert CheckName.PIN in seen.open
    assert CheckName.HANDED_BACK not in seen.open
    assert operator.gate("WF-0001") == seen


def test_what_nobody_holds_cannot_be_returned(operator):
    assert refused(operator.return_device, "WF-0001").kind == "conflict"
    assert refused(operator.return_sim, "13812342231").kind == "conflict"
    assert refused(operator.return_account, "wx-1").kind == "conflict"


def test_an_accept_past_an_open_gate_is_refused_with_the_list(operator):
    operator.issue(EVERYTHING)
    operator.return_device("WF-0001")

    refusal = refused(operator.accept, "WF-0001")

    assert (refusal.status, refusal.code) == (409, "gate_open")
    assert {"pin", "backup"} <= set(refusal.details["open"])
    assert all(check["advice"] for check in refusal.details["checks"])


def test_a_look_at_the_gate_stores_nothing(operator):
    operator.issue(EVERYTHING)
    operator.return_device("WF-0001")

    looked = operator.accept("WF-0001", AcceptIn(dry_run=True))

    assert (looked.state, looked.certificate, looked.wipe_job) == ("returning", None, None)
    assert looked.gate.open
    assert operator.jobs().items == []


def test_with_every_check_waived_a_phone_is_accepted_and_to_be_wiped(operator, administrator):
    operator.issue(EVERYTHING)
    operator.return_device("WF-0001")
    waive_all(operator, administrator, "WF-0001")

    accepted = operator.accept("WF-0001", AcceptIn(witness="陈浩"))

    assert accepted.state == "accepted"
    assert accepted.certificate.startswith("CC-")
    [job] = operator.jobs().items
    assert (job.id, job.kind) == (accepted.wipe_job, JobKind.WIPE)
    assert operator.device_history("WF-0001").items[0].returned_at is not None


def stand(gate) -> list[tuple[object, ...]]:
    return [(one.check, one.ok, one.level, one.sentence) for one in gate.checks]


def test_a_look_at_an_acceptance_shows_what_it_would_find(operator, administrator):
    operator.issue(EVERYTHING)
    operator.open_leaving_case(LEAVING)  # begins the return; the phone is still with its holder
    look = AcceptIn(dry_run=True)

    assert CheckName.HANDED_BACK in operator.gate("WF-0001").open
    looked = operator.accept("WF-0001", look)
    assert set(looked.gate.open) == set(refused(operator.accept, "WF-0001").details["open"])
    waive_all(operator, administrator, "WF-0001")
    foreseen = operator.accept("WF-0001", look).gate

    assert (foreseen.open, operator.gate("WF-0001").open) == ([], [CheckName.HANDED_BACK])
    found = operator.accept("WF-0001").gate
    assert stand(found) == stand(foreseen)


def test_a_look_at_an_acceptance_is_refused_as_the_acceptance_is(operator, client):
    given = AcceptIn(dry_run=True)
    assert (
        refused(operator.accept, "WF-0001", given).code == refused(operator.accept, "WF-0001").code
    )
    assert refused(client(Role.AUDITOR).accept, "WF-0001", given).kind == "forbidden"


def accepted(operator, administrator) -> None:
    operator.issue(IssueIn(to="E1", devices=["WF-0001"]))
    operator.return_device("WF-0001")
    waive_all(operator, administrator, "WF-0001")
    operator.accept("WF-0001")


def test_a_phone_goes_into_stock_on_an_administrators_word(operator, administrator):
    accepted(operator, administrator)
    word = RestockIn(reason="reset by hand, seen at its first screen")

    look = administrator.restock("WF-0001", word.model_copy(update={"dry_run": True}))
    assert (look.state, operator.device("WF-0001").state) == ("accepted", "accepted")
    assert administrator.restock("WF-0001", word).state == "in_stock"

    assert [job.state for job in operator.jobs().items] == [JobState.CANCELLED]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_phone_goes_into_stock_on_nobody_elses_word_and_not_past_its_gate(
    operator, administrator, dry_run
):
    word = RestockIn(reason="it is fine", dry_run=dry_run)
    operator.issue(IssueIn(to="E1", devices=["WF-0001"]))

    assert refused(operator.restock, "WF-0001", word).kind == "forbidden"
    assert refused(administrator.restock, "WF-0001", word).kind == "conflict"
    assert refused(administrator.restock, "WF-0009", word).code == "device_not_found"
    assert operator.device("WF-0001").state == "issued"


def test_a_wipe_is_for_accepted_phones(operator, administrator):
    assert refused(operator.wipe, "WF-0001").kind == "conflict"
    operator.issue(IssueIn(to="E1", devices=["WF-0001"]))
    operator.return_device("WF-0001")
    waive_all(operator, administrator, "WF-0001")
    first = operator.accept("WF-0001").wipe_job
    operator.cancel_job(first)

    assert operator.wipe("WF-0001").kind is JobKind.WIPE


def test_an_operator_asks_for_a_waiver_and_another_grants_it(operator, administrator):
    operator.issue(EVERYTHING)
    operator.return_device("WF-0001")
    asked = operator.ask_waiver("WF-0001", WaiverIn(check=CheckName.PIN, reason=BURNT))
    assert (asked.state, asked.counts) == (WaiverState.ASKED, False)
    assert CheckName.PIN in operator.gate("WF-0001").open

    assert refused(operator.grant_waiver, asked.number, SEEN).kind == "forbidden"
    assert administrator.grant_waiver(asked.number, SEEN).counts

    pin = next(one for one in operator.gate("WF-0001").checks if one.check is CheckName.PIN)
    assert (pin.ok, pin.waiver, pin.waived_because) == (True, asked.number, BURNT)
    [listed] = operator.waivers(WaiverQuery(device="WF-0001", counting=True)).items
    assert listed == operator.waiver(asked.number)
    assert refused(administrator.refuse_waiver, asked.number, SEEN).code == "waiver_decided"


def test_what_one_asked_for_oneself_another_decides(operator, administrator):
    operator.issue(EVERYTHING)
    operator.return_device("WF-0001")
    asked = administrator.ask_waiver("WF-0001", WaiverIn(check=CheckName.PIN, reason=BURNT))

    assert refused(administrator.grant_waiver, asked.number, SEEN).code == "own_waiver"
    assert administrator.withdraw_waiver(asked.number, SEEN).state is WaiverState.WITHDRAWN


def test_an_operator_declares_what_he_has_seen(operator):
    operator.issue(EVERYTHING)
    operator.return_device("WF-0001")

    seen = operator.declare("WF-0001", DeclareIn(check=CheckName.SIM, note="card in my hand"))
    assert CheckName.SIM not in seen.open
    own = DeclareIn(check=CheckName.UNBOUND, note="wallet is empty", account="wx-1")
    assert CheckName.UNBOUND not in operator.declare("WF-0001", own).open


def test_a_phone_is_kept_for_some_days_and_the_mistake_undone(operator, administrator):
    operator.issue(EVERYTHING)
    operator.return_device("WF-0001")
    waive_all(operator, administrator, "WF-0001")

    kept = operator.accept("WF-0001", AcceptIn(quarantine_days=3))

    assert (kept.state, kept.wipe_job) == ("quarantined", None)
    assert kept.quarantine_until is not None
    assert refused(operator.wipe, "WF-0001").code == "wipe_not_due"
    undo = UndoAcceptIn(reason="chats were forgotten")
    look = operator.undo_acceptance("WF-0001", undo.model_copy(update={"dry_run": True}))
    assert look.state == "quarantined"
    undone = operator.undo_acceptance("WF-0001", undo)
    assert (undone.state, undone.holder.name) == ("returning", "王芳")
    [paper] = operator.certificates().items
    assert paper.undone_because == "chats were forgotten"
    assert operator.certificate(paper.number) == paper
    assert refused(operator.undo_acceptance, "WF-0001", undo).code == "no_acceptance_to_undo"


def test_what_a_person_erased_waits_for_a_visit(operator, administrator):
    accepted(operator, administrator)

    told = operator.say_wiped("WF-0001", WipedIn(way="settings", note="first screen seen"))

    assert (told.state, told.wipe.level, told.wipe.empty) == ("wiped", "declared", False)
    assert operator.wiping("WF-0001").wipe == told.wipe
    assert [way.way for way in told.ways] == ["testharness", "settings", "recovery"]
    assert [job.state for job in operator.jobs().items] == [JobState.CANCELLED]


def test_accessories_go_out_and_come_back(operator):
    kit = [AccessoryIn(word="charger"), AccessoryIn(word="cable", count=2)]
    operator.issue(EVERYTHING.model_copy(update={"accessories": kit}))
    begun = operator.return_device("WF-0001", ReturnIn(accessories=[AccessoryBackIn(word="cable")]))
    assert CheckName.ACCESSORIES in begun.open

    lost = AccessoryMissingIn(word="charger", note="left in a hotel")
    ended = operator.return_device("WF-0001", ReturnIn(missing=[lost]))

    assert CheckName.ACCESSORIES not in ended.open
    assert {one.word: (one.back, one.missing) for one in ended.kit.accessories} == {
        "cable": (2, 0),
        "charger": (0, 1),
    }


def test_the_company_has_words_of_its_own(operator):
    operator.set_accessory_word(AccessoryWordIn(word="stylus", zh="手写笔", en="stylus"))
    assert "stylus" in [one.word for one in operator.accessory_words().items]

    operator.retire_accessory_word("stylus")

    assert "stylus" not in [one.word for one in operator.accessory_words().items]
    given = EVERYTHING.model_copy(update={"accessories": [AccessoryIn(word="stylus")]})
    assert refused(operator.issue, given).code == "accessory_unknown"


def test_nobody_declares_what_a_phone_can_answer(operator):
    operator.issue(EVERYTHING)

    refusal = refused(
        operator.declare, "WF-0001", DeclareIn(check=CheckName.PIN, note="it is 1234")
    )

    assert refusal.code == "cannot_be_declared"


def test_a_sim_comes_back_by_hand(operator):
    operator.issue(EVERYTHING)

    assert operator.return_sim("13812342231").state == "in_stock"


def change_password(operator, handle: str) -> None:
    kind = CredentialKind.ACCOUNT_PASSWORD
    planned = operator.rotate_account_password(handle, RotateIn(kind=kind, reason="hand-over"))
    ask = DiscloseIn(kind=kind, reason="to type it", pending=True)
    assert SecretStr(operator.disclose_account_password(handle, ask).value)
    operator.confirm_rotation(planned.id, ConfirmIn(note="typed by hand"))


def test_an_account_goes_on_to_another_person_from_stock_only(operator):
    operator.issue(IssueIn(to="E1", accounts=["wx-1"]))
    assert operator.return_account("wx-1").state == "returning"
    change_password(operator, "wx-1")

    refusal = refused(operator.reassign, "wx-1", ReassignIn(to="E2"))

    assert refusal.code == "account_gate_open"  # a person's word on the password is not enough


def test_an_account_in_stock_is_reassigned(operator):
    passed_on = operator.reassign("wx-1", ReassignIn(to="E2"))

    assert (passed_on.state, passed_on.holder.name) == ("issued", "陈浩")


def test_a_leaving_case_is_planned_opened_listed_and_shown(operator):
    operator.issue(IssueIn(to="E1", devices=["WF-0001"], accounts=["wx-1"]))

    plan = operator.open_leaving_case(LEAVING.model_copy(update={"plan_only": True}))
    assert (plan.number, plan.state) == (None, "planned")
    assert operator.cases().items == []

    case = operator.open_leaving_case(LEAVING)
    assert case.number.startswith("LV-")
    assert [device.tag for device in case.held.devices] == ["WF-0001"]
    assert operator.case(case.number) == case
    assert operator.cases(CaseQuery(employee="E1")).items == [case]
    assert {job.kind for job in operator.jobs().items} >= {JobKind.BACKUP, JobKind.ROTATE_PIN}


def test_a_second_case_of_one_person_is_refused(operator):
    operator.issue(IssueIn(to="E1", devices=["WF-0001"]))
    operator.open_leaving_case(LEAVING)

    assert refused(operator.open_leaving_case, LEAVING).kind == "conflict"


def test_a_case_that_is_not_there_is_not_found(operator):
    assert refused(operator.case, "LV-2026-999").code == "case_not_found"
