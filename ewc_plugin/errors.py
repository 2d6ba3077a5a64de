"""What does a user read when something is wrong? Where, expected, found, what to do."""


class EwcError(Exception):
    """An error that its reader can act on; every part is a full clause."""

    def __init__(self, where: str, *, expected: str, found: str, remedy: str) -> None:
        super().__init__(f"{where}: expected {expected}; found {found}. {remedy}")
        self.where, self.expected, self.found, self.remedy = where, expected, found, remedy


class ArgumentsError(EwcError):
    """Keys of ours that make no sense alone or together; raised before a model is loaded."""

    problems: tuple[str, ...] = ()  # each of them, where there are several


class AnchorError(EwcError):
    """An anchor that is absent, torn, tampered with, or of another model."""


class MechanismError(EwcError):
    """The penalty's gradient did not reach the optimiser as it should; training stops."""
