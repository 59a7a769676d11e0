"""`python -m migrations check` compares models and revisions; `draft "…"` writes a revision."""

import sys

from migrations import differences_of_a_fresh_database, draft


def check() -> int:
    """Print what differs between the models and the newest revision."""
    found = differences_of_a_fresh_database()
    for difference in found:
        sys.stderr.write(f"{difference}\n")
    return 1 if found else 0


def main(arguments: list[str]) -> int:
    match arguments:
        case ["check"]:
            return check()
        case ["draft", message] if message:
            sys.stdout.writelines(f"{path}\n" for path in draft(message))
            return 0
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
