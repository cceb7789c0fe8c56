"""Everything an operator can set, read once from the environment (prefix `HANDRAIL_`) and frozen.

Built in the entry points and passed in; nothing else reads the environment. Paths default to `var/` below the
working folder, so that a clone can be deleted as a whole.
"""

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class RefineMode(StrEnum):
    """What stage three may do."""

    OFF = "off"
    SHADOW = "shadow"
    """Refined texts are recorded, never delivered."""
    DRAFTS = "drafts"
    """A draft gives way to its refined text where that says the same; an approved reply stays as it was approved."""


class Settings(BaseSettings):
    """The whole configuration. The README's table is checked against these fields by a test."""

    model_config = SettingsConfigDict(env_prefix="HANDRAIL_", env_file=".env", frozen=True, extra="ignore")

    # Where things are
    data_dir: Path = Field(Path("var"), description="Databases, index, weights and logs live below this folder.")
    database_url: SecretStr = Field(SecretStr(""), description="Handrail's own database; empty: SQLite in `data_dir`.")
    crm_url: SecretStr = Field(SecretStr(""), description="The shop's records, read-only; empty: the demo shop.")
    crm_mapping: Path | None = Field(None, description="Queries that map the CRM's tables; empty: the demo shop's.")
    playbook_dir: Path | None = Field(None, description="The playbook's YAML files; empty: the ones shipped.")
    knowledge_dir: Path | None = Field(None, description="Policy pages in Markdown; empty: the demo shop's.")

    # The shop's voice
    store_name: str = Field("Larkfield", description="The name the bot speaks for.")
    currency: str = Field("$", description="Put before amounts.")
    language: str = Field("en", description="The language the bot speaks, as an ISO 639-1 code.")

    # The language model
    chat_base_url: str = Field("", description="Any OpenAI-compatible endpoint; empty: the embedded worker.")
    chat_api_key: SecretStr = Field(SecretStr(""), description="Its key, if it wants one.")
    chat_model: str = Field("handrail", description="The model name sent to that endpoint.")
    worker_threads: int = Field(2, ge=1, le=64, description="Threads of the embedded worker; never more than cores.")
    worker_quantization: Literal["Q8_0", "Q4_0"] = Field("Q8_0", description="Weights the embedded worker serves.")
    worker_context: int = Field(2048, ge=512, le=32768, description="Context of the embedded worker, in tokens.")
    drafts: int = Field(2, ge=0, le=6, description="Drafts per turn when no approved reply fits; 0 turns drafting off.")
    drafts_may_send: bool = Field(default=False, description="Whether a draft may be sent unseen.")
    refine: RefineMode = Field(
        RefineMode.SHADOW, description="Stage three: off, recorded but not delivered, or for drafts."
    )

    # Deciding
    accepted_risk: float = Field(
        0.05, ge=0, le=1, description="Share of the replies sent unseen that may be wrong; holding more makes it less."
    )
    send_threshold: float | None = Field(
        None, ge=0, le=1, description="Estimate to send from, in place of the one that follows from the accepted risk."
    )
    scope_threshold: float = Field(0.5, ge=0, le=1, description="In-scope probability below which a turn is off-topic.")

    # Limits
    max_message_chars: int = Field(4000, ge=100, description="Longest message accepted, in characters.")
    crm_timeout_s: float = Field(2.0, gt=0, description="Deadline for reading the CRM.")
    answer_timeout_s: float = Field(12.0, gt=0, description="Deadline for drafting.")
    refine_timeout_s: float = Field(8.0, gt=0, description="Deadline for refining.")

    # The service
    host: str = Field("127.0.0.1", description="Address the service binds to.")
    port: int = Field(8080, ge=1, le=65535, description="Port the service binds to.")
    allowed_origins: str = Field("", description="Other origins whose pages may embed the chat, separated by commas.")
    tenant: str = Field("larkfield", description="The audience (`aud`) that the shop's tokens have to name.")
    shop_jwt_key: SecretStr = Field(SecretStr(""), description="Key the shop's tokens are checked with; empty: none.")
    shop_jwt_algorithm: Literal["HS256", "RS256", "ES256"] = Field("HS256", description="How the shop signs them.")
    shop_jwt_minutes: int = Field(60, ge=1, le=1440, description="Longest life of a shop's token that is accepted.")
    agent_tokens: SecretStr = Field(SecretStr(""), description="`name:token` of each agent, separated by commas.")
    conversation_hours: int = Field(24, ge=1, le=720, description="How long a conversation stays open to its customer.")
    demo_shop: bool = Field(default=True, description="Show the demo shop; never where `HANDRAIL_CRM_URL` is set.")
    hold_minutes: int = Field(
        10, ge=1, description="After so long a held reply's customer hears that a person follows up."
    )
    silent_hours: int = Field(
        24, ge=0, description="After so long without a word a conversation that waits for nobody is resolved; 0: never."
    )
    public_url: str = Field("", description="Where people reach the service, for links; empty: host and port.")
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="`smtps://name:password@host`, or `smtp://…` for STARTTLS: it mails replies; empty: none are.",
    )
    mail_from: str = Field("", description="The address that mails come from; needed with `HANDRAIL_SMTP_URL`.")
    hold_webhook_url: str = Field("", description="Told by POST that something new waits for a person; empty: none.")
    hold_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Key it is signed with (HMAC-SHA256); needed with `HANDRAIL_HOLD_WEBHOOK_URL`."
    )
    turn_workers: int = Field(2, ge=1, le=64, description="Turns worked on at once in one process.")
    max_body_bytes: int = Field(65536, ge=1024, description="Largest request body, in bytes.")
    request_timeout_s: float = Field(15.0, gt=0, description="Time in which a client has to send its request.")
    messages_per_minute: int = Field(30, ge=1, description="Messages a conversation may send in a minute.")
    conversations_per_minute: int = Field(30, ge=1, description="Conversations an address may start in a minute.")
    agent_calls_per_minute: int = Field(600, ge=1, description="Requests of an agent in a minute.")

    # Annotation
    label_studio_url: str = Field("", description="Where Label Studio is; empty: turns wait to be annotated.")
    label_studio_token: SecretStr = Field(SecretStr(""), description="The token of the account Handrail uses there.")
    label_studio_webhook_secret: SecretStr = Field(
        SecretStr(""), description="What Label Studio's webhooks have to bring; empty: none is let in."
    )
    annotators: int = Field(1, ge=1, le=9, description="Annotators who have to say the same to settle a turn.")
    adjudicators: str = Field(
        "", description="E-mail addresses of those who decide where annotators disagree; empty: the token's account."
    )

    @property
    def adjudicator_list(self) -> frozenset[str]:
        """The adjudicators, one by one."""
        return frozenset(name.strip() for name in self.adjudicators.split(",") if name.strip())

    @property
    def origins(self) -> tuple[str, ...]:
        """The allowed origins, one by one."""
        return tuple(origin.strip().rstrip("/") for origin in self.allowed_origins.split(",") if origin.strip())

    @property
    def address(self) -> str:
        """Where people reach the service."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def shows_demo(self) -> bool:
        """Whether visitors may become customers of the demo shop: never customers of a real one."""
        return self.demo_shop and not self.crm_url.get_secret_value()

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of Handrail's own database."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir / 'handrail.sqlite3'}"

    @property
    def crm_store_url(self) -> str:
        """SQLAlchemy URL of the CRM."""
        return self.crm_url.get_secret_value() or f"sqlite:///{self.data_dir / 'demo_crm.sqlite3'}"

    @property
    def index_dir(self) -> Path:
        """Folder of the vector index."""
        return self.data_dir / "index"

    @property
    def models_dir(self) -> Path:
        """Folder of the weights."""
        return self.data_dir / "models"

    @property
    def adapters_dir(self) -> Path:
        """Folder of the registered adapters: no cache like the weights, they cannot be fetched again."""
        return self.data_dir / "adapters"


def settings_table() -> str:
    """Every setting as a Markdown table, for the README."""
    lines = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        shown = "" if isinstance(default, SecretStr) or default in (None, "") else f"`{default}`"
        lines.append(f"| `HANDRAIL_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines)
