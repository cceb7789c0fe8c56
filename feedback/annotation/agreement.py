"""How far annotators agree beyond chance: Krippendorff's alpha for labels without an order."""

from collections import Counter
from collections.abc import Iterable, Sequence


def alpha(units: Iterable[Sequence[str]]) -> float | None:
    """1 they always agree, 0 as by chance, below 0 worse; a unit holds what each of its annotators said.

    None where nothing can be compared: no unit has two, or all say the same everywhere (Krippendorff 2011,
    "Computing Krippendorff's Alpha-Reliability").
    """
    paired = [Counter(unit) for unit in units if len(unit) > 1]
    totals: Counter[str] = sum(paired, Counter())
    values = totals.total()
    expected = values * values - sum(count * count for count in totals.values())
    if not expected:
        return None
    observed = 0.0
    for unit in paired:
        size = unit.total()
        observed += (size * size - sum(count * count for count in unit.values())) / (size - 1)
    return 1 - (values - 1) * observed / expected
