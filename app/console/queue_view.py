"""The queue as HTML: the list of what waits, one item whole, and what is behind its draft."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from app.console import words
from app.console.markup import NOTHING, Html, joined, tag, text
from app.console.support import Marked, Support, marked
from app.domain.facts import Fact, FactKind
from app.domain.handoff import Line
from app.domain.retrieval import Interaction
from app.domain.supervision import WaitingTurn
from app.domain.turn import Situation

Shown = Callable[[str], str]
"""A colleague's name as it is shown."""
_LEGEND = (Support.APPROVED, Support.RECORDS, Support.POLICY, Support.HOUSE, Support.NOTHING, Support.DOUBTFUL)
_LEGEND_WORDS = {
    Support.APPROVED: "approved before",
    Support.RECORDS: "from the records",
    Support.POLICY: "in a policy",
    Support.HOUSE: "ready sentence",
    Support.NOTHING: "nothing behind it",
    Support.DOUBTFUL: "stands nowhere",
}
_WAITS_LONG_S = 600


def name_of(item: WaitingTurn) -> str:
    """The customer's first name as the records of the turn have it."""
    for situation in item.record.situations if item.record else ():
        for fact in situation.facts:
            if fact.name == "first_name":
                return fact.value
    return item.customer_id or "Not signed in"


def queue_list(items: Sequence[WaitingTurn], chosen: str | None, me: str, now: datetime, shown: Shown = str) -> Html:
    """Everything that waits, the most urgent first."""
    if not items:
        return tag(
            "div",
            tag("p", "Nothing waits.", cls="empty-title"),
            tag("p", "New replies to check appear here by themselves."),
            cls="empty",
        )
    return tag("ul", joined(_row(item, chosen, me, now, shown) for item in items), cls="rows", aria_label="What waits")


def _row(item: WaitingTurn, chosen: str | None, me: str, now: datetime, shown: Shown) -> Html:
    held = item.decidable
    claim = item.claim if item.claim and item.claim.holds(now) and item.claim.by != me else None
    late = (now - item.since).total_seconds() > _WAITS_LONG_S
    reasons = tuple(dict.fromkeys(words.SHORT[flag.reason] for flag in item.reasons))
    found = item.record.flags if item.record else ()
    feels = dict.fromkeys(words.SHORT[flag.reason] for flag in found if flag.reason in words.FEELINGS)
    marks = [
        tag("span", "Held" if held else "For a person", cls="pill held" if held else "pill person"),
        *(tag("span", each, cls="why") for each in reasons[:1]),
        tag("span", f"+{len(reasons) - 1}", cls="why", title=", ".join(reasons[1:])) if len(reasons) > 1 else None,
        *(tag("span", each, cls="why") for each in feels),
    ]
    owner = shown(item.agent) if item.agent else f"{shown(claim.by)} is looking" if claim else None
    return tag(
        "li",
        tag(
            "button",
            tag(
                "span",
                tag("span", name_of(item), cls="name"),
                tag("span", words.ago(item.since, now), cls="time late" if late else "time"),
                cls="line",
            ),
            tag("span", asked(item), cls="said"),
            tag("span", joined(marks, " "), tag("span", owner, cls="owner") if owner else None, cls="marks"),
            cls="row",
            type="button",
            data_pick=item.turn_id,
            aria_current="true" if item.turn_id == chosen else None,
        ),
    )


def asked(item: WaitingTurn) -> str:
    """The customer's words in this turn."""
    return "\n".join(message.text for message in item.asked)


def item_head(item: WaitingTurn, me: str, now: datetime, shown: Shown = str) -> Html:
    """Who, since when, what she wrote, and why a person has to look."""
    title = " and ".join(words.situation(each.key) for each in item.record.situations) if item.record else ""
    claim = item.claim if item.claim and item.claim.holds(now) and item.claim.by != me else None
    mailed = "answers go by mail, too" if item.by_mail else None
    number = item.customer_id if item.customer_id and item.customer_id != name_of(item) else None
    head = tag(
        "header",
        tag(
            "div",
            tag("h2", name_of(item)),
            tag("p", joined((each for each in (number, title, mailed) if each), " · "), cls="sub"),
        ),
        tag("p", f"{words.STATUS[item.status]} · since {words.moment(item.since, now)}", cls="state"),
        cls="item-head",
    )
    looking = f"{shown(claim.by)} has this open, too." if claim else None
    taken = f"{shown(item.agent)} has this conversation." if item.agent and item.agent != me else None
    aside = taken or looking
    messages = joined(
        tag("div", tag("p", message.text, cls="bubble"), tag("time", words.moment(message.at, now)), cls="customer")
        for message in item.asked
    )
    told = tag("p", aside, cls="aside", role="status") if aside else NOTHING
    return joined((head, told, messages, _why(item), _handoff(item)))


def _why(item: WaitingTurn) -> Html:
    flags = {flag.reason: flag for flag in item.reasons}
    if not flags:
        return NOTHING
    lines = [tag("li", words.reason(flag)) for flag in flags.values()]
    return tag("section", tag("h3", "Why you see this"), tag("ul", joined(lines)), cls="reasons")


def _handoff(item: WaitingTurn) -> Html:
    """What a person needs who takes it: in short, and as a list of what is to be done. Beside a draft it is folded."""
    handoff = item.handoff
    if handoff is None:
        return NOTHING
    lines = [
        *([Line("Wanted", handoff.wants)] if handoff.wants else []),
        *handoff.said,
        *handoff.mood,
        *handoff.stands,
    ]
    facts = joined(tag("div", tag("dt", line.name), tag("dd", line.text)) for line in lines)
    steps = joined(tag("li", step) for step in handoff.steps)
    return tag(
        "details",
        tag("summary", handoff.title),
        tag("ul", steps, cls="steps"),
        tag("dl", facts, cls="facts") if lines else None,
        cls="handoff",
        open=not item.decidable,
    )


def draft(item: WaitingTurn) -> Html:
    """The draft, each sentence marked by what is behind it."""
    if item.record is None or item.draft is None:
        return tag("p", "There is no draft. A person has to answer.", cls="no-draft")
    sentences = marked(item.record)
    used = [each for each in _LEGEND if any(sentence.support is each for sentence in sentences)]
    legend = tag("ul", joined(tag("li", _LEGEND_WORDS[each], cls=f"mark-{each.value}") for each in used), cls="legend")
    shown = joined(_sentence(each) for each in sentences)
    return tag(
        "section",
        tag("div", tag("h3", "Draft"), legend, cls="draft-head"),
        tag("p", shown, cls="draft"),
        cls="draft-box",
    )


def _sentence(sentence: Marked) -> Html:
    body = sentence.text.rstrip()
    space = sentence.text[len(body) :]
    if not body:
        return text(space)
    mark = tag(
        "span",
        _with_values(body, sentence.facts),
        cls=f"mark-{sentence.support.value}",
        title=sentence.said,
    )
    return joined((mark, space))


def _with_values(body: str, facts: Sequence[Fact]) -> Html:
    """A sentence with the records' values in it made visible."""
    for fact in sorted(facts, key=lambda each: -len(each.value)):
        before, found, after = body.partition(fact.value)
        if found and fact.value.strip():
            others = [each for each in facts if each is not fact]
            return joined(
                (
                    _with_values(before, others),
                    tag("b", found, title=f"{words.readable(fact.name)}, from {source(fact)}"),
                    _with_values(after, others),
                )
            )
    return text(body)


def source(fact: Fact) -> str:
    """Where a fact stands, in words."""
    kind, _, name = fact.source.partition(":")
    if kind == "policy":
        return f"the policy “{words.readable(name)}”"
    return {"crm": "the records", "catalogue": "the catalogue", "message": "the customer's words"}.get(kind, kind)


def evidence(item: WaitingTurn, past: Mapping[str, Interaction]) -> Html:
    """What the records, past cases and policies say."""
    if item.record is None:
        return tag("p", "Nobody has looked anything up: a person had the conversation.", cls="quiet")
    several = len(item.record.situations) > 1
    return joined(_evidence(situation, past, titled=several) for situation in item.record.situations)


def _evidence(situation: Situation, past: Mapping[str, Interaction], *, titled: bool) -> Html:
    facts = [fact for fact in situation.facts if fact.source == "crm" or fact.kind is FactKind.SHOWN]
    others = [fact for fact in situation.facts if fact.source in ("catalogue", "message")]
    return tag(
        "div",
        tag("h2", words.situation(situation.key), cls="which") if titled else None,
        _section(
            "Records", _facts(facts + others) if facts or others else tag("p", "Nothing is read here.", cls="quiet")
        ),
        _section("Past cases", _past(situation, past)),
        _section("Policies", _passages(situation)),
        cls="evidence",
    )


def _section(title: str, content: Html) -> Html:
    return tag("section", tag("h3", title), content)


def _facts(facts: Sequence[Fact]) -> Html:
    unique = {fact.name: fact for fact in facts}
    return tag(
        "dl",
        joined(tag("div", tag("dt", words.readable(f.name)), tag("dd", f.value)) for f in unique.values()),
        cls="facts",
    )


def _past(situation: Situation, past: Mapping[str, Interaction]) -> Html:
    found = [(each, past.get(each.interaction_id)) for each in situation.retrieved]
    if not found:
        return tag("p", "No case like this one was answered yet.", cls="quiet")
    lines = [
        tag(
            "li",
            tag(
                "div",
                tag("meter", value=f"{each.score:.2f}", min=0, max=1, aria_label="How alike"),
                tag("span", f"{each.score:.0%} alike"),
                cls="alike",
            ),
            tag("p", case.question if case else "This case is gone.", cls="asked"),
            tag("p", case.reply if case else "", cls="replied"),
            cls="used" if situation.chosen and situation.chosen.source == each.interaction_id else "",
        )
        for each, case in found[:4]
    ]
    return tag("ul", joined(lines), cls="past")


def _passages(situation: Situation) -> Html:
    if not situation.passages:
        return tag("p", "No policy applies.", cls="quiet")
    lines = [
        tag("details", tag("summary", passage.title), tag("p", passage.text), open=index == 0)
        for index, passage in enumerate(situation.passages[:4])
    ]
    return tag("div", joined(lines), cls="passages")
