"""Two servers, each with a folder of its own, on one PostgreSQL: what one knows the other knows."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import cycle

import pytest

from api.client import Client, Refused
from fleet.access.actor import SYSTEM
from fleet.access.granting import grant_role
from fleet.access.services import make_user, seal_break_glass
from fleet.contracts.access import LoginIn, Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import AdoptIn, CredentialKind, DiscloseIn
from fleet.contracts.stations import EnrolIn, EnrolmentCodeIn, PhoneSeen, Report, SyncIn
from fleet.keys.sources import load_keyring
from fleet.rotation.services import plan_rotation
from fleet.settings import load
from fleet.vault.rekeying import check_all, remaining
from fleet.vault.tools import Tools
from tests.api.conftest import public_key
from tests.factories import FOUNDER

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("dialect", ["postgres"], indirect=True),
]
ANN = {"username": "ann", "password": "a sentence of Ann's own"}


@pytest.fixture
def homes(settings, tmp_path_factory):
    """Give the folders of two servers that share a database, a key and nothing else."""
    second = tmp_path_factory.mktemp("second")
    text = (settings.home / "settings.toml").read_text()
    (second / "settings.toml").write_text(f'{text}\nkey_file = "{settings.key_path}"')
    return settings.home, second


@pytest.fixture
def two(homes, start_server):
    return [start_server(home=home).serving.url for home in homes]


@pytest.fixture
def client_at():
    """Give clients of a server that are closed when the test ends."""
    with ExitStack() as opened:
        yield lambda url, token: opened.enter_context(Client(url, token))


@pytest.fixture
def ann(sessions):
    """Give somebody with a password."""
    with sessions.begin() as session:
        given = {"username": ANN["username"], "password": ANN["password"]}
        user = make_user(session, name="Ann", actor=SYSTEM, **given)
        grant_role(session, user, Role.AUDITOR, reason="of the test", actor=SYSTEM)


def sign_in(url: str, **given: str) -> str:
    with Client(url) as stranger:
        return stranger.login(LoginIn(**{**ANN, **given})).token


def refusal(call, *given) -> str:
    with pytest.raises(Refused) as refused:
        call(*given)
    return refused.value.code


def test_who_signs_in_at_one_is_known_to_the_other_until_he_signs_out(two, ann, client_at):
    token = sign_in(two[0])
    one, other = (client_at(url, token) for url in two)

    assert other.whoami().username == "ann"
    one.logout()
    assert refusal(other.whoami) == "token_not_known"


def test_wrong_passwords_at_both_delay_the_right_one_at_both(two, ann):
    for url, _ in zip(cycle(two), range(5), strict=False):
        with pytest.raises(Refused):
            sign_in(url, password="a wrong sentence")

    with pytest.raises(Refused) as first:
        sign_in(two[0])
    with pytest.raises(Refused) as second:
        sign_in(two[1])
    assert (first.value.code, second.value.code) == ("locked_out", "locked_out")


def test_a_flood_over_both_is_one_flood(homes, start_server, ann):
    for home in homes:
        with (home / "settings.toml").open("a") as file:
            file.write("\nlogins_per_minute = 4\n")
    two = [start_server(home=home).serving.url for home in homes]

    for url, _ in zip(cycle(two), range(4), strict=False):
        sign_in(url)

    assert [refusal(sign_in, url) for url in two] == ["too_many_requests"] * 2


def test_the_account_in_the_safe_opens_once_whichever_server_is_asked(two, sessions, token_of):
    with sessions.begin() as session:
        user, password = seal_break_glass(session, actor=SYSTEM)
    given = {"username": user.username, "password": password}

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda url: entered(url, **given), two * 2))

    assert sorted(answers) == ["login_refused"] * 3 + ["opened"]
    with Client(two[1], token_of(FOUNDER)) as other:
        assert len(other.summary().alarms) == 1


def entered(url: str, **given: str) -> str:
    try:
        sign_in(url, **given)
    except Refused as refused:
        return refused.code
    return "opened"


def test_a_job_that_one_has_lent_the_other_never_lends(two, settings, stored, token_of, client_at):
    with stored() as make:
        phones = [make.device() for _ in range(4)]
        tools = Tools(load_keyring(settings), settings)
        for phone in phones:
            plan_rotation(make.session, tools, phone, reason="due", actor=make.actor())
        facts = [make.facts(phone) for phone in phones]
    founder = token_of(FOUNDER)
    benches = [client_at(url, enrolled(url, founder, f"bench-{n}")) for n, url in enumerate(two)]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda bench: seen_and_asked(bench, facts), benches))

    lent = [lease.job for answer in answers for lease in answer]
    assert sorted(lent) == sorted(set(lent))
    assert len(lent) == len(phones)


def enrolled(url: str, token: str, name: str) -> str:
    with Client(url, token) as administrator:
        code = administrator.invite_station(EnrolmentCodeIn(station=name)).code
        given = EnrolIn(code=code, public_key=public_key(), software="test 1")
        return administrator.enrol(given).token


def seen_and_asked(bench: Client, facts) -> list:
    """Tell of every phone, ask for work until there is none, and give the leases, each once."""
    bodies = [PhoneSeen(facts=one, transport="usb", digest="0" * 64) for one in facts]
    reports = [Report(sequence=n, at=now(), body=body) for n, body in enumerate(bodies, start=1)]
    present = [one.identity.serial for one in facts]
    leases = {}
    for _ in range(8):
        asked = SyncIn(reports=reports, present=present, running=list(leases), free=1)
        with suppress(Refused):  # both told of one phone at the same moment: this one asks again
            leases |= {lease.job: lease for lease in bench.sync(asked).leases}
    return list(leases.values())


def test_the_key_is_exchanged_while_both_seal_and_open(two, homes, stored, sessions, token_of):
    with stored() as make:
        tags = [make.device().tag for _ in range(6)]
    founder = token_of(FOUNDER)
    adopt_all(two[0], founder, tags)
    pin = CredentialKind.DEVICE_PIN

    def go_on(url: str) -> set[str]:
        asked = DiscloseIn(kind=pin, reason="of the test")
        with Client(url, founder) as known:
            for number, tag in enumerate(tags * 5):
                value = f"40{number:02d}17"
                known.adopt_device_pin(tag, AdoptIn(kind=pin, value=value, reason="told"))
            return {known.disclose_device_pin(tag, asked).value for tag in tags}

    with ThreadPoolExecutor(2) as pool:
        busy = [pool.submit(go_on, url) for url in two]
        assert rekey(homes[0]) == 0
        values = [one.result() for one in busy]
    assert rekey(homes[1]) == 0
    keyring = load_keyring(load(homes[1]))
    with sessions() as session:
        assert (remaining(session, keyring), check_all(session, keyring).shut) == (0, [])
    assert all(values)


def adopt_all(url: str, token: str, tags: list[str]) -> None:
    with Client(url, token) as known:
        for tag in tags:
            body = AdoptIn(kind=CredentialKind.DEVICE_PIN, value="402917", reason="told")
            known.adopt_device_pin(tag, body)


def rekey(home) -> int:
    command = [sys.executable, "-m", "cli", "vault", "rekey", "--yes", "--home", str(home)]
    return subprocess.run(command, capture_output=True, check=False).returncode
