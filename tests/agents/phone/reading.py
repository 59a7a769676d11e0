"""Small files as they are read, one after the other."""

from collections.abc import Iterable, Iterator
from itertools import chain

from agents.phone import files
from agents.phone.phone import Phone


def read_small(
    phone: Phone, entries: Iterable[files.Entry]
) -> Iterator[tuple[files.Entry, files.Content | files.Problem]]:
    return chain.from_iterable(files.read_small(phone, entries))
