"""Where the demo shop's parts are, and its records written anew when they are older than today."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from app.adapters.crm_sql import DEMO_MAPPING, SqlCustomerRecords
from app.adapters.sql.knowledge import SqlKnowledge
from app.errors import CrmDown
from ingestion.demo.catalogue import load_catalogue
from ingestion.demo.crm import generate_crm

_HERE = Path(__file__).parent
CATALOGUE = _HERE / "products.yaml"
POLICIES = _HERE / "policies"
INTERACTIONS = _HERE / "interactions"
APPROVED_FOR = _HERE / "approved_for.json"
"""The versions of playbook, pages and products that the demo's replies were read against."""
SEED = 7

_MANIFEST = "demo_records"


def write_records(url: str, manifests: SqlKnowledge, *, seed: int, today: date) -> Mapping[str, int] | None:
    """Writes the demo's customers and orders to `url`; None when today's are there already."""
    generators = [*sorted(_HERE.glob("*.py")), CATALOGUE, _HERE / "people.yaml"]
    made_from = {
        "seed": str(seed),
        "today": today.isoformat(),
        "by": hashlib.sha256(b"".join(path.read_bytes() for path in generators)).hexdigest()[:16],
    }
    if manifests.manifest(_MANIFEST) == made_from and _readable(url):
        return None
    written = generate_crm(url, load_catalogue(CATALOGUE, today=today), seed=seed, today=today)
    manifests.keep_manifest(_MANIFEST, made_from)
    return written


def approved_for() -> dict[str, str]:
    """What the demo's replies rest on, as it was when they were read."""
    versions: dict[str, str] = json.loads(APPROVED_FOR.read_text(encoding="utf-8"))
    return versions


def keep_approved_for(versions: Mapping[str, str]) -> None:
    """Records that somebody has read the demo's replies against these versions."""
    APPROVED_FOR.write_text(json.dumps(dict(sorted(versions.items())), indent=0) + "\n", encoding="utf-8")


def _readable(url: str) -> bool:
    records = SqlCustomerRecords(url, DEMO_MAPPING, timeout_s=5)
    try:
        return bool(records.products())
    except CrmDown:
        return False
    finally:
        records.close()
