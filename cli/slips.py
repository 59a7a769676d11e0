"""A page to print, fold and seal: outside a name and a tag, inside the value.

Folded along its two lines, one forward and one back, the printed value lies between two leaves.
"""

from dataclasses import dataclass
from html import escape
from typing import Final

from fleet.contracts.labels import label
from fleet.contracts.requests import HandedOverOut
from fleet.contracts.words import _, language, say
from fleet.errors import Conflict


@dataclass(eq=False)
class SlipExists(Conflict):
    path: str
    code = "slip_exists"
    message = _("{path} is there already; nothing was printed.")
    advice = _("Name another file: a slip is written once.")


PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{number}</title>
<style>
  @page {{ size: A4; margin: 0 }}
  body {{ margin: 0; font-family: sans-serif; color: #000 }}
  section {{ box-sizing: border-box; height: 98mm; padding: 16mm 20mm; overflow: hidden }}
  section + section {{ border-top: 1px dashed #999 }}
  .value {{ font: 700 30pt/1.3 monospace; overflow-wrap: anywhere }}
  .fold {{ font-size: 8pt; color: #666; margin: 0 }}
  .cover {{ background: repeating-linear-gradient(45deg, #000 0 1px, #fff 1px 3px),
    repeating-linear-gradient(-45deg, #000 0 1px, transparent 1px 4px);
    print-color-adjust: exact; -webkit-print-color-adjust: exact }}
  .to {{ font-size: 20pt }}
</style>
</head>
<body>
<section>
  <p class="value">{value}</p>
  <p>{inside}</p>
  <p class="fold">{forward}</p>
</section>
<section class="cover"></section>
<section>
  <p class="fold">{backward}</p>
  <p class="to">{holder}</p>
  <p>{subject}</p>
  <p>{outside}</p>
</section>
</body>
</html>
"""


def page(handed: HandedOverOut) -> str:
    """Return the page in the language of whoever prints it."""
    told = {
        "language": "zh-CN" if language() == "zh_CN" else "en",
        "number": handed.number,
        "value": handed.value,
        "inside": say(
            _("{kind} of {subject}. Keep it in your head, tell it to nobody, destroy this slip."),
            kind=label(handed.kind),
            subject=handed.subject,
        ),
        "forward": say(_("Fold forward here, so that the value lies inside.")),
        "backward": say(_("Fold back here, and seal the open side.")),
        "holder": handed.holder.name,
        "subject": handed.subject,
        "outside": say(_("Only for the person named above. Refuse it if the seal is broken.")),
    }
    return PAGE.format(**{name: escape(text) for name, text in told.items()})
