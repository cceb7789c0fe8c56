"""The readers of what is brought in: what they make of good files, and that a bad one is named with its line."""

import json
from pathlib import Path

import pytest

from app.domain.facts import fill_slots
from app.errors import ConfigurationError
from ingestion.sources.interactions import read_past_cases
from ingestion.sources.knowledge import read_pages
from tests.ingestion.small_shop import DELIVERY, PAST, RETURNS


def pages_in(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def past_in(folder: Path, text: str | bytes, name: str = "track_order.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read_past_cases(path)
    return refused.value.detail


def test_a_page_is_cut_at_its_headings_and_its_facts_are_written_out(tmp_path: Path) -> None:
    pages, passages = read_pages(pages_in(tmp_path, returns=RETURNS, delivery=DELIVERY))

    assert [(page.id, dict(page.facts)) for page in pages] == [
        ("delivery", {"standard_days": "3 to 5 days"}),
        ("returns", {"return_days": "30 days"}),
    ]
    assert [(passage.id, passage.title, passage.text) for passage in passages] == [
        ("delivery#0", "Delivery", "Standard delivery takes 3 to 5 days."),
        ("returns#0", "Returns", "An order can be sent back within 30 days of delivery."),
        ("returns#1", "Returns: How to return an item", 'Open "My orders" and select "Return an item".'),
    ]
    assert {passage.version for passage in passages[1:]} == {pages[1].version}


def test_a_page_may_use_a_fact_of_another_and_changes_with_it(tmp_path: Path) -> None:
    mentions = DELIVERY.replace("Standard", "Returns: {return_days}. Standard")
    (before, _), passages = read_pages(pages_in(tmp_path, returns=RETURNS, delivery=mentions))
    assert passages[0].text.startswith("Returns: 30 days.")

    (after, _), _ = read_pages(pages_in(tmp_path, returns=RETURNS.replace("30 days", "14 days")))

    assert before.version != after.version


def test_the_same_pages_have_the_same_versions(tmp_path: Path) -> None:
    folder = pages_in(tmp_path, returns=RETURNS, delivery=DELIVERY)
    assert read_pages(folder) == read_pages(folder)


def test_a_page_without_headings_or_with_empty_ones_has_no_empty_passage(tmp_path: Path) -> None:
    bare = "---\nid: bare\ntitle: Bare\n---\n## Nothing\n\n## Something\nIs here.\n"
    _, passages = read_pages(pages_in(tmp_path, bare=bare))
    assert [(passage.id, passage.text) for passage in passages] == [("bare#2", "Is here.")]


def test_a_page_from_windows_reads_the_same(tmp_path: Path) -> None:
    unix = read_pages(pages_in(tmp_path, returns=RETURNS))
    (tmp_path / "returns.md").write_bytes(RETURNS.replace("\n", "\r\n").encode())
    assert read_pages(tmp_path) == unix


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Just words.", "does not begin with front matter"),
        ("", "does not begin with front matter"),
        ("---\nid: returns\ntitle: Returns\n", "does not begin with front matter"),
        ("Words first.\n" + RETURNS, "does not begin with front matter"),
        (RETURNS.replace("id: returns", "id: [returns"), "line 3: not valid YAML"),
        (RETURNS.replace("title: Returns\n", ""), "line 1, title: Field required"),
        (RETURNS.replace("title: Returns", "title: Returns\nowner: me"), "line 4, owner: Extra inputs"),
        (RETURNS.replace("30 days", "30"), "line 5, facts.return_days: Input should be a valid string"),
        (
            RETURNS.replace("30 days", "30 days\n  return_days: 14 days"),
            "line 6, return_days: stands on line 5 already",
        ),
        (RETURNS.replace("{return_days}", "{return_time}"), "no page defines return_time"),
        ("---\n---\nWords.", "line 1, file: Input should be a valid dictionary"),
    ],
)
def test_a_page_that_is_wrong_is_named_with_what_is_wrong_in_it(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_pages(pages_in(tmp_path, returns=text, delivery=DELIVERY))

    assert "returns.md" in refused.value.detail
    assert said in refused.value.detail
    assert refused.value.code == "configuration"


def test_a_fact_that_two_pages_define_is_named_with_both(tmp_path: Path) -> None:
    twice = DELIVERY.replace("standard_days: 3 to 5 days", "standard_days: 3 to 5 days\n  return_days: 14 days")
    with pytest.raises(ConfigurationError, match=r"returns\.md: the fact return_days is defined in .*delivery\.md"):
        read_pages(pages_in(tmp_path, returns=RETURNS, delivery=twice))


def test_a_page_that_is_there_twice_is_named_with_both(tmp_path: Path) -> None:
    again = "---\nid: returns\ntitle: Returns\n---\nWords.\n"
    with pytest.raises(ConfigurationError, match=r"returns\.md: the page returns is in .*again\.md already"):
        read_pages(pages_in(tmp_path, returns=RETURNS, again=again))


def test_a_page_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "returns.md").write_bytes(b"---\nid: \xff\xfe\n---\n")
    with pytest.raises(ConfigurationError, match=r"returns\.md: .*utf-8"):
        read_pages(tmp_path)


def test_a_folder_without_pages_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there are no policy pages here"):
        read_pages(tmp_path)


def test_past_cases_are_read_with_where_they_stand(tmp_path: Path) -> None:
    for name, text in PAST.items():
        past_in(tmp_path, text, f"{name}.yaml")

    cases = read_past_cases(tmp_path)

    assert [(case.situation, case.where) for case in cases[:3]] == [
        ("check_refund_policy/policy", "check_refund_policy.yaml: policy, pair 1"),
        ("check_refund_policy/policy", "check_refund_policy.yaml: policy, pair 2"),
        ("delivery_options/list", "delivery_options.yaml: list, pair 1"),
    ]
    assert len({case.id for case in cases}) == len(cases)


def test_the_same_case_has_the_same_id_wherever_it_is_read_from(tmp_path: Path) -> None:
    (from_yaml,) = read_past_cases(past_in(tmp_path, PAST["track_order"]))
    pair = {"question": "where is my  parcel", "reply": "Your order {order_id} is late."}
    line = json.dumps({"situation": "track_order/late", **pair})
    (from_lines,) = read_past_cases(past_in(tmp_path, f"\n{line}\n\n", "export.jsonl"))

    assert from_lines.id == from_yaml.id
    assert from_lines.where == "export.jsonl, line 2"


def test_questions_are_masked_and_replies_are_left_as_they_are(tmp_path: Path) -> None:
    text = PAST["track_order"].replace("my parcel", "LF-10482, write to maya@example.com")
    (case,) = read_past_cases(past_in(tmp_path, text))
    assert case.question == "where is [order], write to [email]"
    assert fill_slots(case.reply, {"order_id": "LF-1"}) == "Your order LF-1 is late."


def test_a_line_may_hold_a_line_separator_inside_its_words(tmp_path: Path) -> None:
    line = '{"situation": "a/b", "question": "one\u2028two", "reply": "three\u2028four"}'
    (case,) = read_past_cases(past_in(tmp_path, line, "export.jsonl"))
    assert (case.question, case.reply) == ("one two", "three\u2028four")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("situations:", "situations: [", "not valid YAML"),
        ("      reply: Your order {order_id} is late.\n", "", "line 4, situations.late.0.reply: Field required"),
        ("      reply:", "      answer:", "line 4, situations.late.0.reply: Field required"),
        ("reply: Your order {order_id} is late.", "reply: ''", "line 5, situations.late.0.reply: String should have"),
        ("intent: track_order\n", "", "line 1, intent: Field required"),
        ("intent: track_order", "intent: track_order\nauthor: me", "line 2, author: Extra inputs"),
        ("situations:\n", "situations:\n  late: []\n", "line 4, late: stands on line 3 already"),
        ("reply: Your order", "reply: Your order: it", "line 5: not valid YAML"),
    ],
)
def test_a_yaml_file_that_is_wrong_is_named_with_the_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = PAST["track_order"]
    assert text.count(old) == 1

    detail = refusal(past_in(tmp_path, text.replace(old, new)))

    assert "track_order.yaml" in detail
    assert said in detail


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"situation": "a/b", "question": "q"}',
        '{"situation": "a/b", "question": " ", "reply": "r"}',
        '{"situation": "a/b", "question": "q", "reply": "r", "customer": "C-1"}',
    ],
)
def test_a_line_that_is_wrong_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    good = '{"situation": "a/b", "question": "q", "reply": "r"}'
    assert "export.jsonl, line 3: " in refusal(past_in(tmp_path, f"{good}\n\n{line}\n", "export.jsonl"))


@pytest.mark.parametrize("name", ["past.yaml", "past.jsonl"])
def test_a_source_that_is_no_text_or_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    assert name in refusal(tmp_path / name)
    assert name in refusal(past_in(tmp_path, b"\xff\xfe\x00", name))


def test_a_folder_without_past_cases_is_named(tmp_path: Path) -> None:
    assert "there are no interactions here" in refusal(tmp_path)
