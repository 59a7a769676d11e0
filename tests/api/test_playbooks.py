"""Playbooks and declarations over the wire."""

import pytest

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.facts import App, Settings
from fleet.contracts.playbooks import ChoiceQuery, PlaybookIn, PlaybookQuery, PlaybookShowQuery
from fleet.contracts.rotation import AttendIn, DeclareIn, RotateIn, RotationState
from tests.factories import FOUNDER


@pytest.fixture
def security(client):
    return client(Role.SECURITY)


@pytest.fixture
def operator(client, stored):
    with stored() as make:
        apps = (App(package="com.tencent.mm", version_name="8.0.12"),)
        facts = make.facts(apps=apps, settings=Settings(locale="zh-CN"))
        phone = make.device(tag="WF-0001", facts=facts.model_dump(mode="json"))
        make.account(handle="wx-1", device=phone)
    return client(Role.OPERATOR)


def test_who_keeps_the_keys_sets_a_playbook_and_operators_read_it(security, operator):
    book = operator.playbook("wechat-zh-page").book
    given = PlaybookIn(book=book, reason="looked at it")

    assert security.set_playbook("wechat-zh-page", given).playbook.number == 2
    with pytest.raises(Refused) as refusal:
        operator.set_playbook("wechat-zh-page", given)
    assert refusal.value.kind == "forbidden"
    first = operator.playbook("wechat-zh-page", PlaybookShowQuery(number=1))
    assert first.made_by is None


def test_a_phone_says_which_playbook_it_would_be_guided_by(operator):
    found = operator.choose_playbook("WF-0001", ChoiceQuery())

    assert (found.app_version, found.playbook.name) == ("8.0.12", "wechat-zh-dialog")
    assert found.warnings == []


def test_the_list_goes_on_where_a_page_ended(operator):
    first = operator.playbooks(PlaybookQuery(limit=4))
    rest = operator.playbooks(PlaybookQuery(limit=2, after=first.next))

    names = [one.name for one in (*first.items, *rest.items)]
    assert names == sorted(set(names))
    assert rest.next is None


def test_a_change_by_hand_takes_two_people(operator, client):
    shown = operator.attend("wx-1", AttendIn(reason="no cable here"))
    said = DeclareIn(what="changed", note="typed at the desk")
    operator.declare_rotation(shown.rotation, said)
    with pytest.raises(Refused) as refusal:
        operator.witness_rotation(shown.rotation, "changed")
    assert refusal.value.code == "witness_is_the_same"

    done = client(FOUNDER).witness_rotation(shown.rotation, "changed")

    assert done.state is RotationState.DECLARED
    assert [one.what for one in done.declarations] == ["changed", "devices", "real_name", "bank"]
    assert shown.value not in done.model_dump_json()


def test_a_planned_change_shows_what_to_bring(operator):
    asked = RotateIn(kind=CredentialKind.ACCOUNT_PASSWORD, reason="test")

    planned = operator.rotate_account_password("wx-1", asked)

    assert "station" in planned.guide[0]
    assert planned.playbook is None
