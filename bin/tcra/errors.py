"""What ends a run with one line on stderr."""


class UserError(Exception):
    """Something the user can fix. The message is one line: what is wrong, in which file and line, what was expected, what to do."""


class ChildFailed(Exception):
    """A process that this one started has failed; its exit status (1 to 255) is this one's too. The message is one line."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
