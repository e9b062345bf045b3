"""Options that are one of a few words."""

from collections.abc import Sequence

from tcra.errors import UserError


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Errors: UserError, which calls the option by `name` (its flag, or its column in a table), for a value that is no choice.

    >>> check_choice("--order", "both", ("first", "last"))
    Traceback (most recent call last):
    tcra.errors.UserError: --order is 'both', expected one of first, last
    """
    if value not in choices:
        raise UserError(f"{name} is {value!r}, expected one of {', '.join(choices)}")
