"""How papers come out of a real Chromium: on as many sheets as they need, and no more."""

import re
import shutil
from datetime import date

import pytest

from cli.printing import write_page
from fleet.cases.opening import open_leaving
from fleet.contracts.accessories import AccessoryIn, Condition
from fleet.contracts.paper_pages import Printing, page
from fleet.contracts.papers import PaperIn, PaperKind
from fleet.custody.accessories import Kit, hand_out
from fleet.custody.issuing import issue
from fleet.papers.queries import shown
from fleet.papers.services import make_paper
from tests.fleet.cases.test_leaving import say_groups
from tests.fleet.custody.proofs import back_up

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

PAGE_OF_PDF = re.compile(rb"/Type\s*/Page\b(?!s)")
KIT = Kit((AccessoryIn(word="charger"), AccessoryIn(word="cable")), Condition.GOOD)
MORE = {"exception": "two regions"}
SERVER = "https://fleet.corp.example.cn:8443"


@pytest.fixture
def sheets(session, make, tmp_path):
    """Make a paper, print it, and return how many sheets it takes."""
    if shutil.which("chromium") is None:
        pytest.fail("Debian's chromium is not installed: scripts/setup test installs it")

    def count(language, **given):
        paper = make_paper(session, PaperIn(**given), actor=make.actor())
        html = page(Printing(shown(paper), SERVER, language))
        made = write_page(html, paper.number, tmp_path / f"{language}.pdf", html=False)
        return len(PAGE_OF_PDF.findall(made.read_bytes()))

    return count


@pytest.fixture
def leaver(session, make):
    """Give somebody with a phone that is backed up, its card and two accounts."""
    head = make.employee(name="周敏")
    place = make.department(name="华东销售部", head=head)
    ann = make.employee(
        name="王芳", position="销售经理", department=place, leaves_on=date(2026, 12, 31)
    )
    phone = make.device(tag="WF-0311", market_name="Xiaomi 14")
    handles = ("wx-sales-07", "wx-sales-08")
    with_it = {
        "sims": [make.sim(device=phone)],
        "accounts": [make.account(handle=handle, device=phone) for handle in handles],
    }
    out = issue(session, to=ann, devices=[phone], actor=make.actor(), **with_it, **MORE)
    hand_out(session, [one for one in out.holdings if one.device], KIT, actor=make.actor())
    back_up(session, phone)
    return ann


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_exit_sheet_of_an_ordinary_leaver_is_one_sheet(
    session, tools, make, sheets, leaver, language
):
    case = open_leaving(session, tools, leaver, by=date(2026, 12, 31), actor=make.actor())
    say_groups(session, case, actor=make.actor())

    assert sheets(language, kind=PaperKind.EXIT_SHEET, subject=leaver.number) == 1


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_each_of_the_three_has_a_hand_over_of_one_sheet(session, make, sheets, leaver, language):
    account = make.account(
        handle="wx-key-accounts-of-the-east",
        nickname="某某供应链-华东关键客户组-买买提依明",
        registrant="图尔荪江·买买提依明",
        card_bound=True,
        real_name=True,
    )
    ben = make.employee(name="阿卜杜热西提·买买提依明·图尔荪江", department=leaver.department)
    issue(session, to=leaver, accounts=[account], registrant_seen=True, **MORE, actor=make.actor())
    given = {"subject": account.handle, "to": ben.number, "witness": make.employee().number}

    assert sheets(language, kind=PaperKind.ACCOUNT_HAND_OVER, **given) == 1
