"""Reading ahead: order, one ahead and no more, errors where they are asked for."""

import threading

import pytest
from tcra.common.read_ahead import ReadAhead


def test_one_is_read_ahead_and_no_more() -> None:
    begun, second = [], threading.Event()

    def read(item: int) -> int:
        begun.append(item)
        if item == 1:
            second.set()
        return item * 10

    ahead = ReadAhead(read, range(4))
    assert next(ahead) == 0
    assert second.wait(10) and begun == [0, 1]
    assert list(ahead) == [10, 20, 30]
    assert begun == [0, 1, 2, 3]


def test_an_error_comes_where_its_result_is_asked_for() -> None:
    ahead = ReadAhead(lambda item: 1 / item, [1, 0])
    assert next(ahead) == 1
    with pytest.raises(ZeroDivisionError):
        next(ahead)


def test_nothing_to_read() -> None:
    assert list(ReadAhead(int, [])) == []
