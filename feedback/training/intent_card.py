"""Writes a trained intent head with its lineage: what it was made of, how, and what it is worth.

`head.safetensors` and `labels.json` are what the service loads, and are the same bytes for the same inputs.
`card.json` and `MODEL_CARD.md` tell a person the rest; only they carry the time of training.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from app.bootstrap import TUNED
from feedback.dataset.questions import BITEXT_FILES, CLINC_FILE, HANDWRITTEN_DIR
from feedback.evaluation.intent import IntentScores, ScopeScores
from feedback.training.encoder import TunedEncoder
from feedback.training.intent import IntentCorpus, IntentRecipe, TrainedHead

_OWN_LICENCES = {
    "hand-written questions": "Apache-2.0, part of this project",
    "all-MiniLM-L6-v2 (the encoder)": "Apache-2.0",
}
_CORPORA_LICENCES = {"Bitext customer service questions": "CDLA-Sharing-1.0", "CLINC150": "CC BY 3.0"}


@dataclass(frozen=True, slots=True)
class Measured:
    """What the finished head scored; the corpora's tests are None when it was trained without them."""

    held_out: IntentScores
    past_held_out: IntentScores | None
    bitext_test: IntentScores | None
    scope: ScopeScores | None


def write_head(trained: TrainedHead, out: Path) -> None:
    """Write `head.safetensors` and `labels.json` into `out`, which is made if need be."""
    out.mkdir(parents=True, exist_ok=True)
    # Contiguous, because safetensors stores a transposed array's memory as it lies.
    tensors = {item.name: np.ascontiguousarray(getattr(trained.weights, item.name)) for item in fields(trained.weights)}
    path = out / "head.safetensors"
    save_file(tensors, path)
    path.chmod(0o644)
    _write_json(out / "labels.json", {"encoder": trained.encoder_version, "labels": trained.labels})


def write_card(
    out: Path,
    trained: TrainedHead,
    corpus: IntentCorpus,
    recipe: IntentRecipe,
    measured: Measured,
    *,
    data: Path | None,
    trained_at: datetime,
    seconds: float,
    tuned: TunedEncoder | None = None,
) -> None:
    """Write `card.json` for programs and `MODEL_CARD.md` for readers."""
    with_corpora = data is not None
    card = {
        "name": "intent head",
        "encoder": trained.encoder_version,
        "head_sha256": hashlib.sha256((out / "head.safetensors").read_bytes()).hexdigest(),
        "recipe": asdict(recipe),
        "temperature": trained.temperature,
        "randomness": "none: splits follow the texts' hashes and the solver starts from zero",
        "questions": {item.name: len(getattr(corpus, item.name)) for item in fields(corpus)},
        "data_sha256": _hashes(data),
        "licences": _OWN_LICENCES | (_CORPORA_LICENCES if with_corpora else {}),
        "scores": _scores(measured),
        "tuned_encoder": _tuning(tuned, out) if tuned else "as it was",
        "trained_at": trained_at.isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
    }
    _write_json(out / "card.json", card)
    (out / "MODEL_CARD.md").write_text(
        _readable(trained, corpus, measured, with_corpora=with_corpora), encoding="utf-8"
    )


def _tuning(tuned: TunedEncoder, out: Path) -> dict[str, object]:
    return {
        "adapter_sha256": hashlib.sha256((out / TUNED).read_bytes()).hexdigest(),
        "recipe": asdict(tuned.recipe),
        "steps": tuned.steps,
        "minutes": round(tuned.seconds / 60, 1),
        "loss_by_step": tuned.losses,
    }


def _hashes(data: Path | None) -> dict[str, str]:
    found = {f"questions/{path.name}": path for path in sorted(HANDWRITTEN_DIR.glob("*.yaml"))}
    if data is not None:
        found |= {name: data / name for name in (*BITEXT_FILES.values(), CLINC_FILE)}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()}


def _scores(measured: Measured) -> dict[str, object]:
    scores: dict[str, object] = {"hand_written_held_out": _intent_scores(measured.held_out)}
    if measured.past_held_out is not None:
        scores["past_questions_held_out"] = _intent_scores(measured.past_held_out)
    if measured.bitext_test is not None:
        scores["bitext_test"] = _intent_scores(measured.bitext_test)
    if measured.scope is not None:
        scores["in_scope_against_clinc_oos_test"] = _rounded(asdict(measured.scope))
    return scores


def _intent_scores(scores: IntentScores) -> dict[str, object]:
    figures = {"accuracy": scores.accuracy, "calibration_error": scores.calibration_error, "aurc": scores.aurc}
    return {"questions": scores.questions, **_rounded(figures), "confusions": scores.confusions}


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _readable(trained: TrainedHead, corpus: IntentCorpus, measured: Measured, *, with_corpora: bool) -> str:
    counts = Counter(q.intent for q in (*corpus.written, *corpus.bitext, *corpus.clinc))
    sources = (
        "hand-written questions, the demo shop's past questions, Bitext (CDLA-Sharing-1.0) and CLINC150 (CC BY 3.0)"
    )
    lines = [
        "# Intent head",
        "",
        f"A linear layer on `{trained.encoder_version}` that names one of {len(trained.labels)} intents and says how",
        "likely the question is one that the shop answers at all.",
        "",
        f"Trained on {sources if with_corpora else 'hand-written and past questions alone'}: "
        f"{sum(counts.values())} questions. Calibrated on questions it had not seen.",
        "",
        "| measured on | questions | accuracy | calibration error | AURC |",
        "|---|---|---|---|---|",
        _row("hand-written, held out", measured.held_out),
    ]
    if measured.past_held_out is not None:
        lines.append(_row("past questions of the demo shop, held out", measured.past_held_out))
    if measured.bitext_test is not None:
        lines.append(_row("Bitext test (template-made)", measured.bitext_test))
    if measured.scope is not None:
        scope = measured.scope
        lines += [
            "",
            f"In scope or not, hand-written held-out against CLINC150's out-of-scope test: AUROC {scope.auroc:.3f}. "
            f"At {scope.threshold}, {scope.known_lost:.1%} of the shop's own questions are lost "
            f"and {scope.foreign_kept:.1%} of foreign ones pass.",
        ]
    lines += [
        "",
        "Meant for English questions to an online shop. The held-out questions come from the same hands as the",
        "training ones, so expect less on other customers' words; the past questions are other writers'. How the",
        "hand-written ones came about stands in",
        "`feedback/training/questions/README.md`. Read the confidence, not only the intent.",
        "",
        "What it mixes up most among the held-out questions:",
        "",
        *[f"- {true} taken for {said} ({count})" for true, said, count in measured.held_out.confusions[:12]],
        "",
        "Hashes, recipe and every confusion are in `card.json`.",
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, scores: IntentScores) -> str:
    figures = f"{scores.accuracy:.1%} | {scores.calibration_error:.3f} | {scores.aurc:.4f}"
    return f"| {name} | {scores.questions} | {figures} |"
