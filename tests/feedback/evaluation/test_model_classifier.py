"""The model picks an intent under a grammar that admits nothing else."""

from app.adapters.memory import ScriptedChat
from feedback.dataset.questions import Labelled
from feedback.evaluation.model_classifier import classify_by_model

INTENTS = {"track_order": "where an order is", "cancel_order": "stopping an order"}


def test_what_it_names_is_counted_and_nothing_else_can_be_named() -> None:
    model = ScriptedChat(["track_order", " track_order\n"])
    questions = [Labelled("where is it", "track_order"), Labelled("stop it", "cancel_order")]

    scores = classify_by_model(model, questions, INTENTS, "answer")

    assert (scores.questions, scores.accuracy) == (2, 0.5)
    assert [request.grammar for request in model.requests] == ['root ::= "cancel_order" | "track_order"'] * 2
    assert {request.task for request in model.requests} == {"answer"}
    assert "cancel_order: stopping an order" in model.requests[0].messages[0].content


def test_nothing_asked_is_nothing_right() -> None:
    assert classify_by_model(ScriptedChat([]), [], INTENTS, "").accuracy == 0.0
