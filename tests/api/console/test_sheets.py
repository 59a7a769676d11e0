"""The honesty sheet as a page: what is on it, who may see it, and in which words."""

import pytest

from fleet.backups.models import Backup
from fleet.contracts.access import Role
from fleet.contracts.plans import SourceState
from fleet.contracts.sheets import SourceFound
from fleet.plans.queries import taken_of
from tests.factories import Make
from tests.fleet.custody.proofs import back_up


@pytest.fixture
def number(sessions) -> str:
    """Give a backup of which something is equal, something shut and something left off."""
    with sessions.begin() as session:
        backup: Backup = back_up(session, Make(session).device(tag="WF-0001"))
        taken = taken_of(session, backup.device)
        backup.sources = [one.model_dump(mode="json") for one in taken.sources]
        shut = {"state": SourceState.UNREACHABLE, "reason": "not_running"}
        found = [
            SourceFound(source="wechat", state=SourceState.TAKEN, equal=7),
            SourceFound(source="wechat@999", **shut),
        ]
        backup.found = [one.model_dump(mode="json") for one in found]
        return backup.number


def test_the_page_says_it_in_the_words_of_whoever_prints_it(someone, number):
    operator = someone(Role.OPERATOR)
    page = operator.get(f"/backups/{number}/sheet").text
    assert 'data-source="wechat" data-outcome="equal"' in page
    assert 'data-source="wechat@999" data-outcome="unreachable"' in page
    assert "7 files, each equal" in page
    assert "Text messages" in page

    operator.send("/language", language="zh_CN", next="/")
    assert "短信" in operator.get(f"/backups/{number}/sheet").text


def test_who_may_not_see_backups_sees_no_sheet(someone, number):
    assert someone(Role.EMPLOYEE).get(f"/backups/{number}/sheet").status_code == 403


def test_it_is_printed_on_paper_without_what_is_for_screens(someone, number):
    visitor = someone(Role.AUDITOR)
    assert "sheet.css" in visitor.get(f"/backups/{number}/sheet").text
    with visitor.get("/console/static/sheet.css") as answer:
        css = answer.text
    assert "size: A4" in css
    assert "body > header, .skip { display: none; }" in css
