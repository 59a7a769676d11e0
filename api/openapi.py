"""The published description of the routes: each message by its own name, one shape of no."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from apiflask import APIFlask

from api.identity import OPEN_TO_ALL, permission_of
from fleet.contracts.wire import ProblemOut

BEARER: Final = "bearer"
_GENERIC: Final = re.compile(r"^(\w+)\[(\w+)\]$")  # Page[DeviceOut]
_REFERENCE: Final = re.compile(r'"#/components/schemas/([^"]+)"')

Document = dict[str, Any]


def configure(app: APIFlask) -> None:
    app.config.update(
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_SERVERS=False,  # the same text whatever address the server is reached at
        AUTO_OPERATION_ID=True,
        SECURITY_SCHEMES={BEARER: {"type": "http", "scheme": "bearer"}},
    )

    @app.spec_processor
    def finish(document: Document | str) -> Document | str:
        if isinstance(document, str):  # only where YAML is asked for, which is not configured
            return document
        return shaped(document, permissions=_permissions(app))


def shaped(document: Document, *, permissions: Mapping[str, str | None]) -> Document:
    """Give every schema one plain name, every operation its refusal, and all but a few a lock.

    `permissions` is by operationId; an operation that is not in it is open to all.
    """
    document["components"]["schemas"]["ProblemOut"] = ProblemOut.model_json_schema()
    document = json.loads(_REFERENCE.sub(_to_plain_name, json.dumps(document)))
    document["components"]["schemas"] = _merged(document["components"]["schemas"])
    document["security"] = [{BEARER: []}]
    for operation in _operations(document):
        _finish(operation, permissions)
    return document


def _to_plain_name(match: re.Match[str]) -> str:
    return f'"#/components/schemas/{_plain(match[1])}"'


def _plain(name: str) -> str:
    """Turn the library's `DeviceDetailOut.Battery` into `Battery`, and `Page[X]` into `XPage`."""
    last = name.rpartition(".")[2]
    generic = _GENERIC.match(last)
    return f"{generic[2]}{generic[1]}" if generic else last


def _merged(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Keep each schema once; two that differ under one name would describe a lie."""
    merged: dict[str, Any] = {}
    for name in sorted(schemas):
        if merged.setdefault(_plain(name), schemas[name]) != schemas[name]:
            raise ValueError(f"two different messages are called {_plain(name)}")
    return merged


def _operations(document: Document) -> Iterator[Document]:
    for methods in document["paths"].values():
        yield from methods.values()


def _finish(operation: Document, permissions: Mapping[str, str | None]) -> None:
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    operation["responses"]["default"] = {"description": "A refusal", "content": problem}
    name = operation["operationId"]
    if name.startswith("put_"):  # every PUT takes bytes, which no model describes
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    if name not in permissions:
        operation["security"] = []
    elif permissions[name]:
        operation["x-permission"] = permissions[name]


def _permissions(app: APIFlask) -> dict[str, str | None]:
    """Return what each operation needs: None where being known is enough."""
    return {
        f"{method.lower()}_{rule.endpoint.replace('.', '_')}": permission_of(app, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.endpoint not in OPEN_TO_ALL
    }
