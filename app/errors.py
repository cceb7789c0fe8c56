"""One error tree. Every error has a stable code, an HTTP status and a message that is safe to show to anyone."""


class HandrailError(Exception):
    """The root. `detail` is for logs and operators; `safe_message` may be shown to a customer."""

    code = "internal"
    status = 500
    safe_message = "Something went wrong on our side."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.safe_message)
        self.detail = detail or self.safe_message


class InvalidInput(HandrailError):
    """The caller sent something that cannot be worked with."""

    code = "invalid_input"
    status = 422
    safe_message = "That message could not be read."


class MessageTooLong(InvalidInput):
    """A message above the size limit."""

    code = "message_too_long"
    status = 413
    safe_message = "That message is too long. Please send a shorter one."


class EmptyMessage(InvalidInput):
    """A message without any text."""

    code = "empty_message"
    safe_message = "That message was empty."


class NotFound(HandrailError):
    """The named thing does not exist, or not for this caller."""

    code = "not_found"
    status = 404
    safe_message = "That was not found."


class ConfigurationError(HandrailError):
    """A file or setting that the operator wrote is wrong; the detail names file, line and field."""

    code = "configuration"


class PlaybookError(ConfigurationError):
    """A playbook file is wrong."""

    code = "playbook"


class WeightsError(HandrailError):
    """Weights are missing, damaged or not the ones that were pinned."""

    code = "weights"


class DependencyDown(HandrailError):
    """Something the turn leans on is not answering; the turn degrades."""

    code = "dependency_down"
    status = 503


class CrmDown(DependencyDown):
    """The CRM cannot be read, or returns what cannot be true."""

    code = "crm_down"


class ModelDown(DependencyDown):
    """The language model is not answering."""

    code = "model_down"


class DeadlineExceeded(DependencyDown):
    """A stage did not finish in its time."""

    code = "deadline"


class IndexDown(DependencyDown):
    """The vector index cannot be searched."""

    code = "index_down"
