"""What can go wrong and be mended by the person at the keyboard."""

from __future__ import annotations


class CoderError(Exception):
    """An error with its remedy, shown without a traceback.

    `message` names the place (file, line, field) and what is wrong there; `hint` says what to do.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "", *, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code


class InputError(CoderError):
    """A file, a value or an option that the user gave cannot be used."""


class FieldError(ValueError):
    """What is wrong within a file's tree, raised by its validation; `location` leads there from what was looked at."""

    def __init__(self, message: str, *location: int | str) -> None:
        super().__init__(message)
        self.location = location


class StoreError(CoderError):
    """The store cannot be read or written; what was committed before stays whole."""


class ProviderError(CoderError):
    """The model endpoint cannot be used at all: down, wrong key, unknown model, model file missing."""


class IncompleteError(CoderError):
    """The work was done in part; the message says what is missing."""

    exit_code = 2


class GateError(CoderError):
    """A gate that the user asked for was not met."""

    exit_code = 3
