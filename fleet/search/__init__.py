"""Whoever says in `__search__` by what its rows are found has the terms kept by that alone."""

from fleet.search import keeping as keeping
