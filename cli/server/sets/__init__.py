"""Sets: a copy of the whole server, sealed, and a server made from one (docs/decisions/0015)."""
