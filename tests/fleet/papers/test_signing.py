"""Whose signature it is, of what, and how well that is known."""

from dataclasses import replace
from hashlib import sha256
from os import urandom

import pytest

from fleet.access.errors import NotAllowed, NotSignedIn
from fleet.backups.storage import scan_name, storage_of
from fleet.contracts.access import Role
from fleet.contracts.papers import (
    LARGEST_SCAN,
    PaperIn,
    PaperKind,
    PaperRole,
    ScanQuery,
    SignedHow,
    SignIn,
)
from fleet.contracts.proof import Level
from fleet.custody.issuing import issue
from fleet.keys.errors import SecretUnreadable
from fleet.keys.keyring import Keyring
from fleet.keys.sealed import every
from fleet.papers import scans, signing
from fleet.papers.errors import (
    DigestOfAnother,
    NotToBeSignedSo,
    NotYoursToSign,
    PaperAltered,
    PaperNotValid,
    RoleSigned,
    ScanArrivedWrong,
    ScanNotWhole,
    ScanTooLarge,
    ScanUnreadable,
    SignedInAnotherRole,
    SignsForHimself,
)
from fleet.papers.models import PaperScan
from fleet.papers.services import make_paper, void_paper
from tests.fleet.papers.hands import STROKES, attested, in_person, signed

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"


@pytest.fixture
def ann(make):
    return make.employee(name="王芳")


@pytest.fixture
def desk(make):
    return in_person(make.actor(Role.OPERATOR, "Liu Yang"))


@pytest.fixture
def paper(session, make, ann, desk):
    phone = make.device(tag="WF-0311")
    issue(session, to=ann, devices=[phone], actor=desk)
    given = PaperIn(kind=PaperKind.ISSUE_FORM, subject=phone.tag)
    return make_paper(session, given, actor=desk)


@pytest.fixture
def hers(make, ann):
    return in_person(make.actor(Role.EMPLOYEE, "Wang Fang"), ann)


def scan_in(content=PNG, **given):
    told = {"digest": sha256(content).hexdigest(), "size": len(content), **given}
    return ScanQuery(**told)


def test_the_holder_signs_by_her_own_sign_in_and_that_is_observed(session, paper, hers, ann):
    done = signing.sign(session, paper, signed(paper, PaperRole.HOLDER, STROKES), actor=hers)

    assert (done.how, done.level) == (SignedHow.OWN_HAND, Level.OBSERVED)
    assert (done.name, done.employee_id, done.digest) == ("王芳", ann.id, paper.digest)
    assert done.drawing == STROKES.model_dump(mode="json")


def test_a_programs_token_signs_nothing(session, paper, make, ann):
    actor = make.actor(Role.EMPLOYEE)
    token = type(actor)(**{**vars(actor), "employee_id": ann.id})

    with pytest.raises(NotSignedIn):
        signing.sign(session, paper, signed(paper, PaperRole.HOLDER), actor=token)


def test_nobody_signs_for_somebody_else(session, paper, make, desk, hers):
    other = in_person(make.actor(Role.EMPLOYEE), make.employee())
    for actor, role in (
        (other, PaperRole.HOLDER),
        (desk, PaperRole.HOLDER),
        (hers, PaperRole.HANDLER),
    ):
        with pytest.raises(NotYoursToSign):
            signing.sign(session, paper, signed(paper, role), actor=actor)

    assert paper.signatures == []


def test_nobody_signs_one_paper_in_two_roles(session, paper, desk):
    signing.sign(session, paper, signed(paper, PaperRole.HANDLER), actor=desk)

    with pytest.raises(SignedInAnotherRole):
        signing.sign(session, paper, signed(paper, PaperRole.LINE_HEAD), actor=desk)


def test_what_is_signed_at_the_desk_is_declared_by_who_saw_it(session, paper, desk, make):
    done = signing.attest(session, paper, attested(paper, PaperRole.HOLDER, "王芳"), actor=desk)

    assert (done.how, done.level) == (SignedHow.AT_THE_DESK, Level.DECLARED)
    assert (done.name, done.by, done.identity) == ("王芳", "Liu Yang", "staff card")
    own = attested(paper, PaperRole.HANDLER, "Liu Yang")
    with pytest.raises(SignsForHimself):
        signing.attest(session, paper, own, actor=desk)


def test_a_role_is_signed_once(session, paper, desk, hers):
    signing.sign(session, paper, signed(paper, PaperRole.HOLDER), actor=hers)

    with pytest.raises(RoleSigned):
        signing.attest(session, paper, attested(paper, PaperRole.HOLDER, "王芳"), actor=desk)
    with pytest.raises(NotToBeSignedSo):
        signing.attest(session, paper, attested(paper, PaperRole.FINANCE, "王芳"), actor=desk)


def test_another_content_than_the_one_that_was_read_is_not_signed(session, paper, hers):
    other = SignIn(role=PaperRole.HOLDER, digest="0" * 64)
    with pytest.raises(DigestOfAnother):
        signing.sign(session, paper, other, actor=hers)

    short = SignIn(role=PaperRole.HOLDER, digest=paper.digest[:16])
    assert signing.sign(session, paper, short, actor=hers).digest == paper.digest


def test_a_content_that_was_changed_behind_our_back_cannot_be_signed(session, paper, hers):
    altered = {**paper.content, "title": {"zh": "别的", "en": "other"}}
    table = type(paper).__table__
    session.execute(table.update().where(table.c.id == paper.id).values(content=altered))

    with pytest.raises(PaperAltered):
        signing.sign(session, paper, signed(paper, PaperRole.HOLDER), actor=hers)


def test_a_void_paper_is_not_signed(session, paper, desk, hers):
    void_paper(session, paper, reason="misprint", actor=desk)

    with pytest.raises(PaperNotValid):
        signing.sign(session, paper, signed(paper, PaperRole.HOLDER), actor=hers)
    with pytest.raises(PaperNotValid):
        signing.attest(session, paper, attested(paper, PaperRole.HOLDER, "王芳"), actor=desk)


def test_who_listens_hears_of_every_signature(session, tools, paper, desk, hers, monkeypatch):
    heard = []
    listen = [lambda _session, one, signature, _actor: heard.append((one, signature.role))]
    monkeypatch.setattr(signing, "SIGN_LISTENERS", listen)

    signing.sign(session, paper, signed(paper, PaperRole.HOLDER), actor=hers)
    scans.attach(session, tools, paper, [PNG], scan_in(roles="handler"), actor=desk)

    assert heard == [(paper, PaperRole.HOLDER), (paper, PaperRole.HANDLER)]


def test_a_scan_is_kept_and_names_who_signed_with_ink(session, tools, paper, desk):
    given = scan_in(roles="holder,line_head", note="signed at the desk")
    scan = scans.attach(session, tools, paper, [PNG], given, actor=desk)

    assert scans.opened(tools, paper, scan) == PNG
    assert {one.role for one in paper.signatures} == {PaperRole.HOLDER, PaperRole.LINE_HEAD}
    assert {(one.how, one.level) for one in paper.signatures} == {
        (SignedHow.ON_PAPER, Level.DECLARED)
    }
    again = scans.attach(session, tools, paper, [PNG], given, actor=desk)
    assert (again, len(paper.scans)) == (scan, 1)


def test_a_scan_lies_encrypted_and_opens_with_its_own_row_alone(session, tools, paper, desk):
    scan = scans.attach(session, tools, paper, [PNG], scan_in(), actor=desk)
    stored = b"".join(storage_of(tools.settings).read(scan_name(scan.object)))
    assert b"a picture" not in stored

    other = scans.attach(session, tools, paper, [PNG + b"2"], scan_in(PNG + b"2"), actor=desk)
    scan.sealed, kept = other.sealed, scan.sealed
    with pytest.raises(SecretUnreadable):
        scans.opened(tools, paper, scan)
    scan.sealed, scan.object = kept, other.object
    with pytest.raises(ScanNotWhole):
        scans.opened(tools, paper, scan)


@pytest.mark.parametrize(
    ("content", "given", "refusal"),
    [
        (b"MZ\x90", {}, ScanUnreadable),
        (b"<html>", {}, ScanUnreadable),
        (PNG, {"size": 4}, ScanArrivedWrong),
        (PNG, {"digest": "0" * 64}, ScanArrivedWrong),
        (PNG, {"roles": "finance"}, NotToBeSignedSo),
    ],
)
def test_what_is_no_scan_is_refused_and_nothing_is_kept(
    session, tools, paper, desk, content, given, refusal
):
    with pytest.raises(refusal):
        scans.attach(session, tools, paper, [content], scan_in(content, **given), actor=desk)

    assert (paper.scans, paper.signatures) == ([], [])


def test_a_scan_has_a_limit(session, tools, paper, desk):
    endless = (PNG for _ in iter(int, 1))

    with pytest.raises(ScanTooLarge):
        scans.attach(session, tools, paper, endless, scan_in(size=LARGEST_SCAN), actor=desk)


def test_who_may_not_attest_and_attach_does_not(session, tools, paper, make, hers):
    with pytest.raises(NotAllowed):
        signing.attest(session, paper, attested(paper, PaperRole.HOLDER, "x"), actor=hers)
    with pytest.raises(NotAllowed):
        scans.attach(session, tools, paper, [PNG], scan_in(), actor=make.actor(Role.AUDITOR))


def test_a_scan_of_ink_does_not_touch_what_is_signed_already(session, tools, paper, desk, hers):
    signing.sign(session, paper, signed(paper, PaperRole.HOLDER), actor=hers)

    with pytest.raises(RoleSigned):
        scans.attach(session, tools, paper, [PNG], scan_in(roles="holder"), actor=desk)
    assert paper.signature(PaperRole.HOLDER).how is SignedHow.OWN_HAND


def test_keys_are_exchanged_without_touching_a_stored_scan(session, tools, paper, desk):
    scan = scans.attach(session, tools, paper, [PNG], scan_in(), actor=desk)
    [(column, row)] = [one for one in every(session) if one[0].model is PaperScan]

    new = Keyring.of(*tools.keyring.keys.values(), urandom(32))
    scan.sealed = new.rewrap(row.sealed, context=column.context(row))

    assert scan.sealed.startswith(new.prefix)
    assert scans.opened(replace(tools, keyring=new), paper, scan) == PNG
