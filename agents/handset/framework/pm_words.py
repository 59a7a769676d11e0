"""What stands between `pm` and its answer: options, names, and how it throws."""

from collections.abc import Sequence

from agents.handset.framework.reply import Reply, err

WITH_VALUE = frozenset({"--user", "-S", "-i", "--abi"})


def names_in(words: Sequence[str]) -> list[str]:
    """Return the words that are neither an option nor the value of one."""
    pairs = zip(["", *words], words, strict=False)
    return [word for before, word in pairs if word[:1] != "-" and before not in WITH_VALUE]


def user_in(words: Sequence[str]) -> int:
    """Return the user of `--user`, the owner where there is none."""
    value = value_in(words, "--user") or ""
    return int(value) if value.isdigit() else 0


def value_in(words: Sequence[str], option: str) -> str | None:
    at = list(words).index(option) + 1 if option in words else len(words)
    return words[at] if at < len(words) else None


def threw(verb: str, what: str) -> Reply:
    """Answer with an exception, as the shell side of a system service prints it."""
    return err(f"\nException occurred while executing '{verb}':\n{what}", 255)
