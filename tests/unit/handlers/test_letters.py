"""What stands in a letter: whatever is sent, something is read of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.ingress.letters import letter, message_id

HTML = b"""\
Subject: =?utf-8?q?Pr=C3=BCfung_fehlgeschlagen?=
Date: Sun, 01 Mar 2026 02:31:00 +0100
Message-ID: <1@example.com>
Content-Type: text/html; charset=utf-8

<html><head><style>p {}</style></head><body><p>Host: <b>db-2</b><br>is&nbsp;down</p>
<script>x</script></body></html>
"""


def test_words_are_read_out_of_what_was_meant_for_a_browser() -> None:
    found = letter(HTML)

    assert found["subject"] == "Prüfung fehlgeschlagen"
    assert found["text"] == "Host: db-2\nis down"
    assert found["date"] == "2026-03-01T02:31:00+01:00"
    assert message_id(HTML) == "<1@example.com>"


@pytest.mark.row("F84")
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/html\n\n" + b"<script " * 25_000,
        b"Content-Type: text/html\n\n" + b"<!--" * 50_000,
        b"From: " + b"(" * 1_900 + b"\n\n",
        b"Content-Type: text/plain; " + b"a*0*=x;" * 90_000 + b"\n\n",
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 300_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(6_000)),
    ],
    ids=["scripts without end", "comments without end", "brackets", "parameters", "parts", "parts in parts"],
)
def test_a_letter_made_to_keep_its_reader_busy_is_read_soon(raw: bytes) -> None:
    assert letter(b"Subject: it burns\n" + raw + b"\nhello\n")["subject"] == "it burns"


def test_what_is_begun_in_html_and_never_ended_is_not_hidden() -> None:
    text = letter(b"Content-Type: text/html\n\n<p>1 < 2</p><!-- db-1 <b>is down</b><script>now")["text"]

    assert text == "1 < 2\n!-- db-1 is down now"


def test_the_first_part_with_words_in_it_is_read_and_no_attachment() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Disposition: attachment\n\nlog\n"
        b"--a\nContent-Type: text/html\n\n<b>html</b>\n--a\nContent-Type: text/plain; charset=klingon\n\n"
        b"db-1 is down\n--a--\n"
    )

    assert str(letter(raw)["text"]).strip() == "db-1 is down"


@pytest.mark.row("F84")
@settings(deadline=None, max_examples=300)
@given(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from(
            [*HTML.split(b"\n"), b"", b"Content-Type: multipart/mixed; boundary=a", b"--a", b"--a--"]
        )
        | st.binary(max_size=30)
    ).map(b"\r\n".join)
)
def test_whatever_is_sent_can_be_told(raw: bytes) -> None:
    found = letter(raw)

    assert json.loads(json.dumps(found)) == found
    assert isinstance(message_id(raw), str)
