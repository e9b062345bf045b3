"""What the user can fix."""


class UserError(Exception):
    """Something the user can fix. The message is one line: what is wrong, in which file and line, what was expected, what to do."""
