"""Every operation of the published description, asked by everybody, rightly and wrongly.

Cases are made once from docs/openapi.json by schemathesis: some that fit the description and some
that do not, half of them with names of things that are there. Each is then sent by somebody with
every role to a house of his own. Nobody is ever answered with a mistake of ours, with anything that
is not described, with a secret, or with what is another department's.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile, is_zipfile

import pytest
import schemathesis
from hypothesis import Phase, given
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure, Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fleet.access.permissions import GRANTS
from fleet.keys.keyring import Keyring
from fleet.vault.tools import Tools
from tests.api.attacked import OF_ONE_PLACE, ROLES, STRANGER, House, built
from tests.api.two_departments import told_of
from tests.conftest import DIALECTS
from tests.effort import TIMES, effort

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "openapi.json"
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
POSITIVE: Final = GenerationMode.POSITIVE
SHARE: Final = 0.6  # of the names that are of something
DISCLOSING: Final = ("/disclose", "/hand-over", "/view")


@cache
def cases() -> dict[str, list[Case]]:
    """Return cases by operation, the same ones every time unless more effort is asked for."""
    document = json.loads(DOCUMENT.read_text("utf-8"))
    del document["security"]  # who asks is ours to say
    schema = schemathesis.openapi.from_dict(document)
    operations = [result.ok() for result in schema.get_all_operations()]
    return {
        operation.label: [
            case for mode in _modes(operation) for case in _drawn(operation.as_strategy(mode))
        ]
        for operation in operations
    }


def _modes(operation: APIOperation) -> list[GenerationMode]:
    """What takes a name in its address alone cannot be asked wrongly: every text is a name."""
    asked = operation.definition.raw
    questions = [one for one in asked.get("parameters", ()) if one["in"] != "path"]
    return list(GenerationMode) if questions or "requestBody" in asked else [POSITIVE]


def _drawn(strategy: st.SearchStrategy[Case]) -> list[Case]:
    drawn: list[Case] = []

    @effort(2, database=None, phases=[Phase.generate])
    @given(strategy)
    def draw(case: Case) -> None:
        drawn.append(case)

    # The maker of wrong cases may find none, and may itself give one up that it had made before.
    with suppress(Unsatisfiable, FlakyFailure):
        draw()
    return drawn


@pytest.fixture
def house(settings, sessions) -> House:
    keyring = Keyring.load(settings.key_path)
    return built(sessions, Tools(keyring, settings))


@pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
@pytest.mark.timeout(300 * TIMES)
def test_nobody_breaks_it_or_learns_what_is_not_his(app, house, sessions):
    found, heard = [], Counter()
    for role in ROLES:
        chance = random.Random(role)
        for case in asked_by(role):
            answer, wrong = asked(app, house, role, named(case, house, chance))
            found += wrong
            heard[role] += answer.status_code < 300
            if answer.status_code == 401 and role != STRANGER:
                house.let_in_again(sessions, role)  # he has signed out, or was shut out

    assert found == []
    assert all(heard[role] > 3 for role in ROLES if role != STRANGER), heard


def asked_by(role: str) -> Iterator[Case]:
    """Give all cases, but one where he is refused before anything of it is read."""
    for drawn in cases().values():
        yield from drawn if may(role, drawn[0]) else drawn[:1]


def may(role: str, case: Case) -> bool:
    needed = case.operation.definition.raw.get("x-permission")
    return role != STRANGER and (needed is None or needed in GRANTS[role])


def asked(app, house: House, role: str, case: Case) -> tuple[schemathesis.Response, list[str]]:
    """Send the case as somebody with `role`; return the answer and what is wrong with it."""
    known = {} if role == STRANGER else {"Authorization": f"Bearer {house.tokens[role]}"}
    answer = case.call(app=app, headers=known)
    about = role, case.operation.label, case.path_parameters, case.query, case.body
    wrong = []
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as failures:
        wrong += [f"{failure.title}: {failure.message}" for failure in failures.exceptions]
    if not case.path.endswith(DISCLOSING):
        wrong += ["told a secret" for told in house.secrets if told in said(answer)]
    if role in OF_ONE_PLACE:
        told = told_of(house.two, "WEST", said(answer))
        wrong += [f"told {name} of the west" for name in told if name not in str(about)]
    return answer, [f"{each} {answer.status_code} {about}" for each in wrong]


def said(answer: schemathesis.Response) -> str:
    """Return an answer as text; what a spreadsheet says lies packed in it."""
    content = BytesIO(answer.content)
    if not is_zipfile(content):
        return answer.content.decode("utf-8", "replace")
    with ZipFile(content) as packed:
        return "\n".join(packed.read(name).decode("utf-8") for name in packed.namelist())


def named(case: Case, house: House, chance: random.Random) -> Case:
    """Return the case with names of what is there in place of half of its made-up ones."""
    fits = case.meta.generation.mode is POSITIVE
    return case.operation.Case(
        method=case.method,
        path_parameters=_with_addresses(case, house, chance),
        headers=dict(case.headers),
        query=dict(case.query),
        body=_with_names(case.body, house, chance) if fits else case.body,
        media_type=case.media_type,
        _meta=case.meta,
    )


def _with_addresses(case: Case, house: House, chance: random.Random) -> dict[str, Any]:
    parts = case.path.split("/")
    nouns = {name: parts[parts.index(f"{{{name}}}") - 1] for name in case.path_parameters}
    return {
        name: chance.choice(house.known[nouns[name]])
        if nouns[name] in house.known and chance.random() < SHARE
        else value
        for name, value in case.path_parameters.items()
    }


def _with_names(body: Any, house: House, chance: random.Random) -> Any:
    if not isinstance(body, dict):
        return body
    return {
        name: _known(house.known[name], value, chance)
        if name in house.known and chance.random() < SHARE
        else _with_names(value, house, chance)
        for name, value in body.items()
    }


def _known(names: list[str], value: Any, chance: random.Random) -> Any:
    return [chance.choice(names)] if isinstance(value, list) else chance.choice(names)
