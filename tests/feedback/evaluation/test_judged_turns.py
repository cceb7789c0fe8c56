"""Judged replies: played again with what was known of each, and only while the reply is the one that was judged."""

import csv
import json
from dataclasses import replace
from pathlib import Path

from app.domain.ids import InteractionId
from app.domain.supervision import DecidedReply, Verdict
from feedback.dataset.questions import BITEXT_FILES, Labelled
from feedback.evaluation.judged_turns import decided, meant_otherwise, read_again, weakest
from feedback.evaluation.reading import hash_of
from tests.pipeline.chain import LENA, MAYA, GivenIntent, build_parts, talk

QUESTIONS = ("where is my parcel", "delivery options please", "a person please")


def corpus(folder: Path) -> Path:
    path = folder / BITEXT_FILES["test"]
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("utterance", "intent"), *((text, "any") for text in QUESTIONS)])
    return folder


def said(folder: Path, name: str, row: int, verdict: str, reply: str) -> None:
    judgement = {"row": row, "customer": MAYA, "answerable": True, "delivery": "send", "reply": reply}
    with (folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({**judgement, "verdict": verdict}) + "\n")


def template(text: str) -> str:
    proposed = talk(MAYA).says(text).proposed
    assert proposed is not None
    return hash_of(proposed.template)


def test_a_reply_counts_while_it_is_the_one_that_was_read(tmp_path: Path) -> None:
    readings = tmp_path / "readings"
    readings.mkdir()
    said(readings, "first", 0, "poor", template(QUESTIONS[0]))
    said(readings, "first", 1, "wrong", "another one")

    judged, stale = read_again(corpus(tmp_path), build_parts(), readings)

    assert stale == 1
    assert [(each.question, each.situation, each.right, each.good) for each in judged] == [
        ("row 0", "track_order/late", True, False)
    ]
    assert judged[0].features["fit"] == 1.0


def test_a_reply_is_right_where_every_reader_says_so(tmp_path: Path) -> None:
    readings = tmp_path / "readings"
    readings.mkdir()
    said(readings, "first", 0, "good", template(QUESTIONS[0]))
    said(readings, "second", 0, "wrong", template(QUESTIONS[0]))

    judged, _ = read_again(corpus(tmp_path), build_parts(), readings)

    assert [(each.right, each.good) for each in judged] == [(False, False)]


def test_a_reply_to_another_request_than_the_one_meant_is_wrong() -> None:
    asked = [Labelled("where is my parcel", "track_order"), Labelled("where is my parcel", "cancel_order")]

    judged = meant_otherwise(asked, build_parts(), [MAYA])

    assert [each.right for each in judged] == [True, False]


def test_who_is_told_the_same_whichever_was_meant_is_told_right() -> None:
    asked = [Labelled("where is my parcel 99999", "cancel_order")]

    judged = meant_otherwise(asked, build_parts(), [LENA])

    assert [each.right for each in judged] == [True]


def test_what_goes_to_a_person_anyway_is_not_judged() -> None:
    assert meant_otherwise([Labelled("a person please", "contact_human_agent")], build_parts(), [MAYA]) == []


def test_an_estimate_too_low_to_send_is_judged_all_the_same() -> None:
    parts = replace(build_parts(), classifier=GivenIntent((("track_order", 0.55), ("cancel_order", 0.45))))

    assert len(meant_otherwise([Labelled("where is it", "track_order")], parts, [MAYA])) == 1


def test_a_supervisors_decision_is_a_verdict_on_what_was_held() -> None:
    record = talk(MAYA, build_parts(send_threshold=0.99)).says("where is my parcel")
    replies = [DecidedReply(f"d{number}", verdict, record) for number, verdict in enumerate(Verdict)]

    assert [each.right for each in decided(replies)] == [True, False, False]
    assert {each.situation for each in decided(replies)} == {"track_order/late"}


def test_a_record_from_before_estimates_kept_what_they_were_made_from_is_left_out() -> None:
    record = talk(MAYA, build_parts(send_threshold=0.99)).says("where is my parcel")
    candidate = record.situations[0].candidates[0]
    assert candidate.estimate is not None
    bare = replace(candidate, estimate=replace(candidate.estimate, evidence={}), source=InteractionId("old"))
    old = replace(record, situations=(replace(record.situations[0], candidates=(bare,)),))

    assert weakest(old) is bare
    assert decided([DecidedReply("d", Verdict.APPROVE, old)]) == []
