"""Options that mean the same wherever they stand."""

from pathlib import Path
from typing import Final

import click

from cli.speaking import option
from fleet.contracts.words import _

IDENTITY: Final = option(
    "--identity",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help=_("File with the age identity; it comes from its safe for this."),
)
NOTE: Final = option("--note", required=True, metavar="TEXT", help=_("Why; kept in the trail."))
WHY: Final = option("--reason", required=True, metavar="TEXT", help=_("Why; kept in the trail."))
WHY_ASKED: Final = option(
    "--reason", metavar="TEXT", help=_("Why it is needed; asked when left out.")
)
