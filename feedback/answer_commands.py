"""The commands that make, train and measure the model that writes replies."""

import os
import platform
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from app.adapters.chat_completions import OpenAIChat
from app.adapters.sql.lexical import LexicalIndex
from app.domain.retrieval import PolicyPassage
from app.inference.requantize import served_gguf
from app.inference.supervisor import WorkerProcess
from app.inference.weights import SMOLLM2, fetch
from app.pipeline.grammar import reply_grammar
from app.playbook.loader import SHIPPED, load_playbook
from app.playbook.phrases import load_voice
from app.ports import ChatCompletion, ChatModel, ChatRequest
from app.prompts.loader import load_prompts
from app.settings import Settings
from app.stores import Stores, open_stores
from feedback.dataset.answers import AnswerRecipe, Shop, answer_examples, practice_examples
from feedback.dataset.practice import Practice
from feedback.dataset.rewordings import read_rewordings, refine_examples
from feedback.dataset.snapshot import HELD_OUT, DatasetSnapshot, read_snapshot, write_snapshot
from feedback.evaluation.drafts import Draft, DraftScores, Rules, drafts_for

console = Console()


def build(out: Path, rows: int) -> DatasetSnapshot:
    """A data set of what is approved now. Raises ConfigurationError when nothing is."""
    settings = Settings()
    stores = open_stores(settings)
    rules = rules_of(settings, stores)
    passages = stores.knowledge.passages()
    index = LexicalIndex(lambda: (), lambda: passages)
    shop = Shop(
        rules.playbook,
        {page.id: page for page in stores.knowledge.pages()},
        stores.interactions.all_interactions(),
        load_prompts(),
        lambda question, pages: index.search_passages(question, pages=pages, limit=1),
    )
    recipe = AnswerRecipe(rows_per_situation=rows)
    about = {"playbook": rules.playbook.version, "rows_per_situation": rows, "seed": recipe.seed}
    examples = [*answer_examples(shop, recipe), *practice_examples(Practice.read(), shop.prompts, recipe)]
    snapshot = write_snapshot(out, examples, about)
    stores.engine.dispose()
    splits = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(snapshot.splits.items()))
    console.print(f"{snapshot.folder}: {snapshot.rows} examples ({splits})")
    return snapshot


def build_refining(out: Path) -> None:
    """A data set for refining, of the rewordings."""
    examples = list(refine_examples(read_rewordings(), load_prompts()["refine"]))
    snapshot = write_snapshot(out, examples, {})
    splits = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(snapshot.splits.items()))
    console.print(f"{snapshot.folder}: {snapshot.rows} examples ({splits})")


def train_adapter(
    task: Literal["answer", "refine"],
    dataset: Path,
    run: Path,
    epochs: float,
    minutes: float | None,
    start: Path | None,
) -> Path:
    """Trains an adapter, or goes on training it, and writes it as the worker loads it, with its card; where it is."""
    from feedback.training.adapter_card import write_adapter_card  # noqa: PLC0415 - torch and peft take seconds
    from feedback.training.adapter_run import BEST, WEIGHTS  # noqa: PLC0415
    from feedback.training.export import export_adapter, read_adapter  # noqa: PLC0415
    from feedback.training.lora import LoraRecipe, LoraRun  # noqa: PLC0415
    from feedback.training.torch_model import load_for_training  # noqa: PLC0415

    settings = Settings()
    snapshot = read_snapshot(dataset)
    fetch(SMOLLM2.name, settings.models_dir)
    weights = served_gguf(settings.models_dir, settings.worker_quantization)
    recipe = LoraRecipe(epochs=epochs)
    begun_from = read_adapter(start, weights) if start else None
    trained = LoraRun(*load_for_training(weights), recipe, run, console.print, begun_from)
    progress = trained.train(snapshot, minutes)
    target = run / f"{task}.gguf"
    export_adapter(run / BEST / WEIGHTS, weights, target, alpha=recipe.alpha, name=f"handrail {task} {snapshot.name}")
    write_adapter_card(run / "MODEL_CARD.md", task, target, weights, snapshot, recipe, progress, start)
    console.print(f"{target}: {target.stat().st_size / 1e6:.1f} MB after {progress.tokens} tokens")
    return target


def rules_of(settings: Settings, stores: Stores) -> Rules:
    """The rules that drafts are held against."""
    folder = settings.playbook_dir or SHIPPED
    pages = {str(page.id): frozenset(page.facts) for page in stores.knowledge.pages()}
    by_page: dict[str, list[PolicyPassage]] = {}
    for passage in stores.knowledge.passages():
        by_page.setdefault(passage.page_id, []).append(passage)
    return Rules(load_playbook(folder, pages), load_voice(folder), by_page)


@contextmanager
def served(
    settings: Settings, adapter: Path | None, task: Literal["answer", "refine"] = "answer"
) -> Iterator[tuple[ChatModel, ...]]:
    """The embedded model alone and, when there is an adapter, with it, on one worker."""
    fetch(SMOLLM2.name, settings.models_dir)
    weights = served_gguf(settings.models_dir, settings.worker_quantization)
    adapters = [adapter] if adapter else []
    with ExitStack() as stack:
        worker = stack.enter_context(WorkerProcess(weights, threads=settings.worker_threads, adapters=adapters))
        models = [OpenAIChat(worker.base_url, api_key=worker.api_key, version="base")]
        models += [
            OpenAIChat(worker.base_url, api_key=worker.api_key, version="tuned", adapters={task: place})
            for place, _ in enumerate(adapters)
        ]
        for model in models:
            stack.callback(model.close)
        yield tuple(ReadAnew(model) for model in models)


class ReadAnew:
    """A model that reads every prompt from the beginning. llama.cpp reuses what it read of a prompt under another
    adapter, so on one worker the model alone and the tuned one would each write from the other's reading."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def version(self) -> str:
        """The model's own."""
        return self._model.version

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        """As the model does. Raises ModelDown, DeadlineExceeded."""
        return self._model.complete(replace(request, read_anew=True))


def measure_drafts(dataset: Path, adapter: Path | None, count: int, page: Path | None) -> None:
    """Drafts for held-out questions, of the model alone and with the adapter, held against the hard rules."""
    settings = Settings()
    stores = open_stores(settings)
    rules = rules_of(settings, stores)
    stores.engine.dispose()
    snapshot = read_snapshot(dataset)
    table = Table(
        "model", "held out", "drafts", "break no rule", "facts recalled", "slots not offered", "literals", "ms"
    )
    written: list[str] = []
    with served(settings, adapter) as models:
        for split in HELD_OUT:
            examples = list(snapshot.examples(split))[:: max(1, snapshot.splits.get(split, 0) // count)][:count]
            for model in models:
                scores = DraftScores(
                    [draft for each in examples for draft in drafts_for(model, each, rules, reply_grammar)]
                )
                table.add_row(
                    model.version,
                    split.removeprefix("held_out_"),
                    str(len(scores.drafts)),
                    f"{scores.clean:.0%}",
                    f"{scores.fact_recall:.0%}",
                    f"{scores.invalid_slots:.0%}",
                    f"{scores.unsupported:.0%}",
                    f"{scores.median_ms:.0f}",
                )
                found = dict(scores.reasons().most_common(6))
                console.print(f"{model.version}, {split}: {found}")
                written += [_for_reading(model.version, draft) for draft in scores.drafts]
    console.print(table)
    console.print(
        f"Data set {snapshot.name}, served weights {settings.worker_quantization}, greedy, under a grammar. "
        f"{os.cpu_count()} cores, Python {platform.python_version()}."
    )
    if page is not None:
        page.write_text("\n".join(written), encoding="utf-8")
        console.print(f"{len(written)} drafts to read in {page}.")


def _for_reading(version: str, draft: Draft) -> str:
    """A draft with the customer's question, and room for what a reader says of it."""
    found = "; ".join(draft.problems) or "none broken"
    head = f"**{draft.example.situation}** · {version} · {draft.context.question}"
    return f"{head}\n\n> {draft.text}\n\nrules: {found} · would send: \n"
