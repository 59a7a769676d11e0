"""Pages on their way to paper: HTML, or PDF by a browser of this machine."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cli.private import PRIVATE, written_whole
from fleet.contracts.papers import LARGEST_SCAN
from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, Unavailable

# Those that print by the same switches; the page numbers at the foot need 131 or later.
BROWSERS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "msedge",
)
SWITCHES: Final = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-pdf-header-footer", "--disable-dev-shm-usage"),
)
SECONDS: Final = 120


@dataclass(eq=False)
class PaperFileExists(Conflict):
    path: str
    code = "paper_file_exists"
    message = _("{path} is there already; nothing was written.")
    advice = _("Name another file with --to.")


@dataclass(eq=False)
class SheetUnknown(Invalid):
    number: str
    sheet: int
    count: int
    code = "sheet_unknown"
    message = _("{number} has no sheet {sheet}; nothing was written.")
    advice = _("The last one is --copy {count}.")


class BrowserMissing(Unavailable):
    code = "browser_missing"
    message = _("No Chromium, Chrome or Edge is here that could write a PDF.")
    advice = _("Install one, or write HTML with --html and print that from any browser.")


class BrowserFailed(Unavailable):
    code = "browser_failed"
    message = _("The browser wrote no PDF.")
    advice = _("Write HTML with --html and print that by hand.")


@dataclass(eq=False)
class ScanEmptyOrLarge(Invalid):
    path: str
    most: int
    code = "scan_empty_or_large"
    message = _("{path} is empty or has more than {most} bytes.")
    advice = _("Scan it in grey with 200 dots to the inch.")


def write_page(page: str, name: str, to: Path | None, *, html: bool) -> Path:
    """Write a page to a file that is not there yet and return where: PDF if it can be."""
    browser = None if html else _browser()
    path = to or Path(f"{name}.{'pdf' if browser else 'html'}")
    if path.exists():
        raise PaperFileExists(path=str(path))
    if path.suffix.lower() == ".pdf":
        if browser is None:
            raise BrowserMissing
        _write_pdf(browser, page, path)
    else:
        with written_whole(path) as file:
            file.write(page)
    return path


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file that nobody else can read, and that was not there before."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        raise PaperFileExists(path=str(path)) from None
    with os.fdopen(handle, "wb") as file:
        yield file


def require_scan(path: Path, size: int) -> None:
    if not 0 < size <= LARGEST_SCAN:
        raise ScanEmptyOrLarge(path=str(path), most=LARGEST_SCAN)


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def lacks_chinese() -> bool:
    """Tell whether fontconfig says that no font of this machine has Chinese; elsewhere there is."""
    lister = shutil.which("fc-list")
    if lister is None:
        return False
    found = subprocess.run([lister, ":lang=zh"], check=False, capture_output=True)
    return found.returncode == 0 and not found.stdout.strip()


def _write_pdf(browser: str, page: str, path: Path) -> None:
    """Have the browser print a page from a folder of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="workfleet-print-") as folder:
        source, made = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        words = [
            browser,
            *SWITCHES,
            *_as_root(),
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={made}",
            source.as_uri(),
        ]
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=SECONDS)
        except (subprocess.SubprocessError, OSError):
            raise BrowserFailed from None
        if not made.is_file():
            raise BrowserFailed
        with new_file(path) as file:
            file.write(made.read_bytes())


def _as_root() -> tuple[str, ...]:
    """Return what Chromium asks of root, for whom it has no sandbox; the page is our own."""
    return ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
