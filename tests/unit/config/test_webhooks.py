"""Webhooks in the file, and what signs for them; and the user groups that ladders name."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration
from bot.domain.webhook import Webhook
from bot.settings import Settings, SlackSettings, WebhookSettings

BOT, APP = SecretStr("xoxb-1"), SecretStr("xapp-1")
REST = """
people: {ann: {name: Ann, slack: U0ANN00001}}
services: {main: {channel: "#ops", ladder: default}}
"""
LADDER = "ladders: {default: {rungs: [{targets: [{person: ann}, {webhook: pager}, {group: S0ONCALL001}]}]}}\n"


def settings(webhook: WebhookSettings) -> Settings:
    return Settings(
        slack=SlackSettings(bot_token=BOT, app_token=APP), webhook=webhook, data_dir=Path("/nowhere")
    )


def file(url: str, name: str = "pager") -> bytes:
    return (REST + LADDER.replace("pager", name) + f'webhooks: {{{name}: {{url: "{url}"}}}}\n').encode()


def test_a_ladder_may_name_webhooks_and_groups() -> None:
    found = parse(file("https://pager.example.com/x"), "tocsin.yaml").configuration

    assert found.webhooks == {"pager": Webhook(name="pager", url="https://pager.example.com/x")}
    assert found.roster.groups == {"S0ONCALL001": ()}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("pager", "it is no address of a webhook"),
        ("ftp://pager.example.com/", "it is no address of a webhook"),
        ("https://", "it is no address of a webhook"),
        ("https://pager.example.com:99999/", "it is no address of a webhook"),
        ("https://ann:secret@pager.example.com/", "the address has a user name in it"),
        ("http://pager.example.com/", "what it is told would travel readable"),
    ],
)
def test_an_address_that_cannot_be_is_told_with_its_place(url: str, words: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        parse(file(url), "tocsin.yaml")

    (problem,) = caught.value.problems
    assert (problem.path, problem.message) == ("webhooks.pager.url", words)
    assert problem.remedy


@pytest.mark.parametrize("url", ["http://10.0.0.7:9000/x", "http://localhost/x", "http://pager.internal/x"])
def test_inside_the_network_it_may_travel_readable(url: str) -> None:
    assert parse(file(url), "tocsin.yaml").configuration.webhooks["pager"].url == url


def test_a_webhook_that_the_file_does_not_have_is_told() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        parse((REST + LADDER).encode(), "tocsin.yaml")

    assert "there is no webhook `pager`" in caught.value.problems[0].message


def test_a_webhook_for_which_nothing_signs_is_refused() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        parse(file("https://pager.example.com/x"), "tocsin.yaml", settings(WebhookSettings()))

    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("webhooks.pager", 5)
    assert "TOCSIN_WEBHOOK__SECRET" in problem.remedy


@pytest.mark.parametrize(
    "signs",
    [
        WebhookSettings(secret=SecretStr("s" * 24)),
        WebhookSettings(secrets={"my_pager": SecretStr("whsec_" + "QUJD" * 8)}),
    ],
)
def test_one_secret_for_all_or_one_for_each(signs: WebhookSettings) -> None:
    content = file("https://pager.example.com/x", "My-Pager")

    assert parse(content, "tocsin.yaml", settings(signs)).configuration.webhooks


@pytest.mark.parametrize("secret", ["short", "whsec_" + "!" * 40, "whsec_QUJD"])
def test_a_secret_that_anybody_could_guess_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="must have at least 24 characters"):
        WebhookSettings(secret=SecretStr(secret))
