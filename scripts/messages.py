"""The zh_CN catalogue: `update` collects sentences and compiles, `check` refuses a gap.

Sentences are marked in the code with `_("…")` or said directly with `say("…", …)`, in the pages of
the console as well.
"""

import string
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
FOLDERS = ("fleet", "agents", "api", "cli")
PO = ROOT / "fleet/contracts/locale/zh_CN/LC_MESSAGES/workfleet.po"
KEYWORDS = {"_": None, "say": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]


def collected() -> Catalog:
    catalog = Catalog(locale="zh_CN", domain="workfleet", project="workfleet", charset="utf-8")
    for folder in FOLDERS:
        found = extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS)
        for filename, _line, text, _comments, _context in sorted(found, key=lambda f: f[:2]):
            catalog.add(text, locations=[(f"{folder}/{filename}", 0)])
    return catalog


def current() -> Catalog:
    if not PO.exists():
        return Catalog(locale="zh_CN", domain="workfleet")
    with PO.open("rb") as file:
        return read_po(file, locale="zh_CN")


def compiled(catalog: Catalog) -> bytes:
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def blanks(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def problems(catalog: Catalog) -> list[str]:
    """Return what keeps a sentence from being shown in Chinese."""
    wanted = {str(message.id) for message in collected() if message.id}
    have = {str(message.id): message for message in catalog if message.id}
    missing = [f"not in the catalogue: {text}" for text in sorted(wanted - have.keys())]
    return missing + [
        trouble for text in sorted(wanted & have.keys()) if (trouble := _trouble(have[text]))
    ]


def _trouble(message: Message) -> str:
    text, translation = str(message.id), str(message.string or "")
    if not translation or message.fuzzy:
        return f"not translated: {text}"
    if blanks(text) != blanks(translation):
        return f"other blanks in the translation: {text}"
    return ""


def update() -> int:
    catalog = current()
    catalog.update(collected(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalog, width=100, sort_output=True, no_location=True)
    PO.with_suffix(".mo").write_bytes(compiled(current()))
    return len(problems(current()))


def check() -> int:
    catalog = current()
    found = problems(catalog)
    if not found and PO.with_suffix(".mo").read_bytes() != compiled(catalog):
        found = ["the compiled catalogue is older than the text: make messages"]
    for line in found:
        sys.stderr.write(f"messages: {line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        raise SystemExit(check())
    sys.stdout.write(f"{update()} sentences wait for a translation\n")
