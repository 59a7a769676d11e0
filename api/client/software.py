"""What this software calls itself to the server."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def software() -> str:
    try:
        number = version("workfleet")
    except PackageNotFoundError:  # run from a folder that was never installed
        number = "unknown"
    return f"workfleet {number} on {platform.system()} {platform.machine()}"
