"""Hostile and broken files are refused quickly, with a line and a remedy."""

import codecs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration, Problem

BOMB = "".join(
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n",
        *(
            f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ),
    ]
)


def problems(content: bytes) -> tuple[Problem, ...]:
    with pytest.raises(InvalidConfiguration) as caught:
        parse(content, "tocsin.yaml")
    return caught.value.problems


@pytest.mark.row("A50")
@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        pytest.param(b"people: !!python/object/apply:os.system [id]\n", 1, "tag", id="python tag"),
        pytest.param(b"\n\npeople: !!python/name:os.system x\n", 3, "tag", id="python name"),
        pytest.param(b"people: !include /etc/passwd\n", 1, "tag", id="private tag"),
        pytest.param(BOMB.encode(), 1, "anchor", id="alias bomb"),
        pytest.param(b"people: &a {}\nschedules: *a\n", 1, "anchor", id="anchor"),
        pytest.param(b"people: &a [*a]\n", 1, "anchor", id="an alias of itself"),
        pytest.param(b"people: {}\n<<: {}\n", 2, "not known", id="merge key"),
        pytest.param(b"people: {}\npeople: {}\n", 2, "twice (first on line 1)", id="doubled key"),
        pytest.param(b"? [a]\n: b\n", 1, "a key is not plain text", id="a list as key"),
        pytest.param(b"x: " + b"y" * 10_000_000, None, "larger than 256 KiB", id="10 MB"),
        pytest.param(b"x: [" + b"1," * 12_000 + b"]", None, "more than 10000", id="too many values"),
        pytest.param(b"x: " + b"[" * 100_000, None, "nested", id="deep lists"),
        pytest.param(b"{a: " * 50_000, None, "nested", id="deep mappings"),
        pytest.param(b"x:\n" + b"- " * 100_000, None, "nested", id="deep block lists"),
        pytest.param(b"people:\n\tann: {}\n", 2, "not YAML", id="tab"),
        pytest.param(b"people:\n  ann: \x00\n", 2, "does not allow", id="NUL"),
        pytest.param(b"people: \x1b[2J\n", 1, "does not allow", id="escape"),
        pytest.param(b'people: {"a\\0b": {}}\n', 1, "control", id="escaped NUL in a key"),
        pytest.param(b'x:\n  - "\\ud800"\n', 2, "control", id="escaped surrogate"),
        pytest.param(b'x: "\\UFFFFFFFF"\n', None, "not YAML", id="a character beyond all"),
        pytest.param("people: {}\n".encode("utf-16"), 1, "not UTF-8", id="UTF-16"),
        pytest.param(b"people: {}\nx: \xff\n", 2, "not UTF-8", id="a byte that is no text"),
        pytest.param(b"people: \xed\xa0\x80\n", 1, "not UTF-8", id="a surrogate"),
        pytest.param(b"", 1, "says nothing", id="empty"),
        pytest.param(b"# nothing\n", 1, "says nothing", id="a comment only"),
        pytest.param(b"- people\n", 1, "must be a mapping", id="a list"),
        pytest.param(b"people\n", 1, "must be a mapping", id="a word"),
        pytest.param(b"a: {}\n---\nb: {}\n", 2, "second document", id="two documents"),
        pytest.param(b"%YAML 1.1\n---\na: {}\n", 2, "another version", id="YAML 1.1"),
        pytest.param(b"%TAG !! tag:evil,2000:\n---\na: {}\n", 2, "declares tags", id="declared tags"),
        pytest.param(b'x: "abc\n', None, "not YAML", id="a quote without an end"),
        pytest.param(b"x: [1, 2\n", None, "not YAML", id="a bracket without an end"),
        pytest.param(b"people: a: b\n", 1, "not YAML", id="two colons"),
        pytest.param(b"x: *nobody\n", 1, "alias", id="an alias of nothing"),
        pytest.param(b"x: *\xc2\xad\n", 1, "alias", id="an alias without a visible name"),
        pytest.param(
            b"a\xe2\x80\xae: 1\na\xe2\x80\xae: 1\n", 2, "twice", id="a key that turns the text round"
        ),
    ],
)
@pytest.mark.timeout(30)
def test_a_hostile_file_is_refused_with_its_line(content: bytes, line: int | None, words: str) -> None:
    found = problems(content)

    told = [problem for problem in found if words in problem.message]
    assert told, found
    assert line in {None, told[0].line}
    assert all(problem.remedy and problem.message.isprintable() for problem in found)


def test_a_bare_hash_in_brackets_is_pointed_at() -> None:
    text = b'services:\n  web: {name: "A # B", channel: #web, ladder: all}\nladders: {}\n'

    (found,) = problems(text)

    assert "is not YAML" in found.message
    assert found.remedy.startswith("In line 2 a bare # begins a comment")


def test_a_comment_behind_brackets_is_not_blamed() -> None:
    (found,) = problems(b"a: {b: 1} # {x\nc: [1, 2\n")

    assert "#" not in found.remedy


@pytest.mark.row("A50")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text(alphabet="ab:-?[]{}#&*!|>'\"%@`,\\ \n\t0", max_size=200).map(str.encode)
)
def test_any_bytes_are_either_a_configuration_or_problems(content: bytes) -> None:
    assert all(
        f"{problem.message}{problem.remedy}{problem.path}".isprintable() for problem in problems(content)
    )


def test_a_byte_order_mark_is_no_mistake() -> None:
    found = problems(codecs.BOM_UTF8 + b"people: {}\n")

    assert {problem.path for problem in found} == {"ladders", "services"}


@pytest.mark.parametrize("written", ["yes", "no", "on", "0o17", "0x1F", "1_000", "12:30:45", "2026-01-05"])
def test_a_word_that_older_yaml_changed_stays_a_text(written: str) -> None:
    found = problems(f"allow_short_waits: {written}\n".encode())

    assert "must be `true` or `false`" in {problem.message for problem in found}
