"""One tree of errors: what may pass if tried again, what never will, and what the user must mend."""


class YuqingError(Exception):
    """The root of all errors of the trunk."""


class TransientError(YuqingError):
    """May succeed when tried again; ``retry_after`` in seconds where the other side named it."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentError(YuqingError):
    """Will fail again: the record goes to the rejected store with this reason."""


class ConfigError(YuqingError):
    """The configuration is wrong; the text names every fault at once and says what to do next."""


class StoreError(YuqingError):
    """A store cannot be opened or written; the process must stop rather than go on without it."""


class DataFolderBusyError(StoreError):
    """Another process holds the data folder; ``takes_requests`` when it reads files for others."""

    def __init__(self, message: str, *, takes_requests: bool = False) -> None:
        super().__init__(message)
        self.takes_requests = takes_requests


class StoppedError(YuqingError):
    """Asked to stop before the work was done: it must not be acknowledged, and is done again after the start."""


class QueryError(YuqingError):
    """What is sought cannot be sought so; the text says how it can."""


class NotFoundError(YuqingError):
    """What was asked for by its id is not there."""
