"""The console in a real Chromium, on a real server: a few ways from beginning to end."""

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from pyrage import x25519
from selenium.webdriver import ActionChains, Chrome
from sqlalchemy import select

from fleet.access import second_factor
from fleet.access.actor import SYSTEM
from fleet.access.models import User
from fleet.access.policy import change_policy
from fleet.access.services import end_sessions
from fleet.backups.services import plan_backup
from fleet.compliance.findings import open_finding
from fleet.contracts.access import AccessPolicyIn, Role
from fleet.contracts.clock import now
from fleet.contracts.escrow import EscrowKeyIn
from fleet.contracts.findings import Rule
from fleet.contracts.openings import OpeningPurpose
from fleet.contracts.papers import PaperIn, PaperKind
from fleet.custody.issuing import issue
from fleet.escrow.services import add_key
from fleet.keys.sources import load_keyring
from fleet.openings.services import ask_opening
from fleet.papers.models import Signature
from fleet.papers.services import make_paper
from fleet.vault.queries import pin_of
from fleet.vault.services import adopt
from fleet.vault.tools import Tools
from tests.api.console.browser import Window, chromium
from tests.api.console.conftest import PIN
from tests.api.test_serve import certificate

YEAR = now().year
RECIPIENT = str(x25519.Identity.generate().to_public())
PAGES = (
    *("/", "/me", "/me/password", "/me/second-factor", "/me/tokens", "/disclosures"),
    *("/disclosures/new", "/audit", "/audit/1", "/audit/verify", "/users", "/users/founder"),
    *("/users/founder/shut-out", "/users/founder/password", "/stations", "/requests"),
    *("/incidents", "/incidents/new", f"/incidents/IN-{YEAR}-001", "/findings"),
    *(f"/findings/FD-{YEAR}-001", "/violations", f"/violations/VD-{YEAR}-001", "/rotations"),
    *("/backups", f"/backups/BK-{YEAR}-0001", f"/backups/BK-{YEAR}-0001/cancel", "/openings"),
    *("/openings/new", f"/openings/OP-{YEAR}-0001", "/escrow-keys", "/escrow-keys/new"),
    *("/escrow-keys/safe-of-the-head-office-2", "/escrow-keys/safe-of-the-head-office-2/retire"),
    *("/papers", "/papers/new", f"/papers/IS-{YEAR}-001", f"/papers/IS-{YEAR}-001/print"),
    *(f"/sign/IS-{YEAR}-001", "/phones", "/phones/WF-0001", "/phones/WF-0001/edit", "/sims"),
    *("/accounts", "/registers/accounts/new", "/accessories", "/employees", "/departments"),
)


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def window(chrome: Chrome, start_server) -> Window:
    chrome.set_window_size(1200, 900)
    opened = Window(chrome, start_server().serving.url)
    opened.go("/login")
    chrome.delete_all_cookies()
    opened.complaints()
    return opened


def test_signing_in_with_a_second_factor_in_chinese(window, person, sessions, settings):
    person(Role.OPERATOR)
    keyring = load_keyring(settings)
    with sessions.begin() as session:
        user = session.scalars(select(User)).one()
        secret = second_factor.begin(session, keyring, user).secret
        earlier = pyotp.TOTP(secret).at(now() - timedelta(seconds=30))
        second_factor.confirm(session, keyring, user, earlier, actor=SYSTEM)

    window.go("/disclosures?state=approved")
    assert window.find("html").get_attribute("lang") == "zh-CN"
    window.type(username="operator", password="wrong horse battery")
    window.click("#sign-in")
    assert "用户名与密码不匹配" in window.find("#refusal").text
    window.type(password="correct horse battery")
    window.click("#sign-in")
    assert window.path == "/login/code"
    window.type(code=pyotp.TOTP(secret).at(now()))
    window.click("#give-code")
    assert window.path == "/disclosures?state=approved"


def test_two_people_show_a_value_once(window, person, sessions, settings, stored):
    person(Role.OPERATOR), person(Role.SECURITY)
    with stored() as make:
        tools = Tools(load_keyring(settings), settings)
        phone = pin_of(make.device(tag="WF-0001"))
        adopt(make.session, tools, phone, value=PIN, reason="known", actor=SYSTEM)
        policy = AccessPolicyIn(disclosure_needs_approval=True)
        change_policy(make.session, policy, actor=SYSTEM)

    window.sign_in(Role.OPERATOR)
    window.go("/disclosures/new")
    window.type(subject="WF-0001", reason="the screen is broken")
    window.click("#send")
    request = window.path
    window.sign_in(Role.SECURITY)
    window.go(request)
    window.type(note="go ahead")
    window.click("#approve")
    window.sign_in(Role.OPERATOR)
    window.go(request)
    window.click("#view")
    assert window.find("#value").text == PIN
    window.go(request)
    assert window.find("#state").get_attribute("data-state") == "viewed"
    window.chrome.back()
    assert PIN not in window.chrome.page_source


def test_a_slip_is_printed_by_the_desk_and_is_gone_afterwards(window, people, person):
    person(Role.OPERATOR)
    window.sign_in(Role.OPERATOR)
    window.go("/requests?to_hand_over=true")
    window.click("td a")
    request = window.path
    window.click("#slip")
    window.click("#sure")
    assert window.find("#value").text == PIN
    assert window.complaints() == []

    window.click("#how a")
    assert window.path == request
    window.chrome.back()
    assert PIN not in window.chrome.page_source


def test_a_signature_is_drawn_with_the_one_script_there_is(window, people, person, sessions):
    person(Role.OPERATOR)
    window.sign_in(Role.OPERATOR)
    window.go("/papers/new")
    window.choose("kind", "issue_form")
    window.type(subject="WF-0001")
    window.reach("#make")
    window.click("#make")
    paper = window.path

    window.chrome.set_window_size(390, 800)
    window.sign_in("ann")
    window.go(paper)
    window.click("#to-sign")
    pad = window.reach("#pad")
    ActionChains(window.chrome).move_to_element_with_offset(
        pad, -60, -10
    ).click_and_hold().move_by_offset(50, 20).move_by_offset(40, -25).release().perform()
    assert not window.is_too_wide()
    window.reach("#sign")
    window.click("#sign")

    assert window.path == paper
    assert window.find("[data-role=holder]").get_attribute("data-signed") == "yes"
    with sessions() as session:
        [stroke] = session.scalars(select(Signature)).one().drawing["strokes"]
    assert len(stroke) >= 6
    window.click("#print")
    assert window.find("svg path").get_attribute("d").startswith("M")
    assert window.complaints() == []


def test_an_incident_is_reported_on_a_phone_without_a_script(window, people):
    window.chrome.set_window_size(390, 800)
    window.sign_in("ann")
    window.go("/incidents")
    window.click("#new")
    window.choose("kind", "stolen")
    window.type(things="WF-0001", note="taken from the bag")
    window.click("#send")
    assert not window.is_too_wide()
    window.click("#sure")

    assert window.path.startswith("/incidents/IN-")
    assert "taken from the bag" in window.find("#notes").text


def test_a_spreadsheet_is_taken_in_on_a_phone_without_a_script(window, person, stored, tmp_path):
    file = tmp_path / "departments.csv"
    file.write_text("code,name\nS,Sales\n", "utf-8")
    with stored() as make:
        make.employee(number="E1", name="Ann")
    person(Role.OPERATOR)
    window.chrome.set_window_size(390, 800)
    window.sign_in(Role.OPERATOR)
    window.go("/registers")
    assert not window.is_too_wide()
    window.find("#file-departments").send_keys(str(file))
    window.click("#departments .btn-primary")
    assert window.find("#added").text == "1"
    assert not window.is_too_wide()
    window.click("#sure")

    assert window.path == "/registers"
    window.go("/departments")
    assert "Sales" in window.find("tbody").text
    for address in ("/employees/E1", "/employees", "/partners", "/proposals", "/deviations"):
        window.go(address)
        assert not window.is_too_wide(), address
    assert window.complaints() == []


def test_a_phone_is_entered_and_corrected_on_a_phone(window, person, people):
    person(Role.OPERATOR)
    window.chrome.set_window_size(390, 800)
    window.sign_in(Role.OPERATOR)
    window.find(".rooms summary").click()
    window.click(".rooms a[href='/phones']")
    window.click("#new")
    window.type(serial="8A7X0123", tag="WF-7", colour="red")
    window.click("#save")
    assert window.path == "/phones/WF-7"
    window.click("#edit")
    window.find("[name=colour]").clear()
    window.type(note="of the fair")
    window.reach("#save")
    window.click("#save")

    assert "red → —" in window.find("[role=status]").text
    assert not window.is_too_wide()
    assert window.complaints() == []


def test_a_session_that_is_ended_elsewhere_asks_to_sign_in(window, person, sessions):
    person(Role.OPERATOR)
    window.sign_in(Role.OPERATOR)
    with sessions.begin() as session:
        end_sessions(session, session.scalars(select(User)).one())

    window.click("a[href='/me']")
    assert window.path == "/login?next=/me&ended=yes"
    window.type(username="operator", password="correct horse battery")
    window.click("#sign-in")
    assert window.path == "/me"


def test_a_link_on_another_site_leads_to_the_page_and_not_to_the_door(window, person):
    person(Role.OPERATOR)
    window.sign_in(Role.OPERATOR)
    there = f"{window.server}/disclosures?state=denied"
    window.chrome.get(f"data:text/html,<a id=on href='{there}'>on</a>")
    window.click("#on")

    window.until(lambda: window.path == "/disclosures?state=denied")
    assert window.find("#sign-out").is_displayed()


def test_no_page_is_wider_than_a_phone_or_makes_the_browser_complain(
    window, person, enrol, stored, settings
):
    enrol("bench-with-a-rather-long-name-9")
    with stored() as make:  # a finding, an incident and a draft of a violation
        holder = make.employee(name="An Employee With A Long Name")
        phone = make.device(tag="WF-0001")
        issue(make.session, to=holder, devices=[phone], actor=SYSTEM)
        form = PaperIn(kind=PaperKind.ISSUE_FORM, subject=phone.tag)
        make_paper(make.session, form, actor=SYSTEM)
        told = {"since": None, "digest": "0" * 64, "actor": SYSTEM}
        tools = Tools(load_keyring(settings), settings)
        open_finding(make.session, tools, phone, Rule.PIN_REFUSED, **told)
        named = {"name": "safe-of-the-head-office-2", "recipient": RECIPIENT, "reason": "test"}
        kept = {"kept_by": "An Employee With A Long Name", "kept_at": "the safe behind the wall"}
        add_key(make.session, settings, EscrowKeyIn(**named, **kept), actor=SYSTEM)
        backup = plan_backup(make.session, tools, phone, reason="asked", actor=SYSTEM)
        asked = {"purpose": OpeningPurpose.GIVE_BACK, "reason": "he wants his photos"}
        ask_opening(make.session, backup, **asked, actor=SYSTEM)
    person(Role.ADMINISTRATOR, "an-administrator-with-a-long-name"), person(Role.AUDITOR)
    window.chrome.set_window_size(390, 800)
    for who, some in ((Role.AUDITOR, PAGES), ("an-administrator-with-a-long-name", PAGES)):
        window.sign_in(who)
        for path in some:
            window.go(path)
            assert not window.is_too_wide(), path
            refused = "403 (Forbidden)"  # which pages are for whom is asked elsewhere
            assert [line for line in window.complaints() if refused not in line] == [], path


def test_the_cookie_over_tls_is_this_hosts_alone(chrome, start_server, settings, person):
    person(Role.OPERATOR)
    public, private = certificate(settings.home)
    window = Window(chrome, start_server(certificate=public, key=private).serving.url)
    window.sign_in(Role.OPERATOR)
    window.go("/me")
    cookie = chrome.get_cookie("__Host-workfleet")

    assert window.path == "/me"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
