"""Which of the work apps have a process at this moment."""

import re
from collections.abc import Mapping

LINE = re.compile(r"^[ \t]*([A-Za-z][\w.]*)=([\d ]*)$", re.MULTILINE)


def parse(text: str) -> Mapping[str, bool] | None:
    """Read lines `package=processes`; where there is no `pidof`, none of them means anything."""
    found = dict(LINE.findall(text))
    if not found or "not found" in text:
        return None
    return {package: bool(processes.strip()) for package, processes in found.items()}
