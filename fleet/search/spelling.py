"""From what is written in a register, or typed by a person, to the terms that meet in the index.

Everything is folded first: width and case are ignored, and so is what stands between letters and
digits. Digits that are somebody's stand in the index as digests alone: the register itself is the
only place where they can be read.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from itertools import islice, product
from typing import Any, Final

from fleet.search.saying import Said

SPELLING: Final = 1  # counted up when terms are made otherwise: what is stored is then made anew
LONGEST: Final = 64  # characters of a term
BACKWARD: Final = "<"  # before a handle that is stored from its end on; no folded text has it
DIGEST: Final = "#"
TAILS: Final = {Said.CARD: (6,), Said.NUMBER: (4, 6)}
READINGS: Final = (3, 2)  # of the first character, whose family names differ, and of any other
SPELLINGS: Final = 12  # of a whole name
LONGEST_OF_PERSONS: Final = 4  # characters; longer names are of departments
LONGEST_NAME: Final = 24
SLIPS_IN: Final = range(4, 21)  # as long is a word that may have a wrong sign in it
DIGITS: Final = "0123456789"
SIGNS: Final = "abcdefghijklmnopqrstuvwxyz" + DIGITS
CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
Term = tuple[str, bool]
_OF_CHINA: Final = re.compile(r"86(1\d{10})")


def folded(text: str) -> str:
    """Return what is left of `text` when width, case and everything but letters is ignored."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def words_of(text: str) -> list[str]:
    """Return the folded words of what somebody typed, each once."""
    words = (folded(word)[:LONGEST] for word in text.split())
    return list(dict.fromkeys(filter(None, words)))


def terms_of(said: Said, value: object) -> dict[str, bool]:
    """Return the terms of what a column holds: a text, several of them, or nothing.

    Each with whether it stands for all of it, and not for a part.
    """
    values = value if isinstance(value, list | tuple) else [value]
    found: dict[str, bool] = {}
    for one in values:
        for term, whole in _TERMS[said](str(one)) if one else ():
            found[term[:LONGEST]] = whole or found.get(term[:LONGEST], False)
    return found


def digest(digits: str) -> str:
    """Return the term of digits that are somebody's."""
    return DIGEST + blake2b(digits.encode(), digest_size=8, person=b"search").hexdigest()


def digits_of(text: str) -> str:
    """Return the digits of a number, without the code of China before it."""
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign in DIGITS)
    found = _OF_CHINA.fullmatch(digits)
    return found[1] if found else digits


def slips(word: str) -> set[str]:
    """Return what `word` could be with one sign more, less, other, or two of them swapped."""
    if len(word) not in SLIPS_IN or not word.isascii():
        return set()
    signs = DIGITS if word.isdigit() else SIGNS
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return {
        *(front + rest[1:] for front, rest in cuts if rest),
        *(front + sign + rest[1:] for front, rest in cuts if rest for sign in signs),
        *(front + sign + rest for front, rest in cuts for sign in signs),
        *(front + rest[1] + rest[0] + rest[2:] for front, rest in cuts if len(rest) > 1),
    } - {word}


def _of_handle(text: str) -> Iterator[Term]:
    if whole := folded(text):
        yield whole, True
        yield BACKWARD + whole[::-1], True


def _of_digits(said: Said) -> Callable[[str], Iterator[Term]]:
    def terms(text: str) -> Iterator[Term]:
        whole = digits_of(text)
        if whole:
            yield digest(whole), True
            yield from ((digest(whole[-tail:]), False) for tail in TAILS[said] if len(whole) > tail)

    return terms


def _of_words(text: str) -> Iterator[Term]:
    return _from_each_on(re.split(r"[\s/_-]+", unicodedata.normalize("NFKC", text)))


def _of_name(text: str) -> Iterator[Term]:
    if not CHINESE.search(text):
        return _of_words(text)
    return _of_chinese(folded(text)[:LONGEST_NAME])


def _of_chinese(name: str) -> Iterator[Term]:
    yield from _from_each_on(name)
    first, *rest = [_readings(sign) for sign in name]
    read = first[: READINGS[0]], *(one[: READINGS[1]] for one in rest)
    for syllables in islice(product(*read), SPELLINGS):
        yield from _from_each_on(syllables)
        yield from _initials(syllables)


def _initials(syllables: Sequence[str]) -> Iterator[Term]:
    """Give them in one piece, and as in a mail address; of a department also those of its end."""
    initials = [one[0] for one in syllables]
    yield initials[0] + "".join(syllables[1:]), True
    is_persons = len(syllables) <= LONGEST_OF_PERSONS
    parts = [("".join(initials), True)] if is_persons else _from_each_on(initials)
    yield from ((term, whole) for term, whole in parts if len(term) > 1)


def _from_each_on(parts: Sequence[str]) -> Iterator[Term]:
    """Give the parts from each one to the end, in one piece: whoever says its beginning finds."""
    known = [one for one in map(folded, parts) if one]
    return (("".join(known[place:]), place == 0) for place in range(len(known)))


_TERMS: Final[dict[Said, Callable[[str], Iterable[Term]]]] = {
    Said.HANDLE: _of_handle,
    Said.NAME: _of_name,
    Said.WORDS: _of_words,
    Said.CARD: _of_digits(Said.CARD),
    Said.NUMBER: _of_digits(Said.NUMBER),
}


@cache
def _readings(sign: str) -> tuple[str, ...]:
    """Return how a character is read, without tones; people type ü as v or as u."""
    if not CHINESE.match(sign):
        return (sign,)
    pinyin: Any = _pinyin()
    read = map(folded, pinyin.pinyin(sign, style=pinyin.Style.NORMAL, heteronym=True)[0])
    typed = (way for one in read for way in (one, one.replace("v", "u")))
    return tuple(dict.fromkeys(typed)) or (sign,)


@cache
def _pinyin() -> Any:
    """Load the library when there is something to read to it: without its phrases, 50 MB less.

    They would choose one reading of a character by its neighbours; a name takes all of them.
    """
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    import pypinyin  # noqa: PLC0415 — see above

    return pypinyin
