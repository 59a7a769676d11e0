"""What the checks of things at hand find: which phone it is, its use, its cards, its signatures."""

from datetime import UTC, timedelta

import pytest

from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName
from fleet.contracts.facts import App, Identity, Settings
from fleet.contracts.proof import Level
from fleet.contracts.work_apps import WECHAT
from fleet.custody.errors import AccountNotOnIt, OfNoAccount
from fleet.custody.gate import gate, gate_by
from fleet.custody.issuing import issue
from fleet.custody.proofs import proofs_of
from fleet.custody.services import declare, start_return
from fleet.custody.signing import SIGNATURES, Signed, Signer, Signing
from fleet.rotation import declaring
from fleet.rotation.declaring import attend, witness
from tests.factories import luhn
from tests.fleet.custody.proofs import back_up, change_password, look, rotate_pin

OURS, ANOTHER = luhn("86000000111111"), luhn("86000000222222")


@pytest.fixture
def ann(make):
    return make.employee(name="王芳")


@pytest.fixture
def phone(session, make, ann):
    device = make.device(imei=[OURS])
    issue(session, to=ann, devices=[device], actor=make.actor())
    start_return(session, device, actor=make.actor())
    return device


def check(session, device, name):
    return next(one for one in gate(session, device).checks if one.check is name)


def said(session, make, device, name, **given):
    declare(session, device, check=name, note="I have seen it", actor=make.actor(), **given)


def test_the_phone_of_the_register_is_known_by_its_numbers(session, tools, make, phone):
    look(session, tools, make, phone)

    found = check(session, phone, CheckName.IDENTITY)

    assert (found.ok, found.level) == (True, Level.VERIFIED)
    assert found.proofs[0].digest == phone.facts_digest


def test_another_phone_under_its_number_is_not_talked_away(session, tools, make, ann):
    phone = make.device()
    issue(session, to=ann, devices=[phone], actor=make.actor())
    start_return(session, phone, actor=make.actor())
    identity = Identity(serial=phone.serial, imei=(ANOTHER,))
    look(session, tools, make, phone, identity=identity)
    phone.imei = [OURS]  # as the invoice says, whatever the visit has added
    said(session, make, phone, CheckName.IDENTITY)

    found = check(session, phone, CheckName.IDENTITY)

    assert (found.ok, found.declarable, found.waivable) == (False, False, False)
    assert ANOTHER in found.sentence


def test_a_phone_that_does_not_start_is_known_by_its_label(session, make, phone):
    said(session, make, phone, CheckName.IDENTITY)

    assert check(session, phone, CheckName.IDENTITY).level is Level.DECLARED
    assert not check(session, phone, CheckName.SEEN).ok


def used(at, *, zone="UTC"):
    wechat = App(package=WECHAT, last_used=f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}")
    return {"apps": (wechat,), "settings": Settings(timezone=zone), "probed_at": now()}


def test_a_backup_is_younger_than_the_last_use(session, tools, make, phone):
    backup = back_up(session, phone)
    look(session, tools, make, phone, **used(now() - timedelta(hours=2)))
    found = check(session, phone, CheckName.BACKUP)
    assert (found.ok, found.proofs[0].digest) == (True, backup.manifest_digest)
    assert "was used since" in found.sentence

    look(session, tools, make, phone, **used(now() + timedelta(seconds=30)))

    found = check(session, phone, CheckName.BACKUP)
    assert (found.ok, WECHAT in found.sentence) == (False, True)


def test_where_the_use_cannot_be_read_the_check_says_so(session, tools, make, phone):
    back_up(session, phone)
    look(session, tools, make, phone, **used(now(), zone=None))

    found = check(session, phone, CheckName.BACKUP)

    assert (found.ok, "cannot be read" in found.sentence) == (True, True)


def test_every_wechat_account_on_it_is_asked_about(session, tools, make, ann, phone):
    ours = [make.account(), make.account(AccountKind.WECOM)]
    issue(session, to=ann, accounts=ours, actor=make.actor())
    other = make.account(device=make.device())
    issue(session, to=make.employee(), accounts=[other], actor=make.actor())
    found = check(session, phone, CheckName.UNBOUND)
    assert (found.ok, ours[1].handle in found.sentence) == (False, False)
    with pytest.raises(AccountNotOnIt):
        said(session, make, phone, CheckName.UNBOUND, account=other)
    with pytest.raises(OfNoAccount):
        said(session, make, phone, CheckName.SIM, account=ours[0])

    said(session, make, phone, CheckName.UNBOUND, account=ours[0])

    assert check(session, phone, CheckName.UNBOUND).level is Level.DECLARED


def test_what_two_noted_at_the_change_has_not_to_be_said_again(session, tools, make, ann, phone):
    account = make.account()
    issue(session, to=ann, accounts=[account], actor=make.actor())
    wang, chen = make.actor(name="Wang Lei"), make.actor(name="Chen Hao")
    rotation, _value = attend(session, tools, account, reason="on the way back", actor=wang)

    def done(what, *, seen=True):
        declaring.declare(session, rotation, what=what, note="in the wallet", actor=wang)
        if seen:
            witness(session, tools, rotation, what=what, actor=chen)

    done("changed")
    done("real_name")
    done("bank", seen=False)
    assert not check(session, phone, CheckName.UNBOUND).ok
    witness(session, tools, rotation, what="bank", actor=chen)

    found = check(session, phone, CheckName.UNBOUND)

    assert (found.ok, found.level) == (True, Level.DECLARED)
    assert "a second person saw it" in found.sentence
    assert {proof.by for proof in found.proofs} == {"Chen Hao"}
    assert all("Wang Lei" in proof.what for proof in found.proofs)


def test_what_two_noted_before_the_return_proves_nothing_of_it(session, tools, make, ann):
    device, account = make.device(), make.account()
    issue(session, to=ann, devices=[device], accounts=[account], actor=make.actor())
    wang, chen = make.actor(name="Wang Lei"), make.actor(name="Chen Hao")
    rotation, _value = attend(session, tools, account, reason="long before", actor=wang)
    for what in ("changed", "real_name", "bank"):
        declaring.declare(session, rotation, what=what, note="in the wallet", actor=wang)
        witness(session, tools, rotation, what=what, actor=chen)

    start_return(session, device, actor=make.actor())

    assert not check(session, device, CheckName.UNBOUND).ok


def test_each_change_is_a_proof_with_its_time(session, tools, make, ann, phone):
    account = make.account()
    issue(session, to=ann, accounts=[account], actor=make.actor())
    rotate_pin(session, tools, phone)
    change_password(session, tools, account)

    for name in (CheckName.PIN, CheckName.ACCOUNTS):
        [proof] = check(session, phone, name).proofs
        assert proof.at is not None


@pytest.fixture
def signed(phone):
    """Have a paper of every return, signed by those who are put into the answer."""
    by: dict[Signer, Signed] = {}
    SIGNATURES.append(lambda _session, returns: {key: Signing("P-1", by) for key in returns})
    yield by
    SIGNATURES.pop()


def test_a_paper_that_was_made_is_signed_by_both(session, phone, signed):
    found = check(session, phone, CheckName.SIGNATURES)
    assert (found.ok, "P-1" in found.sentence) == (False, True)
    for signer in (Signer.HOLDER, Signer.RECEIVER):
        signed[signer] = Signed(signer.value, Level.OBSERVED, now(), "d" * 64)

    found = check(session, phone, CheckName.SIGNATURES)

    assert (found.ok, found.level, len(found.proofs)) == (True, Level.OBSERVED, 2)


def test_where_no_paper_is_made_none_is_asked_for(session, phone):
    found = check(session, phone, CheckName.SIGNATURES)

    assert (found.ok, found.needed, found.level) == (True, Level.NONE, Level.NONE)


def test_the_gates_of_many_phones_take_no_more_queries(session, tools, make, count_queries):
    def returning(count):
        phones = []
        for _n in range(count):
            device, person, account = make.device(), make.employee(), make.account()
            issue(session, to=person, devices=[device], accounts=[account], actor=make.actor())
            start_return(session, device, actor=make.actor())
            rotate_pin(session, tools, device)
            back_up(session, device)
            look(session, tools, make, device)
            phones.append(device)
        session.flush()
        session.expire_all()
        for device in phones:
            session.refresh(device)
        with count_queries() as sent:
            proofs = proofs_of(session, phones)
            for device in phones:
                gate_by(proofs, device)
        return len(sent)

    assert returning(2) == returning(7)
