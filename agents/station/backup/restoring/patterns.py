"""Which files of a backup are asked for: shell patterns over whole paths."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import translate

from fleet.contracts import paths


@dataclass
class Patterns:
    """What fits any of them is asked for; `unmet` are those that nothing has fitted yet.

    A path is written as `backup files` shows it. `*` fits a slash, too; a folder stands for all
    that is below it, and a path that stands there letter by letter fits whatever is in it.
    """

    texts: Sequence[str]
    unmet: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._kinds = [(text, text.rstrip("/") + "/", _compiled(text)) for text in self.texts]
        self.unmet = set(self.texts)

    def fits(self, path: bytes) -> bool:
        name = paths.text_of(path)
        found = {text for text, below, pattern in self._kinds if _fits(name, text, below, pattern)}
        self.unmet -= found
        return bool(found)


def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(translate(text))


def _fits(name: str, text: str, below: str, pattern: re.Pattern[str]) -> bool:
    return name == text or name.startswith(below) or pattern.match(name) is not None
