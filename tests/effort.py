"""How hard our own attacks try: a little in the suite, the same each time; more where asked.

`WORKFLEET_EFFORT=20` multiplies the examples and draws new ones; what is found is printed with
what repeats it.
"""

import os
from typing import Any, Final

from hypothesis import HealthCheck, settings

TIMES: Final = int(os.environ.get("WORKFLEET_EFFORT", "1"))


def effort(examples: int, **options: Any) -> settings:
    """Return settings with so many examples, or with that many times the effort asked for."""
    return settings(
        max_examples=examples * TIMES,
        derandomize=TIMES == 1,
        print_blob=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **options,
    )
