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


class Conflict(HandrailError):
    """What is asked does not fit how things stand now."""

    code = "conflict"
    status = 409
    safe_message = "Somebody was quicker, or things have changed. Please look again."


class MessageConflict(Conflict):
    """Another text came under a message id that is taken."""

    code = "message_conflict"
    safe_message = "Another message was already sent under this id."


class AlreadyDecided(Conflict):
    """A held reply that has been decided, or dropped because the customer wrote again."""

    code = "already_decided"
    safe_message = "This reply is not waiting for a decision any more."


class AlreadyTaken(Conflict):
    """Another supervisor has the conversation."""

    code = "already_taken"
    safe_message = "A colleague has taken this conversation over."


class CustomerWrote(Conflict):
    """The customer has written, and the assistant is at work on it."""

    code = "customer_wrote"
    safe_message = "The customer has just written. Please look again."


class NotTakenOver(Conflict):
    """A supervisor writes into a conversation that the assistant has."""

    code = "take_over_first"
    safe_message = "Take the conversation over first."


class NameTaken(Conflict):
    """Somebody, or something, has this name already."""

    code = "name_taken"
    safe_message = "That name is taken."


class OthersData(InvalidInput):
    """A reply holds something that identifies somebody or something, and is not this customer's."""

    code = "not_this_customers"
    safe_message = "This text holds a name, number or address that is not this customer's. Please check it."


class WeakPassword(InvalidInput):
    """A password that is too short or too long."""

    code = "weak_password"
    safe_message = "A password needs 12 to 256 characters."


class MoveNotAllowed(Conflict):
    """A model version cannot come from where it stands to where it was asked to be."""

    code = "move_not_allowed"
    safe_message = "That version cannot become that."


class GateNotPassed(Conflict):
    """A model version that has not passed the gate was to answer customers."""

    code = "gate_not_passed"
    safe_message = "That version has not passed the gate."


class NotAuthorised(HandrailError):
    """No token, or one that opens nothing here."""

    code = "token_invalid"
    status = 401
    safe_message = "Please sign in again."


class TokenExpired(NotAuthorised):
    """A token whose time is over."""

    code = "token_expired"


class SignInFailed(NotAuthorised):
    """No such name, a wrong password, or somebody who is switched off: which of them is nobody's business."""

    code = "sign_in_failed"
    safe_message = "The name or the password is wrong."


class NotAllowed(HandrailError):
    """Somebody who is signed in, and may not do this."""

    code = "not_allowed"
    status = 403
    safe_message = "You may not do this. Please ask an admin."


class OriginNotAllowed(HandrailError):
    """A page of an origin that is not on the list."""

    code = "origin_not_allowed"
    status = 403
    safe_message = "This page may not use the chat."


class TooManyRequests(HandrailError):
    """Above the rate limit."""

    code = "too_many_requests"
    status = 429
    safe_message = "That was a lot at once. Please wait a moment and try again."

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class BodyTooLarge(InvalidInput):
    """A request body above the size limit."""

    code = "body_too_large"
    status = 413
    safe_message = "That is too much to send at once."


class BadEventId(InvalidInput):
    """A `Last-Event-ID` that is no number, or beyond the last event."""

    code = "bad_event_id"
    status = 400
    safe_message = "The place in the conversation is not known. Please load it again."


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


class DatabaseDown(DependencyDown):
    """Handrail's own database cannot be reached, or is busy for too long."""

    code = "database_down"
    safe_message = "We cannot take your message right now. Please try again in a moment."


class CrmDown(DependencyDown):
    """The CRM cannot be read, or returns what cannot be true."""

    code = "crm_down"


class ModelDown(DependencyDown):
    """The language model is not answering."""

    code = "model_down"


class DeadlineExceeded(DependencyDown):
    """A stage did not finish in its time."""

    code = "deadline"


class MailDown(DependencyDown):
    """A mail was not accepted, and may be later."""

    code = "mail_down"


class CallFailed(DependencyDown):
    """Another system was not told, and may be later."""

    code = "call_failed"


class MailRefused(HandrailError):
    """A mail that will never be accepted."""

    code = "mail_refused"


class IndexDown(DependencyDown):
    """The vector index cannot be searched."""

    code = "index_down"
