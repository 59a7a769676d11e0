"""Papers by the API: made, listed, attested, attached to, void, and never told to others."""

from hashlib import sha256

import pytest

from fleet.contracts.access import Role
from fleet.contracts.papers import (
    LARGEST_SCAN,
    AttestIn,
    PaperIn,
    PaperKind,
    PaperRole,
    PaperState,
    PaperTextIn,
    ScanQuery,
    SignIn,
    VoidIn,
)
from fleet.custody.issuing import issue
from tests.api.bench import refused
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture" * 300_000  # longer than other bodies may be


@pytest.fixture
def operator(client):
    return client(Role.OPERATOR)


@pytest.fixture
def paper(stored, operator):
    with stored() as make:
        phone, ann = make.device(tag="WF-0001"), make.employee(number="E1037", name="王芳")
        issue(make.session, to=ann, devices=[phone], actor=make.actor())
    given = PaperIn(kind=PaperKind.ISSUE_FORM, subject="WF-0001")
    return operator.make_paper(given).paper


def scan_in(content=PNG, **given):
    return ScanQuery(digest=sha256(content).hexdigest(), size=len(content), **given)


def test_a_paper_is_made_once_listed_and_shown(operator, paper):
    asked = PaperIn(kind=PaperKind.ISSUE_FORM, subject="WF-0001")
    again = operator.make_paper(asked)
    assert (again.unchanged, again.paper.number) == (True, paper.number)

    [line] = operator.papers().items
    assert (line.number, line.signed, line.parties) == (paper.number, 0, 3)
    shown = operator.paper(paper.number)
    assert shown == paper
    assert shown.is_whole


def test_a_dry_run_says_what_it_would_say_and_stores_nothing(operator, paper):
    plan = operator.make_paper(PaperIn(kind=PaperKind.PLEDGE, subject="E1037", dry_run=True))

    assert (plan.paper, plan.content.title.zh) == (None, "工作手机与工作微信诚信承诺书")
    assert len(operator.papers().items) == 1


def test_signatures_are_told_with_how_they_are_known(operator, paper):
    given = AttestIn(role=PaperRole.HOLDER, digest=paper.digest, name="王芳", identity="staff card")
    done = operator.attest_paper(paper.number, given)

    [holder] = [one for one in done.signers if one.role is PaperRole.HOLDER]
    assert (holder.signature.name, holder.signature.level) == ("王芳", "declared")
    again = refused(operator.attest_paper, paper.number, given)
    assert again.code == "role_signed"


def test_a_token_does_not_sign(operator, paper):
    given = SignIn(role=PaperRole.HANDLER, digest=paper.digest)

    assert refused(operator.sign_paper, paper.number, given).code == "not_signed_in"


def test_a_large_scan_comes_in_once_and_goes_out_as_it_came(operator, paper):
    done = operator.attach_scan(paper.number, [PNG], scan_in(roles="holder"))
    again = operator.attach_scan(paper.number, [PNG], scan_in(roles="holder"))

    assert (done.scans[0].kind, len(again.scans), again.signed) == ("image/png", 1, 1)
    with operator.scan(paper.number, 1) as pieces:
        assert b"".join(pieces) == PNG


@pytest.mark.parametrize(
    ("content", "code"), [(b"MZ", "scan_unreadable"), (PNG[:100], "not_to_be_signed_so")]
)
def test_what_is_no_scan_of_it_is_refused(operator, paper, content, code):
    query = scan_in(content, roles="finance")

    assert refused(operator.attach_scan, paper.number, [content], query).code == code


def test_a_scan_that_is_too_large_is_not_read(client_of, paper):
    query = {"digest": "0" * 64, "size": LARGEST_SCAN}
    body = b"\x89PNG\r\n\x1a\n" + bytes(LARGEST_SCAN)
    answer = client_of(Role.OPERATOR).put(
        f"/api/v1/papers/{paper.number}/scans", query_string=query, data=body
    )

    assert answer.status_code in {413, 422}


def test_a_void_paper_says_so(operator, paper):
    done = operator.void_paper(paper.number, VoidIn(reason="the wrong phone"))

    assert (done.state, done.void_reason) == (PaperState.VOID, "the wrong phone")


def test_others_neither_see_nor_fetch_it(client, operator, paper):
    operator.attach_scan(paper.number, [PNG], scan_in())
    employee = client(Role.EMPLOYEE)

    assert employee.papers().items == []
    assert refused(employee.paper, paper.number).code == "paper_not_found"
    with pytest.raises(Exception, match="paper"), employee.scan(paper.number, 1):
        pass
    assert refused(employee.void_paper, paper.number, VoidIn(reason="not me")).code == "not_allowed"


def test_a_text_is_shown_and_edited_by_security_alone(client, operator):
    text = operator.paper_text("pledge")
    given = PaperTextIn(text=text.text, reason="our own", dry_run=True)

    assert refused(operator.edit_paper_text, "pledge", given).code == "not_allowed"
    security = client(Role.SECURITY)
    assert security.edit_paper_text("pledge", given).number == 2
    assert operator.paper_text("pledge").number == 1
    assert refused(security.edit_paper_text, "poem", given).code == "paper_text_not_found"
