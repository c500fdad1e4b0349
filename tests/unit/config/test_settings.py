"""Settings come from the environment, and say what is wrong with them."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.config.environment import check_paging, read_settings
from bot.config.problem import InvalidConfiguration, Problem
from bot.domain.people import MethodKind
from bot.settings import Settings

SLACK = {"TOCSIN_SLACK__BOT_TOKEN": "xoxb-secret-1", "TOCSIN_SLACK__APP_TOKEN": "xapp-secret-2"}
JIRA = {"TOCSIN_JIRA__URL": "https://jira.example.com/", "TOCSIN_JIRA__TOKEN": "secret-3"}
SMTP = {"TOCSIN_SMTP__HOST": "mail.example.com", "TOCSIN_SMTP__SENDER": "tocsin@example.com"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TOCSIN_")]:
        monkeypatch.delenv(name)


class Surroundings:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._monkeypatch, self._folder = monkeypatch, folder
        self.env_file, self.secrets = folder / ".env", folder / "secrets"
        self.secrets.mkdir()

    def read(self, *parts: dict[str, str], **more: str) -> Settings:
        for name, value in [pair for part in (*parts, more) for pair in part.items()]:
            self._monkeypatch.setenv(name, value)
        return read_settings(env_file=self.env_file, secrets_dir=self.secrets)

    def problems(self, *parts: dict[str, str], **more: str) -> tuple[Problem, ...]:
        with pytest.raises(InvalidConfiguration) as caught:
            self.read(*parts, **more)
        assert "secret-" not in str(caught.value)
        return caught.value.problems


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Surroundings:
    return Surroundings(monkeypatch, tmp_path)


def test_parts_are_read_from_the_environment(around: Surroundings) -> None:
    settings = around.read(SLACK, JIRA, SMTP, TOCSIN_HTTP__PORT="9000")

    assert settings.slack
    assert settings.slack.bot_token.get_secret_value() == "xoxb-secret-1"
    assert settings.slack.mode == "socket"
    assert settings.jira
    assert settings.jira.url == "https://jira.example.com"
    assert settings.smtp
    assert (settings.smtp.number, settings.smtp.tls) == (587, "starttls")
    assert settings.http.port == 9000
    assert settings.paging == {MethodKind.SLACK, MethodKind.EMAIL}


def test_without_anything_there_are_defaults_and_nobody_can_be_paged(around: Surroundings) -> None:
    settings = around.read()

    assert (settings.slack, settings.jira, settings.smtp) == (None, None, None)
    assert settings.database == "sqlite:///data/tocsin.db"
    (problem,) = check_paging(settings)
    assert problem.path == "TOCSIN_SLACK__BOT_TOKEN"


def test_mail_alone_is_enough_to_page_people(around: Surroundings) -> None:
    assert list(check_paging(around.read(SMTP))) == []


def test_the_environment_wins_over_the_env_file_and_that_over_secret_files(around: Surroundings) -> None:
    around.env_file.write_text("TOCSIN_SLACK__APP_TOKEN=xapp-file\nPOSTGRES_PASSWORD=other\n")
    (around.secrets / "TOCSIN_SLACK__APP_TOKEN").write_text("xapp-secret\n")
    (around.secrets / "tocsin_slack__bot_token").write_text("xoxb-secret\n")
    (around.secrets / "postgres_password").write_text("other\n")

    slack = around.read().slack

    assert slack
    assert slack.app_token
    assert (slack.bot_token.get_secret_value(), slack.app_token.get_secret_value()) == (
        "xoxb-secret",
        "xapp-file",
    )


def test_secrets_are_not_shown(around: Surroundings) -> None:
    settings = around.read(SLACK, JIRA, TOCSIN_DATABASE_URL="postgresql://tocsin:secret-4@db/tocsin")

    assert "secret-" not in f"{settings!r} {settings} {settings.model_dump()}"


def test_settings_never_change(around: Surroundings) -> None:
    settings = around.read(SLACK)

    with pytest.raises(ValidationError):
        settings.log_level = "debug"


@pytest.mark.parametrize(
    ("given", "database"),
    [
        ("postgresql://u:p@db/t", "postgresql+psycopg://u:p@db/t"),
        ("postgresql+psycopg://u:p@db/t", "postgresql+psycopg://u:p@db/t"),
        ("sqlite:////srv/t.db", "sqlite:////srv/t.db"),
    ],
)
def test_the_database_is_addressed_as_sqlalchemy_wants_it(
    around: Surroundings, given: str, database: str
) -> None:
    assert around.read(TOCSIN_DATABASE_URL=given).database == database


@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        (
            SLACK | {"TOCSIN_SLACK__BOT_TOKEN": "xapp-secret-1"},
            "TOCSIN_SLACK__BOT_TOKEN",
            "begins with xoxb-",
        ),
        (
            SLACK | {"TOCSIN_SLACK__APP_TOKEN": "xoxb-secret-1"},
            "TOCSIN_SLACK__APP_TOKEN",
            "begins with xapp-",
        ),
        (SLACK | {"TOCSIN_SLACK__APP_TOKEN": ""}, "TOCSIN_SLACK", "mode socket needs app_token"),
        (SLACK | {"TOCSIN_SLACK__MODE": "http"}, "TOCSIN_SLACK", "mode http needs signing_secret"),
        (SLACK | {"TOCSIN_SLACK__MODE": "carrier"}, "TOCSIN_SLACK__MODE", "'socket' or 'http'"),
        (SLACK | {"TOCSIN_SLACK__API_URL": "http://example.com"}, "TOCSIN_SLACK__API_URL", "https://"),
        (SLACK | {"TOCSIN_SLACK__BOT_TOKN": "x"}, "TOCSIN_SLACK__BOT_TOKN", "no such setting"),
        ({"TOCSIN_SLAK__BOT_TOKEN": "x"}, "TOCSIN_SLAK__BOT_TOKEN", "no such setting"),
        ({"TOCSIN_JIRA__TOKEN": "secret-3"}, "TOCSIN_JIRA__URL", "is missing"),
        (JIRA | {"TOCSIN_JIRA__FLAVOUR": "cloud"}, "TOCSIN_JIRA", "needs email"),
        (JIRA | {"TOCSIN_JIRA__URL": "https://x.atlassian.net"}, "TOCSIN_JIRA", "needs email"),
        (JIRA | {"TOCSIN_JIRA__URL": "https://a:secret-5@x"}, "TOCSIN_JIRA__URL", "user or a password"),
        (JIRA | {"TOCSIN_JIRA__CA_FILE": "/nowhere.pem"}, "TOCSIN_JIRA__CA_FILE", "no file"),
        (SMTP | {"TOCSIN_SMTP__SENDER": "a@b\r\nBcc: c@d"}, "TOCSIN_SMTP__SENDER", "plain address"),
        (SMTP | {"TOCSIN_SMTP__USER": "me"}, "TOCSIN_SMTP", "go together"),
        (SMTP | {"TOCSIN_SMTP__PORT": "70000"}, "TOCSIN_SMTP__PORT", "65535"),
        ({"TOCSIN_DATABASE_URL": "mysql://x:secret-6@y/z"}, "TOCSIN_DATABASE_URL", "postgresql://"),
        ({"TOCSIN_SECRET_KEY": "secret-short"}, "TOCSIN_SECRET_KEY", "32"),
    ],
)
def test_a_mistake_names_its_variable_and_never_its_value(
    around: Surroundings, given: dict[str, str], path: str, words: str
) -> None:
    (problem,) = around.problems(given)

    assert problem.path == path
    assert words in problem.message
    assert problem.remedy


def test_a_misspelt_variable_is_recognised(around: Surroundings) -> None:
    problems = around.problems(SLACK, TOCSIN_SLAK__MODE="http", TOCSIN_SLACK__MOD="http")

    assert [problem.remedy for problem in problems] == [
        "Did you mean `TOCSIN_SLACK__MODE`?",
        "Did you mean `TOCSIN_SLACK__MODE`?",
    ]


def test_what_kubernetes_adds_to_every_pod_is_no_mistake(around: Surroundings) -> None:
    settings = around.read(
        TOCSIN_PORT="tcp://10.0.0.1:8080",
        TOCSIN_SERVICE_HOST="10.0.0.1",
        TOCSIN_PORT_8080_TCP="tcp://10.0.0.1",
    )

    assert settings.http.port == 8080


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ({"TOCSIN_SLACK_BOT_TOKEN": "x"}, "`TOCSIN_SLACK__BOT_TOKEN`, with two underscores"),
        ({"TOCSIN_SMTP_HOST": "x"}, "`TOCSIN_SMTP__HOST`, with two underscores"),
        ({"TOCSIN_SLACK__BOT_TOKEN": "xoxb-1"}, "Set `TOCSIN_SLACK__APP_TOKEN`."),
        (SLACK | {"TOCSIN_SLACK__MODE": "http"}, "Set `TOCSIN_SLACK__SIGNING_SECRET`."),
        (JIRA | {"TOCSIN_JIRA__URL": "https://x.atlassian.net"}, "Set `TOCSIN_JIRA__EMAIL`"),
    ],
)
def test_hints_give_the_whole_name_of_the_variable(
    around: Surroundings, given: dict[str, str], remedy: str
) -> None:
    (problem,) = around.problems(given)

    assert remedy in problem.remedy
