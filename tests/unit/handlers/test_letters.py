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
