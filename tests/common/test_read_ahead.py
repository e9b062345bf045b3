"""Reading ahead: order, as many ahead as allowed and no more, errors where they are asked for."""

import threading

import pytest
from tcra.common.read_ahead import ReadAhead


def test_some_are_read_ahead_and_no_more() -> None:
    begun, third = [], threading.Event()

    def read(item: int) -> int:
        begun.append(item)
        if item == 2:
            third.set()
        return item * 10

    ahead = ReadAhead(read, range(5), depth=2)
    assert not third.wait(0.1) and begun == [0, 1]
    assert next(ahead) == 0
    assert third.wait(10) and begun == [0, 1, 2]
    assert list(ahead) == [10, 20, 30, 40]
    assert begun == [0, 1, 2, 3, 4]


def test_an_error_comes_where_its_result_is_asked_for() -> None:
    ahead = ReadAhead(lambda item: 1 / item, [1, 0], depth=3)
    assert next(ahead) == 1
    with pytest.raises(ZeroDivisionError):
        next(ahead)


def test_nothing_to_read() -> None:
    assert list(ReadAhead(int, [], depth=1)) == []
