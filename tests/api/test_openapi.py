import json
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

from api.describe import description
from api.identity import OPEN_TO_ALL

PAGES = ("console.", "bootstrap.")
SNAPSHOT = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_the_description_is_valid_openapi_3_1(stranger):
    document = stranger.get("/api/openapi.json").json

    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_the_published_description_is_the_newest():
    assert SNAPSHOT.read_text("utf-8") == description(), (
        "the API changed: python -m api.describe > docs/openapi.json"
    )


def test_every_reference_leads_somewhere_and_every_message_is_used():
    text = description()
    document = json.loads(text)
    used = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert used == set(document["components"]["schemas"])


def test_all_routes_but_the_open_ones_are_locked():
    document = json.loads(description())
    unlocked = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if operation.get("security") == []
    }

    assert document["security"] == [{"bearer": []}]
    assert len(unlocked) == len(
        {name for name in OPEN_TO_ALL if not name.startswith(PAGES)} - {"openapi.spec"}
    )


def test_every_operation_says_what_it_does_and_what_it_needs():
    document = json.loads(description())
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith("."), operation["operationId"]
            assert operation["responses"]["default"]
