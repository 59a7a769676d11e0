"""How the story is told: a heading, a sentence, the command one would type, its real output."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from fleet.contracts.words import _, say
from fleet.errors import Unavailable


@dataclass(eq=False)
class StoryBroken(Unavailable):
    """A command of the story ended otherwise than the story says."""

    command: str
    status: int
    expected: int
    output: str
    code = "story_broken"
    message = _("`{command}` ended with exit code {status}, not {expected}:\n{output}")
    advice = _("Run `workfleet server doctor`; if that finds nothing, this is our mistake.")


@dataclass(frozen=True)
class Narrator:
    """Runs `workfleet` commands against the demo's own server and shows what they print."""

    environment: dict[str, str]
    folder: Path

    def chapter(self, number: int, title: str) -> None:
        sys.stdout.write(f"\n\033[1;36m{number}  {say(title)}\033[0m\n")
        sys.stdout.flush()

    def tell(self, text: str, **blanks: object) -> None:
        sys.stdout.write(f"   {say(text, **blanks)}\n")
        sys.stdout.flush()

    def run(self, *words: str, expect: int = 0, typed: str = "") -> str:
        """Run `workfleet WORDS…`, show it and its output, and return the output.

        `typed` is what a person would type at the command's prompt; it is not shown.
        """
        sys.stdout.write(f"\n   \033[1m$ workfleet {shlex.join(words)}\033[0m\n")
        sys.stdout.flush()
        done = self._started(words, typed, stderr=subprocess.STDOUT)
        output = done.stdout
        if done.returncode != expect:
            raise StoryBroken(shlex.join(words), done.returncode, expect, output)
        sys.stdout.writelines(f"   {line}\n" for line in output.splitlines())
        if expect:
            sys.stdout.write(f"   \033[2mexit {expect}\033[0m\n")
        sys.stdout.flush()
        return output

    def ask(self, *words: str, typed: str = "") -> Any:
        """Run a command silently for its JSON answer."""
        done = self._started(("--output", "json", *words), typed, stderr=subprocess.PIPE)
        if done.returncode:
            raise StoryBroken(shlex.join(words), done.returncode, 0, done.stdout + done.stderr)
        return from_json(done.stdout) if done.stdout.strip() else None

    def _started(
        self, words: Sequence[str], typed: str, *, stderr: int
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: PLW1510 — the caller compares the exit code
            [sys.executable, "-m", "cli", *words],
            env={**os.environ, **self.environment},
            cwd=self.folder,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
        )
