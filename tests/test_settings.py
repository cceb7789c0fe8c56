"""What an operator sets: read from the environment once, checked, frozen, its secrets never shown."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.bootstrap import policy_of
from app.settings import RefineMode, Settings, settings_table


def test_without_any_variable_everything_has_a_value_that_works_on_a_laptop() -> None:
    settings = Settings()

    assert settings.store_url == "sqlite:///var/handrail.sqlite3"
    assert settings.crm_store_url == "sqlite:///var/demo_crm.sqlite3"
    assert settings.host == "127.0.0.1"
    assert not settings.drafts_may_send


def test_variables_with_the_prefix_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_DATA_DIR", "/srv/shop")
    monkeypatch.setenv("HANDRAIL_REFINE", "off")
    monkeypatch.setenv("HANDRAIL_CRM_URL", "postgresql://reader:secret@crm/shop")
    settings = Settings()

    assert settings.store_url == "sqlite:////srv/shop/handrail.sqlite3"
    assert settings.models_dir == Path("/srv/shop/models")
    assert settings.index_dir == Path("/srv/shop/index")
    assert settings.refine is RefineMode.OFF
    assert settings.crm_store_url == "postgresql://reader:secret@crm/shop"


@pytest.mark.parametrize("name", ["HANDRAIL_CRM_URL", "HANDRAIL_CHAT_API_KEY"])
def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "hush-hush")

    settings = Settings()

    assert "hush-hush" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "http"),
        ("SEND_THRESHOLD", "1.5"),
        ("DRAFTS", "-1"),
        ("DRAFTS_MAY_SEND", "perhaps"),
        ("WORKER_QUANTIZATION", "Q2_K"),
        ("WORKER_THREADS", "0"),
        ("ANSWER_TIMEOUT_S", "0"),
        ("REFINE", "live"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"HANDRAIL_{name}", value)

    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 9  # type: ignore[misc]


def test_every_setting_is_described() -> None:
    table = settings_table()

    for name, field in Settings.model_fields.items():
        assert f"`HANDRAIL_{name.upper()}`" in table
        assert field.description


def test_the_policy_of_a_turn_is_what_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_SEND_THRESHOLD", "0.8")
    monkeypatch.setenv("HANDRAIL_REFINE", "off")
    policy = policy_of(Settings())

    assert policy.send_threshold == 0.8
    assert not policy.refine_in_shadow


def test_the_demo_shop_is_never_shown_over_a_real_shops_records() -> None:
    assert Settings().shows_demo
    assert not Settings(crm_url=SecretStr("postgresql://crm.example/shop")).shows_demo
    assert not Settings(demo_shop=False).shows_demo
