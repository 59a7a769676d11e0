"""The typed client and the URL map are two lists of the same things."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any, get_type_hints

import httpx
from apiflask import APIFlask
from pydantic import BaseModel, SecretStr

from api.client import AnswerUnreadable, Client
from api.client.transport import Transport
from api.doors import PROGRAMS
from fleet.contracts.wire import ListQuery

# Text may be a digest.
VALUES: dict[Any, Any] = {str: "0" * 64, int: 1, SecretStr: SecretStr("x")}


def methods() -> dict[str, Callable[..., Any]]:
    """Give the methods that stand for a route."""
    found = inspect.getmembers(Client, inspect.isfunction)
    return {
        name: method
        for name, method in found
        if not name.startswith("_") and not hasattr(Transport, name)
    }


# The description is for other programs; the authority is fetched before a client can trust it.
NO_METHODS = {"openapi.spec", "ready.authority"}


def given(hint: Any) -> Any:
    """Give an argument of a type, valid enough to be sent."""
    if isinstance(hint, type) and issubclass(hint, ListQuery):
        return hint()
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        kinds = {name: field.annotation for name, field in hint.model_fields.items()}
        return hint.model_construct(
            **{n: VALUES[kind] for n, kind in kinds.items() if kind in VALUES}
        )
    return VALUES.get(hint, [b"x"])


def asked_by(method: Callable[..., Any]) -> httpx.Request:
    """Call a method and give the one request that it makes."""
    seen: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=None)

    client = Client("http://server", "wf_token", transport=httpx.MockTransport(note))
    hints = get_type_hints(method)
    needed = {
        name: given(hints[name])
        for name, parameter in inspect.signature(method).parameters.items()
        if name != "self" and parameter.default is parameter.empty
    }
    with suppress(AnswerUnreadable):
        answer = method(client, **needed)
        if isinstance(answer, AbstractContextManager):
            with answer:
                pass
        if isinstance(answer, Iterator):
            next(answer, None)
    [request] = seen
    return request


def test_every_method_asks_a_route_and_every_route_has_its_method(app: APIFlask):
    adapter = app.url_map.bind("server")
    asked = {}
    for name, method in methods().items():
        request = asked_by(method)
        endpoint, _values = adapter.match(request.url.path, method=request.method)
        asked[name] = endpoint

    ours = (rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PROGRAMS))
    routes = {rule.endpoint for rule in ours} - NO_METHODS
    assert set(asked.values()) == routes
    assert len(set(asked.values())) == len(asked)
