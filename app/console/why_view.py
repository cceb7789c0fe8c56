"""A whole TurnRecord for people: from what was asked to what was said, and everything between."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from app.console import diff, words
from app.console.markup import NOTHING, Html, joined, tag
from app.console.queue_view import source
from app.domain.facts import FactKind
from app.domain.reply import Candidate, Flag
from app.domain.retrieval import Interaction
from app.domain.supervision import KeptAnnotation
from app.domain.turn import PromptSent, Situation, TurnRecord

_RUNNERS_UP = 4
_CASES = 5
_VERSIONS = {
    "intent": "Intent head",
    "index": "Index",
    "model": "Language model",
    "playbook": "Playbook",
    "verifier": "Verifier",
    "prompt": "Prompt",
}


def why(
    record: TurnRecord,
    past: Mapping[str, Interaction],
    decided: Sequence[KeptAnnotation],
    now: datetime,
    shown: Callable[[str], str] = str,
) -> Html:
    """Everything behind one turn, the outcome first."""
    return joined(
        (
            _summary(record, now),
            *(_situation(each, past, number) for number, each in enumerate(record.situations)),
            _checks(record.flags),
            _people(decided, now, shown),
            tag("div", _timings(record), _versions(record), cls="pair"),
        )
    )


def _summary(record: TurnRecord, now: datetime) -> Html:
    origin = f"{words.ORIGIN[record.origin]}" if record.origin else "no reply"
    facts = [
        ("Decided", words.DELIVERY[record.decision.delivery]),
        ("The reply is", origin),
        ("When", words.moment(record.at, now)),
        ("Customer", record.customer_id or "Not signed in"),
        ("Turn", record.id),
    ]
    done_without = [words.readable(each) for each in record.degradations]
    if done_without:
        facts.append(("Had to do without", ", ".join(done_without)))
    spoken = record.delivered if record.proposed is None or record.delivered == record.proposed.text else None
    return tag(
        "section",
        tag("dl", joined(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts), cls="facts wide"),
        tag(
            "div",
            tag("div", tag("h3", "Asked, with names and numbers masked"), tag("p", record.asked, cls="bubble asked")),
            tag(
                "div",
                tag("h3", "Proposed" if spoken is None else "Said"),
                tag("p", record.proposed.text if record.proposed else record.delivered, cls="bubble said-whole"),
                tag("p", f"Told meanwhile: {record.delivered}", cls="quiet")
                if record.proposed and spoken is None
                else None,
            ),
            cls="pair",
        ),
        cls="card",
    )


def _situation(situation: Situation, past: Mapping[str, Interaction], number: int) -> Html:
    return tag(
        "section",
        tag("h2", f"{number + 1}. {words.situation(situation.key)}"),
        tag("div", _intent(situation), _facts(situation), cls="pair"),
        _cases(situation, past),
        _candidates(situation.candidates),
        _refined(situation),
        _shadow(situation),
        _prompts(situation.prompts),
        cls="card",
    )


def _intent(situation: Situation) -> Html:
    prediction = situation.request.prediction
    ranked = prediction.ranked or ((prediction.intent, prediction.confidence),)
    lines = [
        tag(
            "li",
            tag("span", words.readable(intent)),
            tag("meter", value=f"{share:.3f}", min=0, max=1, aria_label=words.readable(intent)),
            tag("span", f"{share:.0%}", cls="number"),
        )
        for intent, share in ranked[: _RUNNERS_UP + 1]
    ]
    return tag(
        "div",
        tag("h3", "What it was taken for"),
        tag("ol", joined(lines), cls="bars"),
        tag("p", f"Something we answer here: {prediction.in_scope:.0%}", cls="quiet"),
    )


def _facts(situation: Situation) -> Html:
    facts = {fact.name: fact for fact in situation.facts}
    shown = [
        tag(
            "div",
            tag("dt", words.readable(fact.name)),
            tag(
                "dd",
                fact.value,
                title=f"From {source(fact)}" + (", shown to the model" if fact.kind is FactKind.SHOWN else ""),
            ),
        )
        for fact in facts.values()
        if not fact.source.startswith("policy:")
    ]
    signs = ", ".join(f"{words.readable(name).lower()} {value}" for name, value in situation.signs.items())
    return tag(
        "div",
        tag("h3", "What the records say"),
        tag("dl", joined(shown), cls="facts") if shown else tag("p", "Nothing is read here.", cls="quiet"),
        tag("p", f"Signs: {signs}", cls="quiet") if signs else None,
    )


def _cases(situation: Situation, past: Mapping[str, Interaction]) -> Html:
    if not situation.retrieved:
        return NOTHING
    rows = [
        tag(
            "tr",
            tag("td", f"{each.score:.2f}", cls="number"),
            tag("td", past[each.interaction_id].question if each.interaction_id in past else each.interaction_id),
            tag("td", past[each.interaction_id].reply if each.interaction_id in past else "This case is gone."),
            cls="chosen" if situation.chosen and situation.chosen.source == each.interaction_id else "",
        )
        for each in situation.retrieved[:_CASES]
    ]
    return _table("Past cases that were found", ("Alike", "They asked", "They were told"), rows)


def _candidates(candidates: Sequence[Candidate]) -> Html:
    if not candidates:
        return NOTHING
    rows = [
        tag(
            "tr",
            tag("td", f"{each.estimate.probability:.0%}" if each.estimate else "-", cls="number",
                title=each.estimate.basis if each.estimate else None),
            tag("td", f"{words.ORIGIN[each.origin].capitalize()}", tag("small", each.source)),
            tag("td", each.text, tag("small", "; ".join(words.reason(flag) for flag in each.violations), cls="broken")
                if each.violations else None),
            cls="chosen" if each.chosen else "",
        )
        for each in candidates
    ]  # fmt: skip
    return _table("Replies that were weighed", ("Would be sent", "Comes from", "Reply"), rows)


def _table(title: str, heads: Sequence[str], rows: Sequence[Html]) -> Html:
    return tag(
        "div",
        tag("h3", title),
        tag(
            "table",
            tag("thead", tag("tr", joined(tag("th", head, scope="col") for head in heads))),
            tag("tbody", joined(rows)),
        ),
        cls="table",
    )


def _refined(situation: Situation) -> Html:
    refined, chosen = situation.refined, situation.chosen
    if refined is None or chosen is None:
        return NOTHING
    problems = "; ".join(dict.fromkeys(words.reason(flag) for flag in refined.problems))
    same = refined.text.strip() == chosen.text.strip()
    told = "Sent as refined." if refined.delivered else "Kept for comparison, not sent."
    return tag(
        "div",
        tag("h3", "Draft and refined"),
        tag("p", "Nothing was changed.", cls="quiet") if same else diff.shown(chosen.text, refined.text),
        tag("p", f"{told} {problems}".strip(), cls="quiet"),
    )


def _shadow(situation: Situation) -> Html:
    if situation.shadowed is None:
        return NOTHING
    chosen = situation.chosen.text if situation.chosen else ""
    return tag(
        "div",
        tag("h3", f"What {situation.shadowed.version} would have drafted"),
        diff.shown(chosen, situation.shadowed.text),
    )


def _prompts(prompts: Sequence[PromptSent]) -> Html:
    if not prompts:
        return tag("p", "No prompt was sent: no model was asked.", cls="quiet")
    return joined(
        tag(
            "details",
            tag("summary", f"Prompt as sent: {each.template}, to {each.model}"),
            tag("pre", each.text, tabindex="0"),
        )
        for each in prompts
    )


def _checks(flags: Sequence[Flag]) -> Html:
    if not flags:
        return tag("section", tag("h2", "Checks"), tag("p", "Nothing was found.", cls="quiet"), cls="card")
    lines = [
        tag("li", tag("span", words.SHORT[flag.reason], cls=f"pill {flag.severity.value}"),
            tag("span", words.reason(flag)), tag("small", flag.detail))
        for flag in flags
    ]  # fmt: skip
    return tag("section", tag("h2", "Checks"), tag("ul", joined(lines), cls="checks"), cls="card")


def _people(decided: Sequence[KeptAnnotation], now: datetime, shown: Callable[[str], str]) -> Html:
    if not decided:
        return NOTHING
    return tag(
        "section", tag("h2", "What people decided"), joined(_decision(each, now, shown) for each in decided), cls="card"
    )


def _decision(kept: KeptAnnotation, now: datetime, shown: Callable[[str], str]) -> Html:
    each = kept.annotation
    said = {"approve": "sent it as it stood", "edit": "sent other words", "reject": "dropped it"}[each.verdict.value]
    return tag(
        "div",
        tag("p", tag("b", shown(each.by)), f" {said}", tag("time", words.moment(each.at, now)), cls="by"),
        diff.shown(kept.draft, each.text) if each.text else None,
        tag("p", each.reason, cls="quiet") if each.reason else None,
    )


def _timings(record: TurnRecord) -> Html:
    if not record.timings:
        return NOTHING
    longest = max(each.ms for each in record.timings) or 1.0
    lines = [
        tag(
            "li",
            tag("span", words.STAGES.get(each.stage, words.readable(each.stage))),
            tag("meter", value=f"{each.ms / longest:.3f}", min=0, max=1, aria_label=each.stage),
            tag("span", f"{each.ms:,.0f} ms" if each.ms >= 1 else "under 1 ms", cls="number"),
        )
        for each in record.timings
    ]
    total = sum(each.ms for each in record.timings)
    return tag("section", tag("h2", f"Time: {total:,.0f} ms"), tag("ol", joined(lines), cls="bars"), cls="card")


def _versions(record: TurnRecord) -> Html:
    lines = [
        tag("div", tag("dt", _VERSIONS.get(name, words.readable(name))), tag("dd", value or "none", cls="code"))
        for name, value in record.versions.items()
    ]
    return tag("section", tag("h2", "Versions"), tag("dl", joined(lines), cls="facts"), cls="card")
