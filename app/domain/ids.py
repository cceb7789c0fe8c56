"""Identifiers, one type each, so that an order number is never passed where a customer id belongs."""

from typing import NewType

ConversationId = NewType("ConversationId", str)
TurnId = NewType("TurnId", str)
MessageId = NewType("MessageId", str)
CustomerId = NewType("CustomerId", str)
OrderId = NewType("OrderId", str)
ProductId = NewType("ProductId", str)
InteractionId = NewType("InteractionId", str)
PageId = NewType("PageId", str)
ModelVersionId = NewType("ModelVersionId", str)
