"""What can happen to a vector index on disk, and that each of these is an IndexDown with a way back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import chromadb
import pytest
from chromadb.config import Settings

from app.adapters.chroma_index import ChromaIndex
from app.adapters.memory_encoder import HashingEncoder
from app.domain.ids import InteractionId
from app.domain.retrieval import Interaction
from app.errors import IndexDown
from tests.builders import a_page, a_passage, an_interaction

LATE = an_interaction("where is my parcel, it is late")
LOST = an_interaction("my parcel is lost", situation="lost_parcel/lost")
TRUTH = {item.id: item for item in (LATE, LOST)}
PASSAGE = a_passage(a_page())

USES: Mapping[str, Callable[[ChromaIndex], object]] = {
    "search": lambda index: index.search("parcel"),
    "search_passages": lambda index: index.search_passages("parcel"),
    "upsert": lambda index: index.upsert([LATE]),
    "remove": lambda index: index.remove([LATE.id]),
    "replace_passages": lambda index: index.replace_passages([PASSAGE]),
    "count": lambda index: index.count(),
    "count_passages": lambda index: index.count_passages(),
}
each_use = pytest.mark.parametrize("use", USES.values(), ids=USES.keys())


class NewerEncoder(HashingEncoder):
    version = "newer"


class Panic(BaseException):
    """How Chroma's Rust core fails: not as an Exception."""


def read(ids: Sequence[InteractionId]) -> dict[InteractionId, Interaction]:
    return {key: TRUTH[key] for key in ids if key in TRUTH}


def open_index(folder: Path, encoder: HashingEncoder | None = None) -> ChromaIndex:
    return ChromaIndex(folder, encoder or HashingEncoder(), read, lambda: [PASSAGE])


def fill(index: ChromaIndex) -> None:
    index.upsert([LATE, LOST])
    index.replace_passages([PASSAGE])


def holds_everything(index: ChromaIndex) -> bool:
    found = {hit.interaction.id for hit in index.search("parcel")}
    return found == set(TRUTH) and [hit.id for hit in index.search_passages("send it back")] == [PASSAGE.id]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[ChromaIndex]:
    opened = open_index(folder)
    yield opened
    opened.close()


def damage(folder: Path) -> None:
    """What a full disk or a torn write leaves behind."""
    (folder / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    for log in folder.glob("chroma.sqlite3-*"):
        log.unlink()


def test_nothing_is_opened_before_the_first_use(index: ChromaIndex, folder: Path) -> None:
    assert not folder.exists()
    assert index.count() == 0
    assert folder.is_dir()


def test_what_was_indexed_is_found_after_a_restart(index: ChromaIndex, folder: Path) -> None:
    fill(index)
    index.close()

    again = open_index(folder)

    assert holds_everything(again)
    again.close()


def test_more_replies_than_fit_a_batch_are_all_indexed(index: ChromaIndex) -> None:
    index.upsert([an_interaction(f"q{number}") for number in range(501)])
    assert index.count() == 501


def test_the_folder_holds_no_word_of_a_question_or_a_reply(index: ChromaIndex, folder: Path) -> None:
    index.upsert([an_interaction("may Zebediah collect it", reply="Quokkaberry may collect it.")])
    index.close()

    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    assert b"track_order/late" in kept
    assert b"Zebediah" not in kept
    assert b"Quokkaberry" not in kept


def test_a_score_is_the_cosine_of_the_two_questions(index: ChromaIndex) -> None:
    question = "is my parcel lost or late"
    asked, late, lost = HashingEncoder().encode([question, LATE.question, LOST.question])
    fill(index)

    scores = {hit.interaction.id: hit.score for hit in index.search(question)}

    assert scores == {
        LATE.id: pytest.approx(float(asked @ late), abs=1e-5),
        LOST.id: pytest.approx(float(asked @ lost), abs=1e-5),
    }


def test_chroma_is_told_to_report_to_nobody(index: ChromaIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    open_client = chromadb.PersistentClient

    def listen(path: str, settings: Settings) -> object:
        told.append(settings.anonymized_telemetry)
        return open_client(path=path, settings=settings)

    monkeypatch.setattr(chromadb, "PersistentClient", listen)
    index.count()

    assert told == [False]


def test_a_reply_that_sql_does_not_know_is_not_found(index: ChromaIndex) -> None:
    index.upsert([an_interaction("my parcel is nowhere"), LATE])
    assert [hit.interaction for hit in index.search("my parcel is nowhere")] == [LATE]


@each_use
def test_an_index_that_is_damaged_is_down(
    index: ChromaIndex, folder: Path, use: Callable[[ChromaIndex], object]
) -> None:
    fill(index)
    index.close()
    damage(folder)

    with pytest.raises(IndexDown, match="Chroma: "):
        use(index)


@each_use
def test_a_file_where_the_folder_should_be_is_an_index_that_is_down(
    index: ChromaIndex, folder: Path, use: Callable[[ChromaIndex], object]
) -> None:
    folder.write_text("not a folder", encoding="utf-8")

    with pytest.raises(IndexDown, match="FileExistsError"):
        use(index)


@pytest.mark.parametrize("failure", [RuntimeError("no"), MemoryError(), Panic("range end index out of range")])
def test_whatever_chroma_raises_is_an_index_that_is_down(
    index: ChromaIndex, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(chromadb, "PersistentClient", fail)
        with pytest.raises(IndexDown) as down:
            index.search("parcel")

    assert type(failure).__name__ in down.value.detail
    assert down.value.__cause__ is failure
    fill(index)
    assert holds_everything(index)


def test_a_request_to_stop_passes_as_it_is(index: ChromaIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(chromadb, "PersistentClient", stop)
    with pytest.raises(KeyboardInterrupt):
        index.count()


def test_a_damaged_index_can_be_started_over(index: ChromaIndex, folder: Path) -> None:
    fill(index)
    index.close()
    damage(folder)

    index.start_over()
    fill(index)

    assert holds_everything(index)


@pytest.mark.parametrize("use", [USES["search"], USES["upsert"]], ids=["search", "upsert"])
def test_another_encoder_is_refused_in_words_that_say_what_to_do(
    index: ChromaIndex, folder: Path, use: Callable[[ChromaIndex], object]
) -> None:
    fill(index)
    newer = open_index(folder, NewerEncoder())

    with pytest.raises(IndexDown, match=r"hashing-3to5-384; run handrail-ingest reindex"):
        use(newer)

    assert holds_everything(index)
    newer.start_over()
    fill(newer)
    assert holds_everything(newer)
    newer.close()


def test_an_index_that_was_rebuilt_elsewhere_is_down_once_and_then_answers(index: ChromaIndex, folder: Path) -> None:
    fill(index)
    assert holds_everything(index)
    elsewhere = open_index(folder)
    elsewhere.start_over()
    fill(elsewhere)
    elsewhere.close()

    with pytest.raises(IndexDown):
        index.search("parcel")

    assert holds_everything(index)


def test_starting_over_forgets_replies_and_passages(index: ChromaIndex) -> None:
    fill(index)
    index.start_over()
    assert (index.count(), index.count_passages()) == (0, 0)
