"""Shows turns in a terminal: a chat, one readable record, a table of many."""

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from app.domain.conversation import Conversation
from app.domain.ids import CustomerId
from app.domain.reply import Candidate, Delivery
from app.domain.turn import Situation, TurnRecord
from app.errors import HandrailError
from app.pipeline.assistant import Assistant

_COLOUR = {Delivery.SEND: "green", Delivery.HOLD: "yellow", Delivery.HAND_OFF: "magenta"}
_WORDS = {Delivery.SEND: "sent", Delivery.HOLD: "held for a supervisor", Delivery.HAND_OFF: "handed to a person"}
_SHOWN_CANDIDATES = 4


def talk(assistant: Assistant, console: Console, customer: str, *, explain: bool = False) -> None:
    """A chat until an empty line or the end of the input. `/as ID` becomes another customer, `/explain` shows why."""
    console.print("[dim]Write as a customer. /as C-0004 becomes another one, /explain shows the record of each turn,")
    console.print("[dim]an empty line ends the chat.")
    conversation = _begin(assistant, console, customer)
    while line := _line(console):
        if line.startswith("/as"):
            conversation = _begin(assistant, console, line.removeprefix("/as").strip())
            continue
        if line == "/explain":
            explain = not explain
            continue
        try:
            outcome = assistant.reply_to(conversation.id, [line])
        except HandrailError as error:
            console.print(f"[yellow]{error.safe_message}[/yellow]")
            continue
        show_reply(console, outcome.record)
        record = assistant.refine_after(outcome)
        if explain:
            show_record(console, record)


def _begin(assistant: Assistant, console: Console, customer: str) -> Conversation:
    console.print(f"[dim]You are {escape(customer) or 'not signed in'}.[/dim]")
    return assistant.start(CustomerId(customer) if customer else None)


def _line(console: Console) -> str:
    try:
        return console.input("[bold]> [/bold]").strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def show_reply(console: Console, record: TurnRecord) -> None:
    """What the customer gets, and in grey what was decided."""
    console.print(Panel(escape(record.delivered), border_style=_COLOUR[record.decision.delivery]))
    if record.decision.delivery is not Delivery.SEND:
        reasons = "; ".join(flag.detail for flag in record.decision.reasons)
        console.print(f"[dim]{_WORDS[record.decision.delivery]}: {escape(reasons)}[/dim]")


def show_record(console: Console, record: TurnRecord) -> None:
    """The whole record, for reading."""
    console.rule(f"turn {record.id}")
    console.print(f"[bold]asked (masked)[/bold]  {escape(record.asked)}")
    for situation in record.situations:
        console.print(_situation(situation))
    console.print(f"[bold]decision[/bold]  {_WORDS[record.decision.delivery]}", end="")
    console.print(f", action asked for: {record.decision.action}" if record.decision.action else "")
    for flag in record.flags:
        console.print(f"  [yellow]{flag.reason}[/yellow] ({flag.severity}) {escape(flag.detail)}")
    if record.proposed is not None:
        console.print(Panel(escape(record.proposed.text), title="proposed", border_style="blue"))
    console.print(Panel(escape(record.delivered), title="delivered", border_style=_COLOUR[record.decision.delivery]))
    console.print("[dim]" + "  ".join(f"{time.stage} {time.ms:.0f} ms" for time in record.timings) + "[/dim]")
    console.print("[dim]" + "  ".join(f"{name} {version}" for name, version in record.versions.items()) + "[/dim]")
    if record.degradations:
        console.print(f"[yellow]did without: {', '.join(record.degradations)}[/yellow]")


def _situation(situation: Situation) -> Panel:
    request = situation.request
    ranked = ", ".join(f"{intent} {probability:.2f}" for intent, probability in request.prediction.ranked[:3])
    lines: list[str | Table] = [
        f"[bold]intent[/bold]     {ranked}  (in scope {request.prediction.in_scope:.2f})",
        f"[bold]signs[/bold]      {', '.join(f'{sign}={value}' for sign, value in situation.signs.items())}",
        f"[bold]facts[/bold]      {escape(', '.join(f'{fact.name}={fact.value}' for fact in situation.facts))}",
        f"[bold]past cases[/bold] {', '.join(f'{hit.interaction_id} {hit.score:.2f}' for hit in situation.retrieved)}",
        f"[bold]policy[/bold]     {', '.join(passage.title for passage in situation.passages)}",
        _candidates(situation.candidates),
    ]
    lines += [
        f"[bold]prompt {prompt.template}[/bold] to {prompt.model}\n{escape(prompt.text)}"
        for prompt in situation.prompts
    ]
    if situation.refined is not None:
        found = "; ".join(flag.detail for flag in situation.refined.problems) or "no problem found"
        lines.append(f"[bold]refined, in shadow[/bold] {escape(situation.refined.text)}\n[dim]{escape(found)}[/dim]")
    if situation.shadowed is not None:
        found = "; ".join(flag.detail for flag in situation.shadowed.violations) or "breaks no rule"
        lines.append(
            f"[bold]drafted in shadow[/bold] by {situation.shadowed.version}\n{escape(situation.shadowed.text)}\n"
            f"[dim]{escape(found)}[/dim]"
        )
    return Panel(Group(*lines), title=situation.key or "no situation", border_style="cyan")


def _candidates(candidates: tuple[Candidate, ...]) -> Table:
    table = Table(show_lines=True, expand=True)
    for name, ratio in (("", 1), ("origin", 4), ("p", 2), ("candidate", 14), ("found by the hard rules", 7)):
        table.add_column(name, ratio=ratio)
    for candidate in candidates[:_SHOWN_CANDIDATES]:
        table.add_row(
            "✓" if candidate.chosen else "",
            f"{candidate.origin}\n[dim]{candidate.source}[/dim]",
            f"{candidate.estimate.probability:.2f}" if candidate.estimate else "",
            escape(candidate.text),
            escape("\n".join(flag.detail for flag in candidate.violations)),
        )
    return table
