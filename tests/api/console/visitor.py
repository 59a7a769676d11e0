"""A person in front of the console, without the browser: looks at pages and sends their forms."""

import re
from dataclasses import dataclass
from typing import Any, Final

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD: Final = "correct horse battery"
MARK: Final = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Visitor:
    client: FlaskClient

    def get(self, address: str, **headers: str) -> TestResponse:
        return self.client.get(address, headers=headers)

    def send(self, address: str, *, on: str | None = None, **fields: Any) -> TestResponse:
        """Send a form to an address, with the mark of the page that it is on."""
        marked = {"csrf_token": self.mark(on or "/me"), **fields}
        return self.client.post(address, data=marked)

    def mark(self, address: str) -> str:
        """Return the mark of the forms on a page."""
        found = MARK.search(self.get(address).text)
        assert found, address
        return found[1]

    def sign_in(self, username: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        typed = {"username": username, "password": password, **fields}
        return self.send("/login", on="/login", **typed)

    @property
    def cookie(self) -> str:
        found = self.client.get_cookie("workfleet")
        return found.value if found else ""


def code_of(answer: TestResponse) -> str | None:
    """Return the code of the refusal that a page shows."""
    shown = answer.data.decode(errors="replace")  # it may be a file
    found = re.search(r'id="refusal" data-code="(\w+)"', shown)
    return found[1] if found else None
