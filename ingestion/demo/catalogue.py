"""Reads the demo shop's catalogue (`products.yaml`), from which its records are generated."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.domain.customer import Product
from app.domain.ids import ProductId
from app.errors import ConfigurationError

CATALOGUE = Path(__file__).with_name("products.yaml")


class _CatalogueLine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    category: str = Field(min_length=1)
    price: Decimal = Field(gt=0, decimal_places=2)
    in_stock: bool
    restock_in_days: int | None = Field(default=None, ge=1)
    details: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()


def load_catalogue(path: Path, *, today: date) -> tuple[Product, ...]:
    """The products in `path`, restock dates counted from `today`. Raises ConfigurationError naming file and entry."""
    try:
        lines = TypeAdapter(list[_CatalogueLine]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: cannot be read ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigurationError(f"{path}: entry {where}: {first['msg']}") from error
    if repeated := [key for key, times in Counter(line.id for line in lines).items() if times > 1]:
        raise ConfigurationError(f"{path}: the id {repeated[0]} stands more than once")
    return tuple(
        Product(
            id=ProductId(line.id),
            name=line.name,
            category=line.category,
            price=line.price.quantize(Decimal("0.01")),
            in_stock=line.in_stock,
            restock_on=today + timedelta(days=line.restock_in_days) if line.restock_in_days else None,
            details=line.details.strip(),
            aliases=line.aliases,
        )
        for line in lines
    )
