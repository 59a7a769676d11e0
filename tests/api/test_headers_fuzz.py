"""What stands in headers and page marks is anybody's text: believed where it fits, or not."""

from base64 import urlsafe_b64encode
from ipaddress import ip_address
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from api.language import language_of
from api.proxies import BehindProxies
from fleet.accounts.models import Account
from fleet.contracts.words import LANGUAGES
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.paging import PageMarkUnreadable, _mark, _unmarked
from tests.effort import effort

LATIN = some.text(some.characters(max_codepoint=255), max_size=40)
HOPS = some.lists(
    some.sampled_from(["192.0.2.9", "198.51.100.1", "::1", "fe80::1%eth0", "1.2.3.4:80", "", "x"])
    | LATIN,
    max_size=6,
).map(",".join)


@effort(200)
@given(HOPS, LATIN)
def test_whatever_a_proxy_names_an_address_stays_an_address(hops, scheme):
    seen = {}
    believing = BehindProxies(lambda environ, _start: seen.update(environ) or [], ["192.0.2.0/24"])

    believing(
        {
            "REMOTE_ADDR": "192.0.2.7",
            "HTTP_X_FORWARDED_FOR": hops,
            "HTTP_X_FORWARDED_PROTO": scheme,
        },
        lambda *_: None,
    )

    assert ip_address(seen["REMOTE_ADDR"])
    assert seen.get("wsgi.url_scheme") in {None, "http", "https"}


@effort(200)
@given(LATIN | some.text("zhenq=;,-*0.1 ", max_size=40))
def test_whatever_language_is_asked_for_we_have_the_answer(header):
    assert language_of(header) in LANGUAGES


@pytest.mark.timeout(20)
def test_no_header_keeps_the_reader_busy():
    assert language_of("zh;q=" * 20_000) in LANGUAGES


PLAIN = some.text(max_size=20) | some.binary(max_size=30).map(lambda raw: raw.decode("latin-1"))
INSIDE = some.sampled_from(
    [
        *("[]", "[1]", '["a","b"]', "{}", "null", "[Infinity,1]", "[1e999,1]", "[" * 3000),
        *('["\\ud800","' + uuid4().hex + '"]', '[[1],"' + uuid4().hex + '"]', '["9999-13-01","x"]'),
        f'[{"9" * 5000},"{uuid4().hex}"]',
    ]
).map(lambda text: urlsafe_b64encode(text.encode()).decode())
COLUMNS = some.sampled_from(
    [Device.tag, Device.last_seen_at, Account.kind, Account.returning_since]
)


@effort(300)
@given(PLAIN | INSIDE, COLUMNS)
def test_any_page_mark_is_one_of_ours_or_refused(mark, column):
    try:
        _value, key = _unmarked(mark, column)
    except PageMarkUnreadable:
        return
    assert key.version or key


@given(some.text(some.characters(exclude_categories=["Cs"])), some.uuids())
def test_a_mark_of_ours_leads_back(value, key):
    assert _unmarked(_mark(value, key), Device.tag) == (value, key)


TOKENS = some.text(some.characters(min_codepoint=32, max_codepoint=255), max_size=60)


def test_any_authorization_is_a_refusal_and_nothing_else(stranger):
    @effort(100)
    @given(
        some.sampled_from(["Bearer ", "bearer", "Basic ", "", "Digest ", "Bearer a="]) | TOKENS,
        TOKENS,
    )
    def ask(scheme, token):
        said = (scheme + token).strip()
        answer = stranger.get("/api/v1/devices", headers={"Authorization": said})
        assert (answer.status_code, answer.json["code"]) == (401, "token_not_known")

    ask()


def test_a_mark_that_no_column_can_be_compared_with_is_refused(administrator):
    for inside in ('["\\ud800","' + uuid4().hex + '"]', "[" * 3000):
        mark = urlsafe_b64encode(inside.encode()).decode()
        answer = administrator.get(f"/api/v1/devices?after={mark}")

        assert answer.status_code == 422
        assert issubclass(PageMarkUnreadable, FleetError)
