"""What every rule says of a phone with three hundred apps, in plain Python over parsed facts.

Beside it stands what reading those facts from JSON takes, which every visit pays anyway.
"""

from typing import Final

from fleet.compliance.rules.catalogue import JUDGED, judged
from fleet.compliance.rules.rule import Phone
from fleet.contracts.facts import App, PhoneFacts
from tests.bench.measure import Row, seconds
from tests.fleet.compliance.seen import APPS, AT, facts, ledger, phone

TIMES: Final = 100
ROUNDS: Final = 7  # of which the quickest counts: others may be at work on the machine
MOST: Final = 1.0  # milliseconds
MANY: Final = tuple(App(package=f"com.maker.app{n}", system=n % 3 > 0) for n in range(300))


def rules() -> list[Row]:
    seen = facts(apps=(*APPS, *MANY))
    text = seen.model_dump_json()
    terms = phone(catalogue=[app.package for app in MANY[::2]], forbidden=["a.b"]).terms

    def judge() -> None:
        for _time in range(TIMES):
            judged(Phone(seen, ledger(), terms, AT))

    def parse() -> None:
        for _time in range(TIMES):
            PhoneFacts.model_validate_json(text)

    ours, plain = (
        min(seconds(work) for _round in range(ROUNDS)) * 1000 / TIMES for work in (judge, parse)
    )
    what = f"judge a phone by {len(JUDGED)} rules (beside: read its facts)"
    told = f"{ours:.3f} ms", f"{plain:.3f} ms", f"{plain / ours:.1f} ×", f"≤ {MOST:g} ms"
    return [Row(what, *told, met=ours <= MOST)]
