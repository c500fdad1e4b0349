"""Settings of the ways in for alerts."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.settings.values import Part, existing, named


class IntakeSettings(Part):
    """What integrations post to the bot's own server: docs/alerts.md."""

    requests_per_minute: Annotated[int, Field(ge=600)] = Field(
        default=120_000,
        description="So many requests of one integration are taken within a minute.",
    )
    secrets: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="With what an integration signs, by its name: `TOCSIN_INTAKE__SECRETS__SHOP_GITHUB`, "
        "with `_` for whatever is neither a letter nor a digit; what is not signed is refused then.",
    )


class MailSettings(Part):
    """Where mail is taken that tells of alerts; without a domain nobody listens."""

    domain: Annotated[str, AfterValidator(named)] = Field(
        description="What stands behind the @ of the integrations' addresses: `alerts.example.com`."
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on; `0.0.0.0` in a container.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=2525, description="The port to listen on.")
    certificate: Annotated[Path, AfterValidator(existing)] | None = Field(
        default=None, description="The certificates for STARTTLS, as a PEM file; without it none is offered."
    )
    key: Annotated[Path, AfterValidator(existing)] | None = Field(
        default=None, description="The key of the certificate, as a PEM file."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self
