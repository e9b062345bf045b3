"""Reading inputs in a thread, while others are in use."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

ReadSource = TypeVar("ReadSource")
Result = TypeVar("Result")


class ReadAhead(Iterator[Result], Generic[ReadSource, Result]):
    """`read(item)` of each item, in order, computed in a thread, at most `depth` of them before they are used.

    >>> list(ReadAhead(len, ["a", "bcd"], depth=2))
    [1, 3]

    Worth it where `read` spends its time outside Python (decompression, parsing). An error is raised where its result is asked for.
    """

    def __init__(self, read: Callable[[ReadSource], Result], items: Iterable[ReadSource], depth: int) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._read, self._items = read, iter(items)
        self._ahead: deque[Future[Result]] = deque()
        for _ in range(depth):
            self._start()

    def __next__(self) -> Result:
        if not self._ahead:
            self._thread.shutdown()
            raise StopIteration
        result = self._ahead.popleft().result()
        self._start()
        return result

    def _start(self) -> None:
        for item in self._items:
            self._ahead.append(self._thread.submit(self._read, item))
            return
