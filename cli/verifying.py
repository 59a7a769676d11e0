"""Whether a print is what the server has made: by its own data, and by asking the server."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cli.context import App
from fleet.contracts.paper_pages import page, printing_of
from fleet.contracts.papers import PaperOut, PaperState, VerifiedOut
from fleet.contracts.words import _
from fleet.errors import Invalid, NotFound

HOLDS = _("The print is true, and the paper counts.")
WHOLE = _(
    "The file is whole: it says what its digest was made of. Whether it counts, ask a server."
)
ALTERED = _("The file was ALTERED: it does not say what its digest was made of.")
PAGE = _(
    "The data in the file are whole, the page around them is not what is printed of them here: it "
    "was altered, or printed by another version. Print it anew and compare."
)
ANOTHER = _("NOT this paper: the digests differ.")
STORED = _("The server's own record of it is ALTERED.")
NOT_VALID = _("The print is true, but the paper does NOT count any more.")


@dataclass(eq=False)
class NotAPrint(Invalid):
    path: str
    code = "not_a_print"
    message = _("{path} is no page that `workfleet paper print --html` wrote.")
    advice = _("Give the number of the paper, and the digest on it with --digest.")


@dataclass(eq=False)
class PrintMissing(NotFound):
    path: str
    code = "print_missing"
    message = _("There is no file {path}.")
    advice = _("Look at the name of the file, or give the number of the paper with --digest.")


class DigestNeeded(Invalid):
    code = "digest_needed"
    message = _("A number alone proves nothing of a print.")
    advice = _("Type the digest on it with --digest, or give the file.")


def verified(app: App, given: str, digest: str | None, *, offline: bool) -> VerifiedOut:
    """Hold a file against its digest and the server, or a printed digest against the server."""
    path = Path(given)
    if path.is_file():
        printed, wrong = _of_file(path)
        if wrong:
            return _told(printed.number, wrong, holds=False)
        if offline:
            return _told(printed.number, WHOLE, holds=True)
        return _by_server(app, printed.number, printed.digest)
    if Path(given).suffix or len(Path(given).parts) > 1:
        raise PrintMissing(path=given)
    if digest is None:
        raise DigestNeeded
    return _by_server(app, given, "".join(digest.split()).lower())


def _of_file(path: Path) -> tuple[PaperOut, str]:
    """Return the paper that a file shows, and what is wrong with the file if anything is."""
    try:
        text = path.read_bytes().decode()  # as it is, line ends too
    except (OSError, UnicodeDecodeError):
        raise NotAPrint(path=str(path)) from None
    try:
        printing = printing_of(text)
    except ValidationError:  # the data in it were altered until they are none of a paper
        printing = None
    if printing is None:
        raise NotAPrint(path=str(path))
    if not printing.paper.is_whole:
        return printing.paper, ALTERED
    return printing.paper, "" if page(printing) == text else PAGE


def _by_server(app: App, number: str, digest: str) -> VerifiedOut:
    one = app.client.paper(number)
    if not one.is_whole:
        return _told(number, STORED, holds=False, paper=one)
    if len(digest) < 16 or not one.digest.startswith(digest):
        return _told(number, ANOTHER, holds=False, paper=one)
    valid = one.state is PaperState.VALID
    return _told(number, HOLDS if valid else NOT_VALID, holds=valid, paper=one)


def _told(number: str, sentence: str, *, holds: bool, paper: PaperOut | None = None) -> VerifiedOut:
    return VerifiedOut(
        number=paper.number if paper else number,
        holds=holds,
        sentence=sentence,
        state=paper.state if paper else None,
        digest=paper.digest if paper else None,
    )
