"""Files of apps: whose they are decides whether they are taken, and stations get them in pieces."""

import io
import zipfile
from hashlib import sha256

import pytest

from agents.handset.apk import app_file, certificate
from api.client import Client
from fleet.audit.models import AuditEntry
from fleet.backups.storage import apk_name, storage_of
from fleet.compliance.models import UsualSigner
from fleet.contracts.access import Role
from fleet.contracts.apk_files import ApkAddQuery, ApkQuery
from fleet.contracts.clock import now
from fleet.contracts.compliance import CompliancePolicyIn
from fleet.contracts.facts import App, PhoneFacts
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyPlanIn
from fleet.contracts.work_apps import WECHAT
from tests.api.bench import refused
from tests.memory import MEBIBYTE, growing, of_group

SIGNER = sha256(certificate("5f3c9a1e")).hexdigest()
OTHER = sha256(certificate("0badbad0")).hexdigest()


def file(**given) -> bytes:
    return app_file(WECHAT, **{"version_code": 3000, "version_name": "8.0.60", **given})


def sent(client, content: bytes, **given):
    asked = {"digest": sha256(content).hexdigest(), "size": len(content), **given}
    return client.add_apk(io.BytesIO(content), ApkAddQuery(**asked))


@pytest.fixture
def usual(stored):
    """Have most phones show who signs WeChat."""
    with stored() as make:
        make.session.add(UsualSigner(package=WECHAT, signer=SIGNER, phones=5))


@pytest.fixture
def operator(client) -> Client:
    return client(Role.OPERATOR)


@pytest.fixture
def security(client) -> Client:
    return client(Role.SECURITY)


def in_storage(settings, content: bytes) -> bool:
    name = apk_name(sha256(content).hexdigest())
    return storage_of(settings).size_of(name) is not None


def test_what_a_file_is_stands_in_the_file_itself(usual, operator, settings):
    added = sent(operator, file())

    assert (added.package, added.version_code, added.version_name) == (WECHAT, 3000, "8.0.60")
    assert (added.certificate, added.trusted_by) == (SIGNER, None)
    assert operator.apks().items == [added] == [operator.apk_file(added.digest[:12])]
    assert in_storage(settings, file())


def test_the_same_file_again_has_the_effect_of_one(usual, operator, sessions):
    first, second = sent(operator, file()), sent(operator, file())

    assert first == second
    with sessions() as session:
        assert session.query(AuditEntry).filter_by(event="apk.added").count() == 1


def test_terms_say_whose_certificate_counts(usual, operator, security, settings):
    terms = CompliancePolicyIn(reason="its maker's", document={"signers": {WECHAT: [OTHER]}})
    security.set_compliance_policy(terms)

    refusal = refused(sent, operator, file())
    assert (refusal.code, refusal.details["known"]) == ("apk_signer_wrong", OTHER)
    assert not in_storage(settings, file())
    assert sent(operator, file(signature="0badbad0")).certificate == OTHER


def test_a_signer_that_nobody_knows_is_refused_in_words(operator, settings):
    refusal = refused(sent, operator, file())

    assert refusal.code == "apk_signer_unknown"
    assert SIGNER in str(refusal)
    assert not in_storage(settings, file())
    assert list((settings.home / "spool").iterdir()) == []


def test_security_may_trust_it_for_a_reason_that_stays(operator, security, sessions):
    trusted = {"trust": True, "reason": "compared with its maker's page"}
    assert refused(sent, operator, file(), **trusted).code == "not_allowed"

    added = sent(security, file(), **trusted)

    assert added.trusted_because == "compared with its maker's page"
    with sessions() as session:
        [entry] = session.query(AuditEntry).filter_by(event="apk.added")
        assert entry.details["trusted_because"] == added.trusted_because


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.MANAGER, Role.EMPLOYEE])
def test_nobody_else_adds_files(usual, client, role):
    assert refused(sent, client(role), file()).code == "not_allowed"


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


NO_APPS = {
    "text": (b"no file of an app", "no_app"),
    "nothing in it": (zipped(), "no_app"),
    "a bundle": (zipped(**{"base.apk": file(), "toc.pb": b""}), "split_app"),
    "a part": (file(split="config.arm64"), "split_app"),
    "cut off": (file(size=1000)[:-700], "no_app"),
    "spoilt": (file()[:60] + b"\xff" * 60 + file()[120:], "no_app"),
}


@pytest.mark.parametrize(("content", "reason"), NO_APPS.values(), ids=NO_APPS)
def test_what_no_phone_installs_alone_is_refused(usual, operator, settings, content, reason):
    refusal = refused(sent, operator, content)

    assert (refusal.code, refusal.details["reason"]) == ("apk_unreadable", reason)
    assert list((settings.home / "spool").iterdir()) == []


def test_an_unsigned_file_is_refused(usual, operator):
    whole = file()
    unsigned = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as old,
        zipfile.ZipFile(unsigned, "w") as new,
    ):
        new.writestr("AndroidManifest.xml", old.read("AndroidManifest.xml"))

    refusal = refused(sent, operator, unsigned.getvalue())
    assert refusal.details["reason"] == "no_certificate"


def test_what_does_not_arrive_as_announced_is_not_kept(usual, operator, client_of, settings):
    wrong = refused(sent, operator, file(), digest="0" * 64)
    digest, less = sha256(file()).hexdigest(), len(file()) - 1
    asked = f"/api/v1/apks?digest={digest}&size={less}"

    assert wrong.code == "pack_damaged"
    answer = client_of(Role.OPERATOR).put(asked, data=file())
    assert answer.json["code"] == "pack_size_wrong"
    assert list((settings.home / "spool").iterdir()) == []


def test_what_is_too_large_is_refused_before_it_is_read(usual, client_of):
    asked = f"/api/v1/apks?digest={'0' * 64}&size={2**30 + 1}"

    assert client_of(Role.OPERATOR).put(asked, data=b"x").status_code == 422


def test_trust_needs_a_reason(client_of):
    asked = f"/api/v1/apks?digest={'0' * 64}&size=1&trust=true"

    assert client_of(Role.SECURITY).put(asked, data=b"x").status_code == 422


def test_a_station_fetches_a_file_or_a_part_of_it(usual, operator, station):
    digest = sent(operator, file()).digest

    with station.apk(digest) as pieces:
        assert b"".join(pieces) == file()
    with station._download("station", "apks", digest, start=100) as pieces:
        assert b"".join(pieces) == file()[100:]
    assert refused(fetched, station, "0" * 64).code == "apk_not_found"


def fetched(client, digest: str) -> bytes:
    with client.apk(digest) as pieces:
        return b"".join(pieces)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SECURITY, Role.ADMINISTRATOR])
def test_only_a_station_fetches_files(usual, operator, client, role):
    digest = sent(operator, file()).digest

    assert refused(fetched, client(role), digest).code == "not_allowed"


def test_a_removed_file_is_gone_and_its_line_stays(usual, operator, station, settings):
    digest = sent(operator, file()).digest

    removed = operator.remove_apk(digest[:12])

    assert removed.removed_by
    assert not in_storage(settings, file())
    assert operator.apks().items == []
    assert len(operator.apks(ApkQuery(removed=True)).items) == 1
    assert refused(fetched, station, digest).code == "apk_not_found"
    assert refused(operator.remove_apk, digest).code == "apk_not_found"
    assert sent(operator, file()).removed_at is None
    assert fetched(station, digest) == file()


def test_a_file_that_is_to_be_installed_is_not_removed(usual, operator, stored):
    with stored() as make:
        phone = make.device(tag="WF-0007")
        app = App(package=WECHAT, version_code=1, certificate=SIGNER, users=(0,))
        phone.facts = PhoneFacts(apps=(app,), probed_at=now()).model_dump(mode="json")
    digest = sent(operator, file()).digest
    given = {"devices": ["WF-0007"], "action": RemedyAction.UPDATE_APP, "package": WECHAT}
    operator.plan_remedies(RemedyPlanIn(**given))

    assert refused(operator.remove_apk, digest).code == "apk_in_use"
    [remedy] = operator.remedies().items
    operator.cancel_remedy(remedy.number)
    assert operator.remove_apk(digest).removed_at


def test_a_large_file_goes_through_a_real_server_in_little_memory(
    usual, start_server, token_of, station
):
    running = start_server()
    content = file(size=96 * MEBIBYTE)
    digest = sha256(content).hexdigest()
    of_station = station._http.headers["Authorization"].removeprefix("Bearer ")

    with growing(*of_group(running.process.pid)) as server:
        with Client(running.serving.url, token_of(Role.OPERATOR)) as operator:
            sent(operator, content)
        back = sha256()
        with Client(running.serving.url, of_station) as client, client.apk(digest) as pieces:
            for piece in pieces:
                back.update(piece)

    assert 0 < server.most < 64 * MEBIBYTE
    assert back.hexdigest() == digest
