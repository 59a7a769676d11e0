"""What the phone is asked in a visit, and what its answers mean: one module per noun.

Parsers are pure and never raise: what cannot be understood is `None`, and becomes a named gap.
"""
