"""Forty replies over twenty situations of the demo shop, with what was asked and the facts behind each: for reading."""

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from app.domain.facts import FactKind, slots_in
from app.domain.ids import CustomerId
from app.domain.turn import TurnRecord
from app.pipeline.assistant import Assistant

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("C-0001", "Where is my parcel? It was meant to be here days ago.", "any idea whats happening with my delivery"),
    ("C-0001", "I want to make a complaint about how slow this is.", "how do i file a complaint"),
    ("C-0001", "Can I still cancel my order?", "cancel my order please"),
    ("C-0002", "How do I get my money back for this?", "i want to return it and get a refund"),
    ("C-0002", "It's the wrong size, can I swap it for a bigger one?", "need to exchange an item"),
    ("C-0002", "Where can I find my invoice?", "i need the bill for my last order"),
    ("C-0003", "Has my refund been paid yet?", "still waiting for my refund, where is it"),
    ("C-0004", "Where is my order?", "can you check the status of my order"),
    ("C-0005", "What happened to the order I placed last week?", "track my order"),
    ("C-0006", "I ordered by mistake. Please cancel it.", "how can i cancel my order"),
    ("C-0006", "I moved, can you send it to my new address?", "need to change the delivery address"),
    ("C-0007", "My parcel never arrived.", "the package is gone, what do we do now"),
    ("C-0008", "I asked for my money back, what is going on?", "what's the status of my refund"),
    ("C-0009", "My payment did not go through, what now?", "problem with my payment"),
    ("C-0010", "I'd like to return something I bought a while ago.", "i want a refund for my order"),
    ("C-0011", "It arrived broken.", "there is a crack in the thing you sent me"),
    ("", "Do you deliver to Mexico?", "shipping to Canada?"),
    ("", "Which cards do you take?", "how can i pay"),
    ("", "I forgot my password.", "cant log in, need to reset my password"),
    ("", "Is there a phone number for customer service?", "how do i contact you"),
)
"""A customer of the demo shop ("" is not signed in) and two ways to ask about the same situation."""


def show(assistant: Assistant, console: Console) -> None:
    """Asks everything, each in a conversation of its own, and prints question, facts used, and what was said."""
    for customer, *texts in QUESTIONS:
        for text in texts:
            conversation = assistant.start(CustomerId(customer) if customer else None)
            record = assistant.reply_to(conversation.id, [text]).record
            console.print(f"[bold]{customer or 'not signed in'}[/bold] asks: {escape(text)}")
            console.print(f"[dim]{_situations(record)}\n{escape(_facts_used(record))}[/dim]")
            console.print(Panel(escape(record.delivered), subtitle=f"{record.decision.delivery}, {record.origin}"))


def _situations(record: TurnRecord) -> str:
    return ", ".join(situation.key or "no situation" for situation in record.situations)


def _facts_used(record: TurnRecord) -> str:
    used = set(slots_in(record.proposed.template)) if record.proposed else set()
    facts = {
        fact.name: f"{fact.name} = {fact.value} ({fact.source})"
        for situation in record.situations
        for fact in situation.facts
        if fact.name in used and fact.kind is FactKind.SLOT
    }
    return "; ".join(facts.values()) or "no facts used"
