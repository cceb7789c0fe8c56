"""What was learnt from decisions: each reply with who taught it, where it stands, and what speaks for it."""

from collections.abc import Sequence
from datetime import datetime

from app.console import words
from app.console.house import Team
from app.console.markup import Html, joined, tag
from app.console.preview import in_words
from app.domain.lessons import FIRM_AFTER_USES, FIRM_AFTER_VOTES, LearntReply
from app.domain.retrieval import InteractionStatus

_STANDING = {
    InteractionStatus.PROVISIONAL: ("On trial", "open"),
    InteractionStatus.APPROVED: ("In use", "send"),
    InteractionStatus.SUSPENDED: ("Set aside", "held"),
    InteractionStatus.RESTING: ("Resting", "held"),
    InteractionStatus.WITHDRAWN: ("Taken back", ""),
}
_MEANS = (
    f"On trial: used, until {FIRM_AFTER_VOTES} people agree or it has done well {FIRM_AFTER_USES} times. "
    "Set aside: people disagree, or a newer reply is used. Resting: the rules it goes by have changed."
)


def learnt_list(found: Sequence[LearntReply], team: Team, now: datetime, *, may_decide: bool) -> Html:
    """The newest first; a button takes one back."""
    if not found:
        return tag(
            "section",
            tag("h2", "Nothing yet"),
            tag(
                "p",
                "Edit a held reply and choose “In every such case”, or approve a draft: the next customer who asks "
                "the same gets it. What was learnt is listed here, and can be taken back.",
                cls="quiet",
            ),
            cls="card empty",
        )
    return joined(
        (
            tag("p", _MEANS, cls="quiet learnt-means"),
            *(_learnt(each, team, now, may_decide=may_decide) for each in found),
        )
    )


def _learnt(learnt: LearntReply, team: Team, now: datetime, *, may_decide: bool) -> Html:
    interaction, lesson = learnt.interaction, learnt.lesson
    standing, cls = _STANDING[interaction.status]
    used = words.count(learnt.uses, "time")
    for_it = f"{learnt.votes.in_favour} for it" + (f", {learnt.votes.against} against" if learnt.votes.against else "")
    return tag(
        "article",
        tag(
            "header",
            tag("span", standing, cls=f"pill {cls}".strip()),
            tag("h3", words.situation(interaction.situation)),
            tag("span", f"{team.shown(lesson.by)}, {words.moment(lesson.at, now)}", cls="quiet"),
        ),
        tag("p", in_words(interaction.reply), cls="learnt-reply"),
        tag("p", f"Asked: {interaction.question}", cls="quiet"),
        tag(
            "div",
            tag("span", f"{for_it} · used {used}", cls="quiet"),
            tag("button", "Take back", type="button", data_pick=lesson.annotation_id) if may_decide else None,
            cls="learnt-votes",
        ),
        cls="card learnt",
    )
