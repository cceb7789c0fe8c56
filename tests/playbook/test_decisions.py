"""The shop's own rules on who looks at a reply: read with care, and counted where they should be."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.playbook import ShopRule
from app.domain.reply import Delivery, FlagReason
from app.errors import PlaybookError
from app.playbook.decisions import FILE, with_decisions
from app.playbook.loader import SHIPPED
from tests.pipeline.chain import MAYA, PLAYBOOK, build_parts, talk


def ruled(folder: Path, text: str) -> dict[str, ShopRule | None]:
    (folder / FILE).write_text(text, encoding="utf-8")
    return {rule.key: rule.shop for rule in with_decisions(PLAYBOOK, folder).rules()}


def test_the_file_that_ships_changes_nothing() -> None:
    assert with_decisions(PLAYBOOK, SHIPPED) == PLAYBOOK
    assert {rule.shop for rule in PLAYBOOK.rules()} == {None}


def test_its_examples_can_be_used_as_they_stand(tmp_path: Path) -> None:
    lines = (SHIPPED / FILE).read_text(encoding="utf-8").split("use them:\n")[1].splitlines()
    found = ruled(tmp_path, "\n".join(line.lstrip("# ") for line in lines))

    assert found["complaint/general"] == ShopRule(Delivery.HOLD)
    assert found["track_order/lost"] == ShopRule(Delivery.HAND_OFF)
    assert found["get_refund/refund_refused"] == ShopRule(Delivery.HOLD, Decimal(200))
    assert found["get_refund/refund_paid_out"] is None


def test_a_rule_on_who_looks_leaves_approved_replies_their_footing(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("track_order: hold", encoding="utf-8")
    after = with_decisions(PLAYBOOK, tmp_path)

    assert [rule.version for rule in after.rules()] == [rule.version for rule in PLAYBOOK.rules()]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("track_ordr: hold", "line 1, track_ordr: there is no intent and no situation track_ordr"),
        ("complaint: hold\ntrack_order/lots: hold", "line 2, track_order/lots"),
        ("complaint: send", "line 1, complaint"),
        ("complaint: {decision: hold, above: -1}", "line 1, complaint"),
        ("complaint: hold\ncomplaint: normal", "line 2, complaint: stands on line 1 already"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(PlaybookError, match=says):
        ruled(tmp_path, text)


@pytest.mark.parametrize(
    ("rule", "delivery"),
    [
        ("track_order: hold", Delivery.HOLD),
        ("track_order: hand_off", Delivery.HAND_OFF),
        ("{track_order: hold, track_order/late: normal}", Delivery.SEND),
        ("track_order/lost: hold", Delivery.SEND),
        ("track_order: {decision: hold, above: 1}", Delivery.HOLD),
        ("track_order: {decision: hold, above: 100000}", Delivery.SEND),
    ],
)
def test_a_rule_decides_the_replies_it_names(tmp_path: Path, rule: str, delivery: Delivery) -> None:
    (tmp_path / FILE).write_text(rule, encoding="utf-8")
    parts = replace(build_parts(), playbook=with_decisions(PLAYBOOK, tmp_path))

    record = talk(MAYA, parts).says("where is my parcel")

    assert record.decision.delivery is delivery
    if delivery is not Delivery.SEND:
        assert [flag.reason for flag in record.decision.reasons] == [FlagReason.SHOP_RULE]
        assert "LF-10482" not in record.delivered


def test_nothing_at_stake_is_not_above_any_amount() -> None:
    assert not ShopRule(Delivery.HOLD, Decimal(200)).holds_for(None)
    assert not ShopRule(Delivery.HOLD, Decimal(200)).holds_for(Decimal(200))
    assert ShopRule(Delivery.HOLD, Decimal(200)).holds_for(Decimal("200.01"))
    assert ShopRule(Delivery.HOLD).holds_for(None)
