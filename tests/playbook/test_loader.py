"""A playbook that cannot be right is refused, with the file, the line and the field that are wrong."""

import re
import shutil
from pathlib import Path

import pytest

from app.domain.playbook import ClaimKind, Playbook, Risk, Tone
from app.domain.reply import Delivery
from app.errors import PlaybookError
from app.playbook.loader import SHIPPED, load_playbook

CANCEL = """\
intent: cancel_order
title: Cancel my order
family: order
about: order
gates: [anonymous]
risk: medium
situations:
  can_cancel:
    when: {order_status: processing}
    means: The order can still be cancelled.
    must_mention: [order_id]
    policies: [returns]
    must_say: [delivered]
    offers_person: true
  otherwise:
    means: The order cannot be cancelled any more.
    risk: high
    decision: hold
    tone: sorry
"""
GATES = """\
# what has to be known first
anonymous:
  when: {customer: anonymous}
  means: The customer is not signed in.
"""
CLAIMS = """\
statements:
  delivered:
    says: the parcel has been delivered
    patterns: ['\\bdelivered\\b', '\\barrived\\b']
    true_when: [{shipment: delivered}]
actions:
  did_it:
    says: something was done
    patterns: ['\\bI have\\b']
    true_when: []
promises: {}
"""
PAGES = {"returns": frozenset({"return_days", "return_fee"})}


def write(folder: Path, cancel: str = CANCEL, gates: str = GATES, claims: str = CLAIMS) -> Path:
    (folder / "intents").mkdir(exist_ok=True)
    (folder / "intents" / "cancel_order.yaml").write_text(cancel, encoding="utf-8")
    (folder / "gates.yaml").write_text(gates, encoding="utf-8")
    (folder / "claims.yaml").write_text(claims, encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(PlaybookError) as caught:
        load_playbook(folder, PAGES)
    return caught.value.detail


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def test_a_playbook_says_what_its_files_say(tmp_path: Path) -> None:
    playbook = load_playbook(write(tmp_path), PAGES)

    gate, first, last = playbook.intents["cancel_order"].situations
    assert (gate.key, gate.policies) == ("cancel_order/anonymous", ("returns",))
    assert first.when == {"order_status": frozenset({"processing"})}
    assert (first.risk, first.decision, first.tone) == (Risk.MEDIUM, Delivery.SEND, Tone.NEUTRAL)
    assert (last.risk, last.decision, last.tone) == (Risk.HIGH, Delivery.HOLD, Tone.SORRY)
    assert playbook.claims["did_it"].kind is ClaimKind.ACTION


def test_a_reply_may_use_the_facts_of_the_pages_its_situation_names(tmp_path: Path) -> None:
    rule = load_playbook(write(tmp_path), PAGES).rule("cancel_order/can_cancel")

    assert rule is not None
    assert rule.may_use == ("return_days", "return_fee")


def test_the_first_situation_that_holds_is_taken(tmp_path: Path) -> None:
    playbook = load_playbook(write(tmp_path), PAGES)

    def name(**signs: str) -> str:
        rule = playbook.situation("cancel_order", signs)
        assert rule is not None
        return rule.name

    assert name(customer="anonymous", order_status="processing") == "anonymous"
    assert name(customer="known", order_status="processing") == "can_cancel"
    assert name(customer="known", order_status="shipped") == "otherwise"
    assert playbook.situation("track_order", {}) is None


def test_the_version_of_a_situation_moves_with_its_words_and_with_nothing_else(tmp_path: Path) -> None:
    before = load_playbook(write(tmp_path), PAGES)
    after = load_playbook(write(tmp_path, changed(CANCEL, "can still be", "may still be")), PAGES)
    same = load_playbook(write(tmp_path, f"# a comment\n{CANCEL}"), PAGES)

    def version(playbook: Playbook, key: str) -> str:
        rule = playbook.rule(key)
        assert rule is not None
        return rule.version

    assert version(before, "cancel_order/can_cancel") != version(after, "cancel_order/can_cancel")
    assert version(before, "cancel_order/otherwise") == version(after, "cancel_order/otherwise")
    assert before.version == same.version
    assert before.version != after.version


WRONG_IN_AN_INTENT = [
    ("order_status: processing", "order_stat: processing", 9, "situations.can_cancel.when.order_stat", "no sign"),
    ("order_status: processing", "order_status: sent", 9, "situations.can_cancel.when.order_status", "cannot be sent"),
    ("order_status: processing", "order_status: [packed, sent]", 9, "when.order_status", "cannot be sent"),
    ("must_say: [delivered]", "must_say: [deliverd]", 13, "situations.can_cancel.must_say.0", "no claim deliverd"),
    ("policies: [returns]", "policies: [refunds]", 12, "situations.can_cancel.policies.0", "no policy page refunds"),
    ("    when: {order_status: processing}\n", "", 14, "situations.otherwise", "never reached, can_cancel"),
    ("    when: {order_status: processing}\n", "    when: {customer: anonymous}\n", 8, "can_cancel", "anonymous holds"),
    (
        "    means: The order cannot be",
        "    when: {order_status: processing, recent: 'yes'}\n    means: The order cannot be",
        15,
        "situations.otherwise",
        "never reached, can_cancel",
    ),
    ("gates: [anonymous]", "gates: [nobody]", 5, "gates.0", "no gate nobody"),
    ("  otherwise:", "  anonymous:", 5, "gates.0", "keep one"),
    ("intent: cancel_order", "intent: cancel", 1, "intent", "named as its file"),
    ("risk: medium", "risk: some", 6, "risk", "'low', 'medium' or 'high'"),
    ("title: Cancel my order", "title: [Cancel]", 2, "title", "valid string"),
    ("offers_person: true", "offers_person: perhaps", 14, "situations.can_cancel.offers_person", "valid boolean"),
    ("offers_person: true", "offers_persons: true", 14, "situations.can_cancel.offers_persons", "not permitted"),
    ("must_mention: [order_id]", "must_mention: [Order-ID]", 11, "can_cancel.must_mention.0", "match pattern"),
    ("family: order", "family: orders", 3, "family", "'order'"),
    ("tone: sorry", "tone: angry", 19, "situations.otherwise.tone", "'glad'"),
    ("decision: hold", "decision: wait", 18, "situations.otherwise.decision", "'send'"),
    ("family: order\n", "", 1, "family", "required"),
    ("means: The order cannot be cancelled any more.", "means: No.", 16, "situations.otherwise.means", "10 characters"),
]


@pytest.mark.parametrize(("old", "new", "line", "field", "words"), WRONG_IN_AN_INTENT)
def test_a_mistake_in_an_intent_is_named_with_its_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, field: str, words: str
) -> None:
    found = refusal(write(tmp_path, changed(CANCEL, old, new)))

    assert re.search(rf"cancel_order\.yaml, line {line}, [\w.]*{re.escape(field)}: ", found), found
    assert words in found


def test_a_file_that_is_no_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    found = refusal(write(tmp_path, changed(CANCEL, "risk: medium", "risk: [medium")))

    assert "cancel_order.yaml, line 7: not valid YAML" in found


@pytest.mark.parametrize("text", ["", "- a list\n", "just words\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert "cancel_order.yaml, line 1" in refusal(write(tmp_path, text))


def test_a_situation_written_twice_is_refused_at_the_second(tmp_path: Path) -> None:
    found = refusal(write(tmp_path, changed(CANCEL, "  otherwise:", "  can_cancel:")))

    assert "cancel_order.yaml, line 15, can_cancel: stands on line 8 already" in found


WRONG_ELSEWHERE = [
    ("claims.yaml", "'\\bdelivered\\b'", "'(delivered'", 4, "statements.delivered.patterns.0", "regular expression"),
    ("claims.yaml", "'\\barrived\\b'", "'*'", 4, "statements.delivered.patterns.1", "regular expression"),
    ("claims.yaml", "{shipment: delivered}", "{parcel: delivered}", 5, "true_when.0.parcel", "no sign parcel"),
    ("claims.yaml", "{shipment: delivered}", "{shipment: gone}", 5, "true_when.0.shipment", "cannot be gone"),
    ("claims.yaml", "  did_it:", "  delivered:", 7, "actions.delivered", "twice"),
    ("claims.yaml", "promises: {}", "promise: {}", 1, "promises", "required"),
    ("gates.yaml", "customer: anonymous", "customer: nobody", 3, "anonymous.when.customer", "cannot be nobody"),
    ("gates.yaml", "  means: The", "  meaning: The", 2, "anonymous.means", "required"),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "field", "words"), WRONG_ELSEWHERE)
def test_a_mistake_in_claims_or_gates_is_named_there(
    tmp_path: Path, file: str, old: str, new: str, line: int, field: str, words: str
) -> None:
    text = {"claims.yaml": CLAIMS, "gates.yaml": GATES}[file]
    write(tmp_path)
    (tmp_path / file).write_text(changed(text, old, new), encoding="utf-8")

    found = refusal(tmp_path)

    assert re.search(rf"{file}, line {line}, [\w.]*{re.escape(field)}: ", found), found
    assert words in found


def test_a_field_written_twice_on_one_line_is_refused_too(tmp_path: Path) -> None:
    found = refusal(write(tmp_path, changed(CANCEL, "{order_status: processing}", "{refund: none, refund: none}")))

    assert "line 9, refund: stands on line 9 already" in found


@pytest.mark.parametrize("text", ["", "- anonymous\n"])
def test_gates_that_are_no_mapping_are_refused(tmp_path: Path, text: str) -> None:
    assert "gates.yaml, line 1" in refusal(write(tmp_path, gates=text))


@pytest.mark.parametrize("file", ["claims.yaml", "gates.yaml"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    (write(tmp_path) / file).unlink()

    assert f"{file}: cannot be read" in refusal(tmp_path)


def test_a_playbook_without_intents_is_refused(tmp_path: Path) -> None:
    (write(tmp_path) / "intents" / "cancel_order.yaml").unlink()

    assert "no playbook files" in refusal(tmp_path)


def test_one_mistake_in_the_shipped_playbook_is_found_too(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "playbook")
    path = folder / "intents" / "track_order.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("{shipment: late}", "{shipment: tardy}"), encoding="utf-8")

    with pytest.raises(PlaybookError, match=r"track_order\.yaml, line \d+, situations\.late\.when\.shipment"):
        load_playbook(folder)
