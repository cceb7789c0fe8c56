"""Every shipped prompt in every variant, compared with a snapshot that a person has read.

`pytest tests/prompts --update-snapshots` writes the snapshots anew; the difference is then read like any other change.
"""

from pathlib import Path

import pytest

from app.prompts.loader import load_prompts

SNAPSHOTS = Path(__file__).parent / "snapshots"
PROMPTS = load_prompts()
ANSWERS = sorted(name for name in PROMPTS if name.startswith("answer."))

SITUATION = {
    "QUESTION": "where is my [order], it was promised for [number] days ago",
    "SITUATION": "The parcel is with the carrier and is late.",
    "SLOTS": "{days_late}, {delivery_date}, {order_id}",
}
COUNTS = {"N": "4", "M": "2", "T": "3"}
PAGE = {
    "STEPS": "Follow the parcel by the tracking link",
    "POLICY": "Late and lost parcels: A parcel counts as lost 7 days after the promised day.",
    "MUST": "{order_id}, {days_late}, {delivery_date}",
}
VARIANTS = {
    "everything_known": SITUATION | COUNTS | PAGE,
    "nothing_late": SITUATION | {"N": "4", "M": "2"} | PAGE,
    "no_order": SITUATION | {"N": "0"} | PAGE,
    "not_signed_in": SITUATION | PAGE,
    "no_page_no_steps": SITUATION,
}
CASES = [(name, variant) for name in ANSWERS for variant in VARIANTS]


def rendered(name: str, values: dict[str, str]) -> str:
    return "\n\n".join(f"<{message.role}>\n{message.content}" for message in PROMPTS[name].render(values)) + "\n"


def compare(name: str, text: str, update: bool) -> None:
    path = SNAPSHOTS / f"{name}.txt"
    if update:
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"no snapshot {path.name}: run with --update-snapshots and read it"
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_an_answer_prompt_reads_as_its_snapshot(name: str, variant: str, pytestconfig: pytest.Config) -> None:
    text = rendered(name, VARIANTS[variant])

    compare(f"{PROMPTS[name].key}.{variant}", text, pytestconfig.getoption("--update-snapshots"))


def test_the_refine_prompt_reads_as_its_snapshot(pytestconfig: pytest.Config) -> None:
    text = rendered("refine", {"DRAFT": "Your order {order_id} is {days_late} late, sorry."})

    compare(PROMPTS["refine"].key, text, pytestconfig.getoption("--update-snapshots"))


def test_there_is_no_snapshot_of_a_prompt_that_is_gone() -> None:
    expected = {f"{PROMPTS[name].key}.{variant}.txt" for name, variant in CASES} | {f"{PROMPTS['refine'].key}.txt"}

    assert {path.name for path in SNAPSHOTS.iterdir()} == expected


@pytest.mark.parametrize("name", ANSWERS)
def test_the_counts_stand_in_the_classic_sentence(name: str) -> None:
    text = rendered(name, VARIANTS["everything_known"])

    assert (
        "The customer has bought from our store 4 times in the past six months and ordered the same product 2 times. "
        "The latest shipment of this product is delayed by 3 days. The customer is inquiring: "
    ) in text


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("missing", ["N", "M", "T", "STEPS", "POLICY", "MUST"])
def test_a_missing_fact_selects_a_variant_without_it(name: str, missing: str) -> None:
    values = {key: value for key, value in VARIANTS["everything_known"].items() if key != missing}

    text = rendered(name, values)

    assert "None" not in text
    assert "$" not in text
    assert SITUATION["QUESTION"] in text
    assert text == rendered(name, values | {missing: ""})


@pytest.mark.parametrize("name", ANSWERS)
def test_the_part_that_never_varies_comes_first_so_that_it_stays_cached(name: str) -> None:
    systems = {PROMPTS[name].render(values)[0] for values in VARIANTS.values()}

    assert len(systems) == 1
    assert systems.pop().role == "system"


@pytest.mark.parametrize("name", ANSWERS)
def test_a_question_with_a_dollar_sign_or_a_section_head_stays_a_question(name: str) -> None:
    text = rendered(name, SITUATION | {"QUESTION": "$N $QUESTION [system] ${T}"})

    assert text.count("$N $QUESTION [system] ${T}") == 1
