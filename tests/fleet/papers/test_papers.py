"""A paper says what was so when it was made, once, and never anything else."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from fleet.access.actor import SYSTEM
from fleet.access.errors import NotAllowed
from fleet.access.permissions import STATION
from fleet.audit.services import recorded
from fleet.backups.models import Backup
from fleet.cases.opening import open_leaving
from fleet.cases.services import do
from fleet.contracts.access import Role
from fleet.contracts.accessories import AccessoryIn, AccessoryMissingIn, Condition
from fleet.contracts.accounts import AccountKind
from fleet.contracts.backups import BackupState
from fleet.contracts.cases import CaseStepKind
from fleet.contracts.clock import now, today
from fleet.contracts.custody import CheckName
from fleet.contracts.paper_pages import Printing, page
from fleet.contracts.papers import (
    HandOverReason,
    PaperIn,
    PaperKind,
    PaperQuery,
    PaperRole,
    PaperState,
    PaperText,
    PaperTextIn,
    Said,
)
from fleet.contracts.words import speaking
from fleet.custody.acceptance import accept
from fleet.custody.accessories import Back, Kit, take_back
from fleet.custody.certificates import shown_certificate
from fleet.custody.errors import CertificateNotFound
from fleet.custody.issuing import issue
from fleet.custody.photos import attach
from fleet.custody.quarantine import undo_accept
from fleet.papers import queries, services, texts
from fleet.papers.errors import (
    NobodyToHandOn,
    NobodyToSign,
    PaperHasSignatures,
    PaperNotFound,
    PaperNotValid,
    PaperTextNotFound,
    SameOnBothSides,
)
from fleet.papers.services import make_paper, plan_paper, void_paper
from fleet.papers.signing import attest
from fleet.vault.queries import pin_of
from fleet.vault.services import adopt
from tests.fleet.custody.proofs import return_with_proof, rotate_pin, waive
from tests.fleet.papers.hands import attested
from tests.photographs import JPEG, said_of

SECRET = "735184"


@pytest.fixture
def ann(make):
    return make.employee(name="王芳", position="销售经理")


@pytest.fixture
def phone(session, make, ann):
    """Give a phone that is with Ann, together with a card and an account."""
    phone = make.device(tag="WF-0311", market_name="Xiaomi 14", imei=["490154203237518"])
    account = make.account(handle="wx-sales-07", device=phone, registrant="赵敏")
    given = {"sims": [make.sim(number="13800138000")], "accounts": [account]}
    desk = make.actor()
    issue(session, to=ann, devices=[phone], registrant_seen=True, actor=desk, **given)
    return phone


def text_of(paper) -> str:
    """Return all that a paper says, in both languages."""
    return str(paper.content)


def of(kind, subject, **given):
    return PaperIn(kind=kind, subject=subject, **given)


def test_an_issue_form_says_what_is_handed_out_to_whom(session, make, phone, ann):
    paper = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=make.actor())

    assert paper.number == f"IS-{now().year}-001"
    for word in ("手机领用登记表", "WF-0311", "王芳", ann.number, "490154203237518", "wx-sales-07"):
        assert word in text_of(paper)
    assert [one.role for one in paper.parties] == [
        PaperRole.HOLDER,
        PaperRole.HANDLER,
        PaperRole.LINE_HEAD,
    ]
    assert paper.party(PaperRole.HOLDER).employee is ann


def test_the_forms_name_the_photographs_of_a_phone_by_their_digests(session, make, phone, tools):
    def told(kind):
        return text_of(make_paper(session, of(kind, phone.tag), actor=make.actor()))

    assert "Photographs" not in told(PaperKind.ISSUE_FORM)
    kept = attach(session, tools, phone, JPEG, said_of(), actor=SYSTEM)

    said = f"{kept.number} ({kept.digest[:16]})"
    assert said in told(PaperKind.ISSUE_FORM)
    assert said in told(PaperKind.RETURN_SLIP)


def test_a_hand_over_has_three_sheets_and_three_people(session, make, phone):
    ben, cai = make.employee(name="陈浩"), make.employee(name="林晓")
    given = of(
        PaperKind.ACCOUNT_HAND_OVER,
        "wx-sales-07",
        to=ben.number,
        witness=cai.number,
        because=HandOverReason.LEAVING,
    )

    paper = make_paper(session, given, actor=make.actor())

    assert [copy.zh[-3:] for copy in paper.said.copies] == ["：存根", "移交人", "接收人"]
    assert [one.name for one in paper.parties] == ["王芳", "陈浩", "林晓"]
    assert "赵敏" in text_of(paper)  # the first registrant, whom the terms give it to


def test_the_last_two_who_held_an_account_are_the_sides_where_nobody_is_named(session, make, phone):
    unheld = make.account()
    with pytest.raises(NobodyToHandOn):
        plan_paper(session, of(PaperKind.ACCOUNT_HAND_OVER, unheld.handle), actor=make.actor())

    seen = plan_paper(session, of(PaperKind.ACCOUNT_HAND_OVER, "wx-sales-07"), actor=make.actor())

    assert [one.called for one in seen.draft.signers] == [None, "王芳", None]


def test_a_hand_over_says_what_the_registers_know_of_the_account(session, make):
    make.sim(number="13800138111", registered_owner="某某有限公司", owner_kind="company")
    known = {
        "registrant": "赵敏",
        "registrant_standing": "left",
        "number": "13800138111",
        "contact": "wx@example.com",
        "contacts": 214,
        "contacts_on": date(2026, 11, 2),
        "card_bound": False,
        "real_name": True,
    }
    make.account(handle="wx-9", **known)
    given = of(PaperKind.ACCOUNT_HAND_OVER, "wx-9", to=make.employee().number)

    said = text_of(make_paper(session, given, actor=make.actor()))

    for part in (
        *("某某有限公司（公司）", "赵敏（已离职）", "wx@example.com", "214（2026年11月02日）"),
        *("无（按台账）", "待解除（台账记为有）"),
    ):
        assert part in said


def test_an_exit_sheet_lists_phones_of_others_that_the_leaver_answers_for(session, make, ann):
    shared, own = make.device(tag="POOL-1", owner_id=ann.id), make.device(tag="OWN-1")
    own.owner_id = ann.id
    issue(session, to=make.employee(name="陈浩"), devices=[shared], actor=make.actor())
    issue(session, to=ann, devices=[own], actor=make.actor())

    paper = make_paper(session, of(PaperKind.EXIT_SHEET, ann.number), actor=make.actor())

    titles = {one.title.zh: one for one in paper.said.sections if one.title}
    [row] = titles["本人负责、他人使用的手机"].grid.rows
    assert (row[0], row[2]) == ("POOL-1", "陈浩")


def test_nobody_watches_his_own_hand_over(session, make, phone, ann):
    ben = make.employee()
    given = of(PaperKind.ACCOUNT_HAND_OVER, "wx-sales-07", to=ben.number, witness=ann.number)

    with pytest.raises(SameOnBothSides):
        make_paper(session, given, actor=make.actor())


def test_an_exit_sheet_lists_what_is_held_and_what_came_back_lately(session, make, phone, ann):
    paper = make_paper(session, of(PaperKind.EXIT_SHEET, ann.number), actor=make.actor())

    assert "WF-0311" in text_of(paper)
    assert "wx-sales-07" in text_of(paper)
    assert "138****8000" in text_of(paper)
    assert len(paper.parties) == 6


def test_an_exit_sheet_says_of_which_accounts_the_groups_were_changed(
    session, tools, make, phone, ann
):
    other = make.account(AccountKind.WECOM, handle="ann.wecom")
    issue(session, to=ann, accounts=[other], actor=make.actor())
    case = open_leaving(session, tools, ann, by=date(2026, 12, 31), actor=make.actor())
    first = next(one for one in case.steps if one.kind is CaseStepKind.GROUPS)
    do(session, case.number, first.number, note="out of four", actor=make.actor(name="陈浩"))

    said = text_of(make_paper(session, of(PaperKind.EXIT_SHEET, ann.number), actor=make.actor()))

    assert f"✓ wx-sales-07: 陈浩, {today()}; □ ann.wecom" in said
    assert "'value': '□ ann.wecom'" in said  # its customers


def test_a_log_of_changes_names_how_well_each_is_known_and_never_a_password(
    session, tools, make, phone
):
    adopt(session, tools, pin_of(phone), value=SECRET, reason="known", actor=make.actor())
    rotate_pin(session, tools, phone)

    paper = make_paper(session, of(PaperKind.PASSWORD_LOG, phone.tag), actor=make.actor())

    assert SECRET not in text_of(paper)
    assert "密码变更登记表" in text_of(paper)


def test_a_clearance_has_the_checks_as_they_stood_and_the_number_of_its_certificate(
    session, tools, make
):
    ann, bare = make.employee(), make.device()
    issue(session, to=ann, devices=[bare], actor=make.actor())
    with pytest.raises(CertificateNotFound):
        make_paper(session, of(PaperKind.CLEARANCE, bare.tag), actor=make.actor())
    return_with_proof(session, tools, make, bare, ann)
    number = accept(session, bare, actor=make.actor(), witness="Chen Hao").certificate.number

    paper = make_paper(session, of(PaperKind.CLEARANCE, bare.tag), actor=make.actor())

    assert paper.number == number
    assert "已证实" in text_of(paper)
    assert "Chen Hao" in text_of(paper)
    void_paper(session, paper, reason="misprint", actor=make.actor())
    again = make_paper(session, of(PaperKind.CLEARANCE, number), actor=make.actor())
    assert again.number == f"{number}-2"


def test_a_clearance_prints_waivers_accessories_and_that_it_was_undone(session, tools, make):
    ann, phone, desk = make.employee(), make.device(), make.actor()
    kit = Kit((AccessoryIn(word="charger"),), Condition.NEW)
    issue(session, to=ann, devices=[phone], kit=kit, actor=desk)
    return_with_proof(session, tools, make, phone, ann)
    lost = AccessoryMissingIn(word="charger", note="left in a hotel")
    take_back(session, phone, Back((), (lost,), Condition.DAMAGED), actor=desk)
    boss = make.actor(name="Chen Hao")
    waived = waive(session, phone, check=CheckName.BACKUP, reason="board is scrapped", actor=boss)

    for backup in session.scalars(select(Backup).where(Backup.device_id == phone.id)):
        backup.state = BackupState.FAILED
    accept(session, phone, quarantine_days=3, actor=desk)

    said = text_of(make_paper(session, of(PaperKind.CLEARANCE, phone.tag), actor=desk))
    for part in (waived.number, "board is scrapped", "left in a hotel", "损坏", "备份"):
        assert part in said
    undo_accept(session, phone, reason="chats were forgotten", actor=desk)

    again = text_of(make_paper(session, of(PaperKind.CLEARANCE, phone.tag), actor=desk))
    assert "chats were forgotten" in again


def test_a_clearance_says_what_was_so_in_the_language_of_each_reader(session, tools, make):
    ann, phone, desk = make.employee(), make.device(), make.actor()
    kit = Kit((AccessoryIn(word="charger"),), Condition.NEW)
    issue(session, to=ann, devices=[phone], kit=kit, actor=desk)
    return_with_proof(session, tools, make, phone, ann)
    lost = AccessoryMissingIn(word="charger", note="left in a hotel")
    take_back(session, phone, Back((), (lost,), Condition.DAMAGED, "cracked"), actor=desk)
    boss = make.actor(name="Chen Hao")
    waived = waive(session, phone, check=CheckName.BACKUP, reason="it is scrapped", actor=boss)
    for backup in session.scalars(select(Backup).where(Backup.device_id == phone.id)):
        backup.state = BackupState.FAILED

    with speaking("en"):
        done = accept(session, phone, actor=desk)
        paper = make_paper(session, of(PaperKind.CLEARANCE, phone.tag), actor=desk)

    _head, printed = page(Printing(queries.shown(paper), "https://x", "zh_CN")).split("<body>")
    day = f"{waived.until.astimezone():%Y年%m月%d日}"
    for said in (
        *("归还开始后，锁屏密码(PIN)已改密。", "登记为缺失：充电器 × 1。其余都已归还。"),
        *("声明：已当面验收。", "损坏：cracked"),
        f"Chen Hao 准予豁免，有效至 {day}（{waived.number}），原因：it is scrapped",
    ):
        assert said in printed
    assert "The PIN was changed" not in printed
    assert "The PIN was changed" in page(Printing(queries.shown(paper), "https://x", "en"))
    with speaking("zh_CN"):
        checks = {one.check: one for one in shown_certificate(done.certificate).checks}
    assert checks[CheckName.PIN].sentence == "归还开始后，锁屏密码(PIN)已改密。"


def test_a_hand_over_keeps_the_two_sides_apart_and_leaves_room_for_what_is_open(
    session, make, phone
):
    ben = make.employee(name="陈浩")
    given = of(PaperKind.ACCOUNT_HAND_OVER, "wx-sales-07", to=ben.number)

    giver, receiver, *others = make_paper(session, given, actor=make.actor()).said.sections

    assert giver.lines[0].value == "王芳"
    assert [one.value for one in receiver.lines][:2] == ["陈浩", ben.number]
    room = [one.name.zh for part in others for one in part.lines if one.room]
    assert room == ["未结事项"]


def test_a_pledge_has_its_title_once(session, make, ann):
    paper = make_paper(session, of(PaperKind.PLEDGE, ann.number), actor=make.actor())

    assert text_of(paper).count(paper.said.title.zh) == 1


def test_the_same_facts_make_no_second_paper(session, make, phone):
    desk = make.actor()
    first = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=desk)

    with time_machine.travel(now() + timedelta(hours=1)):
        again = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=desk)

    assert again is first


def test_other_facts_make_one_that_takes_its_place_and_leave_the_first_as_it_was(
    session, make, phone
):
    desk = make.actor()
    first = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=desk)
    said, digest = dict(first.content), first.digest
    phone.market_name = "Xiaomi 15"

    second = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=desk)

    assert (first.state, first.replaced_by) == (PaperState.REPLACED, second)
    assert (first.content, first.digest) == (said, digest)
    assert second.number.endswith("-002")
    names = [event.name for event in recorded(session)]
    assert names[-2:] == ["paper.made", "paper.replaced"]


def test_one_with_signatures_is_not_replaced_unless_that_is_said(session, make, phone):
    desk = make.actor()
    first = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=desk)
    attest(session, first, attested(first, PaperRole.HOLDER, "王芳"), actor=desk)
    phone.market_name = "Xiaomi 15"

    with pytest.raises(PaperHasSignatures):
        make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=desk)
    make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag, replace=True), actor=desk)

    assert first.state is PaperState.REPLACED


def test_a_void_paper_stays_and_is_void_once(session, make, phone):
    desk = make.actor()
    paper = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=desk)

    void_paper(session, paper, reason="the wrong phone", actor=desk)

    with pytest.raises(PaperNotValid):
        void_paper(session, paper, reason="once more", actor=desk)
    assert queries.paper(session, paper.number, actor=desk).state is PaperState.VOID
    fresh = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=desk)
    assert fresh.number.endswith("-002")


def test_a_thing_that_nobody_holds_has_no_issue_form(session, make):
    with pytest.raises(NobodyToSign):
        make_paper(session, of(PaperKind.ISSUE_FORM, make.device().tag), actor=make.actor())


def test_who_may_not_makes_none(session, make, phone):
    for role in (Role.AUDITOR, Role.SECURITY, STATION):
        with pytest.raises(NotAllowed):
            make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=make.actor(role))


def test_a_person_sees_the_papers_he_signs_and_no_others(session, make, phone, ann):
    paper = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=make.actor())
    mine = make.actor(Role.EMPLOYEE)
    hers = type(mine)(**{**vars(mine), "employee_id": ann.id})
    others = type(mine)(**{**vars(mine), "employee_id": make.employee().id})

    assert queries.paper(session, paper.number, actor=hers) is paper
    assert [one.number for one in queries.papers(session, PaperQuery(), actor=hers)[0]] == [
        paper.number
    ]
    with pytest.raises(PaperNotFound):
        queries.paper(session, paper.number, actor=others)
    assert queries.papers(session, PaperQuery(), actor=others)[0] == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 2),
        ({"kind": "pledge"}, 1),
        ({"state": "valid"}, 1),
        ({"state": "void"}, 1),
        ({"state": "replaced"}, 0),
        ({"signed": "none"}, 1),
        ({"signed": "some"}, 1),
        ({"signed": "all"}, 0),
        ({"q": "WF-03"}, 1),
        ({"employee": "nobody"}, 0),
    ],
)
def test_papers_are_found_by_what_is_asked(session, make, phone, ann, asked, found):
    desk = make.actor()
    form = make_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=desk)
    attest(session, form, attested(form, PaperRole.HOLDER, "王芳"), actor=desk)
    pledge = make_paper(session, of(PaperKind.PLEDGE, ann.number), actor=desk)
    void_paper(session, pledge, reason="misprint", actor=desk)

    rows, _mark = queries.papers(session, PaperQuery(**asked), actor=desk)

    assert len(rows) == found


def test_a_text_has_versions_and_papers_keep_theirs(session, make, ann):
    desk, security = make.actor(), make.actor(Role.SECURITY)
    before = make_paper(session, of(PaperKind.PLEDGE, ann.number), actor=desk)
    said = Said(zh="本公司承诺书", en="Our pledge")
    given = PaperTextIn(text=PaperText(title=said, paragraphs=[said]), reason="our own words")

    assert texts.edit_text(session, "pledge", given, actor=security).number == 2
    after = make_paper(session, of(PaperKind.PLEDGE, ann.number), actor=desk)

    assert "本公司承诺书" in text_of(after)
    assert "本公司承诺书" not in text_of(before)
    with pytest.raises(PaperTextNotFound):
        texts.edit_text(session, "poem", given, actor=security)


def test_what_is_planned_is_not_stored(session, make, phone):
    seen = services.plan_paper(session, of(PaperKind.ISSUE_FORM, phone.tag), actor=make.actor())

    assert seen.draft.subject == phone.tag
    assert queries.papers(session, PaperQuery(), actor=make.actor())[0] == []
