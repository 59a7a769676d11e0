"""Threads that tell when all that was given to them has been done."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, ParamSpec, TypeVar

Result = TypeVar("Result")
Asked = ParamSpec("Asked")


class Pool(ThreadPoolExecutor):
    """`idle` is called, from one of the threads, each time that nothing is left to do."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, name)
        self.idle: Callable[[], None] = lambda: None
        self._under_way = 0
        self._counting = Lock()

    @property
    def is_idle(self) -> bool:
        with self._counting:
            return not self._under_way

    def submit(
        self, work: Callable[Asked, Result], /, *args: Asked.args, **options: Asked.kwargs
    ) -> Future[Result]:
        with self._counting:
            self._under_way += 1
        try:
            given = super().submit(work, *args, **options)
        except RuntimeError:  # it takes nothing more
            self._ended()
            raise
        given.add_done_callback(self._ended)
        return given

    def _ended(self, _future: Future[Any] | None = None) -> None:
        with self._counting:
            self._under_way -= 1
            over = not self._under_way
        if over:
            self.idle()
