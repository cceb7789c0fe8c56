"""The language detector: foreign sentences are named, English in a hurry never is."""

import pytest

from app.adapters.language import LinguaDetector
from feedback.dataset.questions import handwritten, labelled

FOREIGN = {
    "es": "¿Dónde está mi pedido LF-10482?",
    "fr": "je voudrais un remboursement",
    "de": "ich möchte meine Bestellung stornieren",
    "it": "voglio annullare il mio ordine",
    "pt": "olá, o meu pacote não chegou",
    "nl": "ik wil mijn bestelling annuleren",
    "pl": "chcę zwrócić buty",
    "sv": "Var är min beställning?",
    "tr": "merhaba, kargom gelmedi",
    "ru": "Где мой заказ?",
    "ar": "أين طلبي؟",
    "zh": "我想退货",
    "ja": "返品したいのですが",
}


@pytest.fixture(scope="module")
def detector() -> LinguaDetector:
    return LinguaDetector()


@pytest.mark.parametrize(("code", "text"), FOREIGN.items())
def test_a_foreign_sentence_is_named(detector: LinguaDetector, code: str, text: str) -> None:
    assert detector.language(text) == code


@pytest.mark.parametrize("text", ["", "?!", "LF-10482", "12345", "hallo", "ttyl", "ok"])
def test_what_belongs_to_no_language_stays_open(detector: LinguaDetector, text: str) -> None:
    assert detector.language(text) is None


@pytest.mark.parametrize("text", ["were is my pakcage", "pls cancle odrer 5512", "order status", "no refund no peace"])
def test_hurried_english_is_never_called_foreign(detector: LinguaDetector, text: str) -> None:
    assert detector.language(text) in {"en", None}


def test_hardly_any_hand_written_question_is_called_foreign(detector: LinguaDetector) -> None:
    questions = labelled(handwritten())
    foreign = [question.text for question in questions if detector.language(question.text) not in {"en", None}]
    assert len(foreign) / len(questions) < 0.005, foreign
