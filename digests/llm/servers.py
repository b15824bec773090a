"""The model servers of the settings: the one that writes, and the one that checks what was written."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings

from digests.llm.budget import Bill

TOKENS_PER_PRICE = 1_000_000  # prices of models are per million tokens


@dataclass(frozen=True)
class ModelServer:
    """A model, where it is asked, and its prices in US dollars per million tokens."""

    model: str
    base_url: str  # OpenAI's own where empty
    api_key: str = field(repr=False)
    price_in: Decimal
    price_out: Decimal

    @property
    def name(self) -> str:
        """What tells this server and model from another."""
        return f"{self.base_url} {self.model}"

    def make_bill(self, tokens_in: int, tokens_out: int) -> Bill:
        """Return the bill for tokens, at this server's prices."""
        paid = tokens_in * self.price_in + tokens_out * self.price_out
        return Bill(tokens_in, tokens_out, Decimal(paid) / TOKENS_PER_PRICE)


def is_model_configured() -> bool:
    """Return whether the settings name a model server, by a key or an address."""
    return bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL)


def is_verifier_configured() -> bool:
    """Return whether what a model writes is checked by a model."""
    return is_model_configured() and settings.LLM_VERIFY


def get_writer() -> ModelServer:
    """Return the model that writes."""
    return ModelServer(
        settings.LLM_MODEL,
        settings.OPENAI_BASE_URL,
        settings.OPENAI_API_KEY,
        settings.LLM_PRICE_INPUT,
        settings.LLM_PRICE_OUTPUT,
    )


def get_verifier() -> ModelServer:
    """Return the model that checks; what the settings leave empty is as for the one that writes."""
    writer = get_writer()
    # A key belongs to its server: it is never sent to another one.
    own_server = bool(settings.LLM_VERIFIER_BASE_URL)
    is_other = own_server or bool(settings.LLM_VERIFIER_MODEL)
    return ModelServer(
        settings.LLM_VERIFIER_MODEL or writer.model,
        settings.LLM_VERIFIER_BASE_URL or writer.base_url,
        settings.LLM_VERIFIER_API_KEY or ("" if own_server else writer.api_key),
        settings.LLM_VERIFIER_PRICE_INPUT if is_other else writer.price_in,
        settings.LLM_VERIFIER_PRICE_OUTPUT if is_other else writer.price_out,
    )
