"""The composition root: the one place that chooses which adapter fills which role."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.adapters.calibration_file import read_calibration
from app.adapters.chroma_index import ChromaIndex
from app.adapters.crm_sql import DEMO_MAPPING, SqlCustomerRecords
from app.adapters.fallback_index import FallbackIndex
from app.adapters.learned_verifier import LearnedVerifier
from app.adapters.sql.lexical import LexicalIndex
from app.adapters.system import SortableIds, SystemClock
from app.domain.calibration import Calibration
from app.domain.handoff import with_playbook
from app.errors import CrmDown
from app.inference.weights import MINILM, fetch
from app.pipeline.assistant import Assistant
from app.pipeline.parts import Degradations, Knowledge, Parts, Policy
from app.pipeline.products import ProductNames
from app.playbook.actions import load_actions
from app.playbook.guarding import load_guard_rules
from app.playbook.hours import load_hours
from app.playbook.loader import SHIPPED, load_playbook
from app.playbook.phrases import load_notices, load_voice
from app.ports import (
    ChatModel,
    Encoder,
    IntentClassifier,
    InteractionIndex,
    LanguageDetector,
    MeaningCheck,
    ModelRegistry,
    PassageIndex,
    Sentiment,
    ShadowModel,
    TextDetector,
)
from app.prompts.loader import load_prompts
from app.settings import RefineMode, Settings
from app.stores import Stores, open_stores

INTENT_HEAD = Path(__file__).parent / "models" / "intent"
"""The intent head that comes with the product."""
TUNED = "encoder.safetensors"
VERIFIER = Path(__file__).parent / "models" / "verifier"
"""What has been learnt about which drafts people send."""
ANSWER_ADAPTER = Path(__file__).parent / "models" / "answer" / "answer.gguf"
"""What has been learnt about writing replies; applied to drafts until another version goes live."""
REFINE_ADAPTER = Path(__file__).parent / "models" / "refine" / "refine.gguf"
"""The same for refining; none is shipped yet."""
ADAPTERS = {"answer": ANSWER_ADAPTER, "refine": REFINE_ADAPTER}
"""By task; one whose file is not there is left out."""
CALIBRATION = Path(__file__).parent / "models" / "calibration"
"""What has been learnt about how far estimates of approved replies can be trusted."""
MEANING = Path(__file__).parent / "models" / "meaning"
"""What has been learnt about which replies say the same."""
INJECTION = Path(__file__).parent / "models" / "injection"
"""What has been learnt about attacks."""
TOXICITY = Path(__file__).parent / "models" / "toxicity"
"""What has been learnt about insults."""

Progress = Callable[[str], None]


def open_records(settings: Settings) -> SqlCustomerRecords:
    """The shop's records; nothing is connected before the first question. Raises ConfigurationError."""
    return SqlCustomerRecords(
        settings.crm_store_url, settings.crm_mapping or DEMO_MAPPING, timeout_s=settings.crm_timeout_s
    )


def load_encoder(settings: Settings, progress: Progress) -> Encoder:
    """The sentence encoder, its weights fetched first when they are not there."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a local folder is read; no hub is asked about it
    folder = fetch(MINILM.name, settings.models_dir, progress)
    progress("Loading the sentence encoder")
    from app.adapters.encoder import MiniLmEncoder  # noqa: PLC0415 - torch takes seconds to import

    return MiniLmEncoder(folder, threads=settings.worker_threads)


def for_the_head(settings: Settings, encoder: Encoder, head: Path = INTENT_HEAD, *, remembered: int = 2048) -> Encoder:
    """What the intent head looks at: the encoder, beside the copy that was tuned with the head, if there is one."""
    adapter = head / TUNED
    if not adapter.exists():
        return encoder
    from app.adapters.tuned_encoder import SideBySide, load_tuned  # noqa: PLC0415 - torch takes seconds to import

    return SideBySide(encoder, load_tuned(settings.models_dir / MINILM.name, adapter, remembered))


def open_index(settings: Settings, stores: Stores, encoder: Encoder) -> FallbackIndex:
    """Chroma, with lexical search over SQL behind it."""
    vectors = ChromaIndex(settings.index_dir, encoder, stores.interactions.by_id, stores.knowledge.passages)
    words = LexicalIndex(stores.interactions.all_interactions, stores.knowledge.passages)
    return FallbackIndex(vectors, words)


@dataclass(frozen=True)
class Models:
    """The language model, and the version of it that is tried out in shadow, where that can be."""

    chat: ChatModel
    shadow: ShadowModel | None = None


@contextmanager
def open_models(
    settings: Settings, registry: ModelRegistry, degradations: Degradations, progress: Progress
) -> Iterator[Models]:
    """The endpoint that the settings name, else the embedded worker with the versions that the registry says."""
    with ExitStack() as stack:
        if settings.chat_base_url:
            from app.adapters.chat_completions import OpenAIChat  # noqa: PLC0415 - the SDK takes a second to import

            chat = OpenAIChat(
                settings.chat_base_url,
                api_key=settings.chat_api_key.get_secret_value(),
                model=settings.chat_model,
                version=f"{settings.chat_model} at {settings.chat_base_url}",
            )
            stack.callback(chat.close)
            yield Models(chat)
            return
        from app.embedded import open_embedded  # noqa: PLC0415

        embedded = stack.enter_context(open_embedded(settings, registry, ADAPTERS, degradations.count, progress))
        yield Models(embedded, embedded)


def open_eager_model(settings: Settings) -> ChatModel:
    """The same weights on transformers, for comparison."""
    from app.adapters.eager_chat import EagerChat  # noqa: PLC0415
    from app.inference.requantize import served_gguf  # noqa: PLC0415

    weights = served_gguf(settings.models_dir, settings.worker_quantization)
    return EagerChat(weights, version="smollm2-135m eager fp32", threads=settings.worker_threads)


@dataclass(frozen=True)
class House:
    """Everything that the faces of the product lean on."""

    assistant: Assistant
    stores: Stores


@contextmanager
def open_house(settings: Settings, progress: Progress, *, with_model: bool = True) -> Iterator[House]:
    """The whole chain and its stores, ready to answer; closed when the block ends."""
    from app.adapters.intent_head import LinearIntentHead  # noqa: PLC0415
    from app.adapters.language import LinguaDetector  # noqa: PLC0415 - its tables take memory

    with ExitStack() as stack:
        stores = open_stores(settings)
        stack.callback(stores.engine.dispose)
        records = open_records(settings)
        stack.callback(records.close)
        if not stores.knowledge.pages():
            progress("There are no policy pages and no past replies yet: handrail-ingest demo brings in the demo shop")
        encoder = load_encoder(settings, progress)
        index = open_index(settings, stores, encoder)
        degradations = Degradations()
        models = (
            stack.enter_context(open_models(settings, stores.models, degradations, progress)) if with_model else None
        )
        parts = build_parts(
            settings,
            stores,
            records,
            classifier=LinearIntentHead(for_the_head(settings, encoder), INTENT_HEAD),
            language=LinguaDetector(),
            interactions=index,
            passages=index,
            model=models.chat if models else None,
            shadow=models.shadow if models else None,
            degradations=degradations,
            index_version=encoder.version,
            injection=load_detector(INJECTION, encoder, progress),
            toxicity=load_detector(TOXICITY, encoder, progress),
            sentiment=load_sentiment(),
        )
        said = parts.knowledge.values.get("support_hours")
        if parts.hours is not None and said not in (None, parts.hours.in_words()):
            progress(f"hours.yaml says “{parts.hours.in_words()}”, and the contact page “{said}”: make them agree")
        assistant = Assistant(parts, stores.memory, lambda: Knowledge.of(stores.knowledge.pages()))
        assistant.warm_up()
        yield House(assistant, stores)


@contextmanager
def open_assistant(settings: Settings, progress: Progress, *, with_model: bool = True) -> Iterator[Assistant]:
    """The chain alone, for the terminal, files and benchmarks."""
    with open_house(settings, progress, with_model=with_model) as house:
        yield house.assistant


def build_parts(
    settings: Settings,
    stores: Stores,
    records: SqlCustomerRecords,
    *,
    classifier: IntentClassifier,
    language: LanguageDetector,
    interactions: InteractionIndex,
    passages: PassageIndex,
    model: ChatModel | None,
    index_version: str,
    shadow: ShadowModel | None = None,
    degradations: Degradations | None = None,
    injection: TextDetector | None = None,
    toxicity: TextDetector | None = None,
    sentiment: Sentiment | None = None,
) -> Parts:
    """Everything a turn leans on: what the settings and the stores say, with the given ways to understand and find."""
    calibration = shipped_calibration()
    knowledge = Knowledge.of(stores.knowledge.pages())
    playbook_dir = settings.playbook_dir or SHIPPED
    pages = {key: frozenset(page.facts) for key, page in knowledge.pages.items()}
    try:
        product_names = ProductNames(records.products())
    except CrmDown:
        product_names = ProductNames(())
    playbook = load_playbook(playbook_dir, pages or None)
    return Parts(
        clock=SystemClock(),
        ids=SortableIds(),
        policy=policy_of(settings, calibration),
        playbook=playbook,
        knowledge=knowledge,
        prompts=load_prompts(),
        notices=load_notices(playbook_dir),
        voice=load_voice(playbook_dir),
        guard_rules=load_guard_rules(playbook_dir),
        classifier=classifier,
        language=language,
        records=records,
        product_names=product_names,
        interactions=interactions,
        passages=passages,
        model=model,
        degradations=degradations or Degradations(),
        calibration=calibration,
        verifier=LearnedVerifier(VERIFIER) if VERIFIER.exists() else None,
        meaning=meaning_check(settings),
        index_version=index_version,
        shadow=shadow,
        hours=load_hours(playbook_dir),
        presence=stores.people,
        actions=with_playbook(load_actions(playbook_dir), playbook.rules()),
        mails=bool(settings.smtp_url.get_secret_value()),
        injection=injection,
        toxicity=toxicity,
        sentiment=sentiment,
    )


def load_detector(folder: Path, encoder: Encoder, progress: Progress) -> TextDetector | None:
    """What was learnt in `folder`, on the encoder that the intent head has asked already; None, said aloud, when there
    is nothing."""
    if not folder.exists():
        progress(f"There is nothing learnt in {folder.name}, so the guards that ask it are absent")
        return None
    from app.adapters.learned_detector import open_detector  # noqa: PLC0415 - read where the weights are
    from app.adapters.remembered_scores import RememberedScores  # noqa: PLC0415

    return RememberedScores(open_detector(encoder, folder))


def load_sentiment() -> Sentiment:
    """What tells how a message feels."""
    from app.adapters.vader_sentiment import VaderSentiment  # noqa: PLC0415 - its word list takes memory

    return VaderSentiment()


def meaning_check(settings: Settings) -> MeaningCheck | None:
    """The shipped one, read when the first draft is refined; None when refined texts replace nothing."""
    if settings.refine is not RefineMode.DRAFTS or not MEANING.exists():
        return None
    from app.adapters.learned_meaning import WhenNeeded  # noqa: PLC0415

    return WhenNeeded(settings.models_dir / MINILM.name, MEANING)


def shipped_calibration() -> Calibration | None:
    """None where none has been learnt."""
    return read_calibration(CALIBRATION) if CALIBRATION.exists() else None


_BY_RULE = 0.6
"""The estimate to send from where nothing has been calibrated: set, not measured."""


def policy_of(settings: Settings, calibration: Calibration | None = None) -> Policy:
    """What of the settings decides turns; the threshold follows from the accepted risk unless it is set itself."""
    follows = calibration.threshold(settings.accepted_risk) if calibration else _BY_RULE
    return Policy(
        store_name=settings.store_name,
        currency=settings.currency,
        language=settings.language,
        send_threshold=follows if settings.send_threshold is None else settings.send_threshold,
        scope_threshold=settings.scope_threshold,
        drafts=settings.drafts,
        drafts_may_send=settings.drafts_may_send,
        refine_in_shadow=settings.refine is RefineMode.SHADOW,
        answer_timeout_s=settings.answer_timeout_s,
        refine_timeout_s=settings.refine_timeout_s,
        most_message_characters=settings.max_message_chars,
    )
