"""Reads and writes a calibration as JSON: what `handrail-feedback calibrate` learnt, and the service decides by."""

import json
from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.domain.calibration import Calibration, Step
from app.errors import WeightsError

FILE = "calibration.json"


class _StepFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    threshold: float = Field(ge=0, le=1)
    sent: float = Field(ge=0, le=1)
    risk: float = Field(ge=0, le=1)
    risk_at_most: float = Field(ge=0, le=1)


class _CalibrationFile(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    version: str
    judged: int = Field(ge=1)
    weights: dict[str, float]
    bias: float
    steps: list[_StepFile] = Field(min_length=1)


def read_calibration(folder: Path) -> Calibration:
    """Raises WeightsError when the file is missing or not one."""
    try:
        file = _CalibrationFile.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise WeightsError(f"The calibration in {folder} cannot be read: {error}") from error
    steps = tuple(Step(**each.model_dump()) for each in file.steps)
    return Calibration(file.version, file.judged, file.weights, file.bias, steps)


def write_calibration(calibration: Calibration, folder: Path) -> Path:
    """`calibration.json`, by one rename."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / FILE
    unfinished = target.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(calibration), indent=1) + "\n", encoding="utf-8")
    unfinished.replace(target)
    return target
