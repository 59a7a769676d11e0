"""Print the description of the API: `python -m api.describe > docs/openapi.json`."""

import json
import sys
from pathlib import Path

from api.app import make_app
from fleet.settings import Settings


def description() -> str:
    """Return the OpenAPI document as text; it needs neither a database nor a key."""
    document = make_app(Settings(home=Path("nowhere"))).spec
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(description())
