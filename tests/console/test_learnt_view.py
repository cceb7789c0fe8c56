"""What was learnt, as the console lists it."""

from dataclasses import replace
from typing import cast

from app.console.house import Team
from app.console.learnt_view import learnt_list
from app.domain.lessons import LearntReply, Lesson, LessonOutcome, Votes
from app.domain.retrieval import InteractionStatus
from tests.builders import NOW, an_interaction


class _Team:
    def shown(self, name: str | None) -> str:
        return f"{name} <of the team>"


TEAM = cast("Team", _Team())
LEARNT = LearntReply(
    an_interaction("where is <my> parcel", status=InteractionStatus.PROVISIONAL),
    Lesson("a1", 0, LessonOutcome.LEARNT, "because", "sam", NOW),
    Votes(in_favour=1, against=1, taught=True),
    3,
)


def test_a_learnt_reply_shows_where_it_stands_who_taught_it_and_what_speaks_for_it() -> None:
    shown = str(learnt_list([LEARNT], TEAM, NOW, may_decide=True))
    assert "On trial" in shown
    assert "1 for it, 1 against · used 3 times" in shown
    assert shown.count('<span class="slot">') == 2
    assert 'data-pick="a1">Take back</button>' in shown
    assert "sam &lt;of the team&gt;" in shown
    assert "where is &lt;my&gt; parcel" in shown


def test_who_may_not_decide_sees_no_button() -> None:
    assert "Take back" not in str(learnt_list([LEARNT], TEAM, NOW, may_decide=False))


def test_each_standing_has_its_word() -> None:
    for status in InteractionStatus:
        changed = replace(LEARNT, interaction=replace(LEARNT.interaction, status=status))
        assert 'class="pill' in str(learnt_list([changed], TEAM, NOW, may_decide=True))


def test_before_anything_was_learnt_it_says_how_that_happens() -> None:
    assert "In every such case" in str(learnt_list([], TEAM, NOW, may_decide=True))
