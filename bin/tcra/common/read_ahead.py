"""Reading the next input while the last one is in use."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class ReadAhead(Iterator[Result], Generic[Item, Result]):
    """`read(item)` of each item, in order. One is worked out ahead, in a thread; the first one from the start on.

    Worth it where `read` spends its time outside Python (decompression, parsing). An error is raised where its result is asked for.
    """

    def __init__(self, read: Callable[[Item], Result], items: Iterable[Item]) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._read, self._items = read, iter(items)
        self._ahead = self._start()

    def __next__(self) -> Result:
        if self._ahead is None:
            self._thread.shutdown()
            raise StopIteration
        result = self._ahead.result()
        self._ahead = self._start()
        return result

    def _start(self) -> "Future[Result] | None":
        for item in self._items:
            return self._thread.submit(self._read, item)
        return None
