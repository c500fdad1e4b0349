"""Bytes from outside: what is read, and what is refused with which words."""

import pytest

from handlers.webhooks.depth import DEEPEST
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.loading import document, receive, within

REFUSED = {
    "nothing": (b"", "the document: nothing was sent"),
    "space": (b" \n", "the document: nothing was sent"),
    "no JSON": (b'{"a": 1,\n "b" 2}', "line 2, column 6: this is not JSON"),
    "XML": (b"<alert/>", "the document: this is XML"),
    "a name twice": (
        b'{"alerts": [{"a": 1}, {"b": 1, "b": 2}]}',
        r"alerts\[1\]: the name 'b' stands here twice",
    ),
    "NaN": (b'{"a": {"b": [1, NaN]}}', r"a\.b\[1\]: NaN is no number"),
    "Infinity": (b'{"a": -Infinity}', "a: -Infinity is no number"),
    "a number that overflows": (b'{"a": 1e999}', "a: a number beyond all bounds"),
    "5,000 digits": (b'{"a": ' + b"9" * 5_000 + b"}", "a: more than 4000 digits"),
    "5,000 digits behind the point": (b'{"a": 0.' + b"9" * 5_000 + b"}", "a: more than 4000 digits"),
    "101 deep": (b"[" * 101 + b"]" * 101, r"(\[0\]){100}: nested deeper than 100"),
    "100,000 deep": (b"[" * 100_000 + b"]" * 100_000, r"(\[0\]){100}: nested deeper than 100"),
    "100,000 deep somewhere": (
        b'{"a": "[", "b": [0, {"c": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        r"b\[1\]\.c(\[0\]){97}: nested deeper than 100",
    ),
    "100,000 deep without an end": (b'{"a":' * 100_000, "the document: nested deeper than 100"),
    "a million values": (b"[" + b"[]," * 999_999 + b"0]", "the document: more than 300000 values"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "the document: this is UTF-16; send UTF-8"),
    "UTF-16 without a mark": ('{"a": 1}'.encode("utf-16-le"), "the document: this is UTF-16; send UTF-8"),
    "UTF-32": ('{"a": 1}'.encode("utf-32"), "the document: this is UTF-32; send UTF-8"),
    "UTF-32 without a mark": ('{"a": 1}'.encode("utf-32-be"), "the document: this is UTF-32; send UTF-8"),
    "Latin-1": ('{"a": "ü"}'.encode("latin-1"), "byte 8: this is not UTF-8"),
}


@pytest.mark.row("A08")
@pytest.mark.parametrize(("raw", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_named_with_its_place(raw: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        receive(raw, {"Content-Type": "application/json"})


@pytest.mark.row("A08")
def test_texts_are_cleaned_and_not_refused() -> None:
    body = document(b'\xef\xbb\xbf{"a": ["x\\u0000\\ud800y", "two\nlines"], "b": {"c": "\\udfff"}}')

    assert body.value == {"a": ["xy", "two\nlines"], "b": {"c": ""}}


def test_as_deep_as_allowed_is_read() -> None:
    assert document(b"[" * DEEPEST + b"]" * DEEPEST).is_list


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain; charset=UTF-8", "application/x-www-form-urlencoded", ""]
)
def test_json_is_read_whatever_its_type_says(kind: str) -> None:
    sent = receive(b' {"a": "b=c&d"}', {"Content-Type": kind})

    assert (sent.body["a"].text, sent.form) == ("b=c&d", {})


def test_a_form_is_an_object_of_its_fields() -> None:
    sent = receive(b"a=1&b=x+y%C3%BC&a=2&c=", {"Content-Type": "application/x-www-form-urlencoded"})

    assert sent.body.value == sent.form == {"a": "1, 2", "b": "x yü", "c": ""}


def test_the_document_in_a_field_of_a_form_is_the_body() -> None:
    sent = receive(
        b"token=t&payload=%7B%22a%22%3A+%5B1%5D%7D", {"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert sent.body["a"][0] == Node(1, "payload.a[0]")
    assert sent.form["token"] == "t"


def test_a_form_in_parts_is_a_form() -> None:
    raw = (
        b'--xyz\r\nContent-Disposition: form-data; name="data"\r\n\r\n{"a": 1}\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="b"\r\n\r\ntwo\r\n--xyz--\r\n'
    )

    sent = receive(raw, {"content-type": "multipart/form-data; boundary=xyz"})

    assert sent.body["a"] == Node(1, "data.a")
    assert sent.form["b"] == "two"


def test_too_many_fields_are_refused() -> None:
    with pytest.raises(Malformed, match="more than 1000 fields"):
        receive(b"a=1&" * 1_001, {"content-type": "application/x-www-form-urlencoded"})


def test_a_document_within_a_text_knows_where_it_stands() -> None:
    root = Node({"Message": '{"a": {"b": 1}}', "Words": "plain", "Broken": "{"})

    assert within(root["Message"]).at("a.b") == Node(1, "Message.a.b")
    assert within(root["Words"]) == root["Words"]
    assert within(root["Broken"]) == root["Broken"]


def test_a_mere_text_is_a_document_where_a_topic_delivers_it_raw() -> None:
    sent = receive(b"Backup failed\x00", {"x-amz-sns-rawdelivery": "true", "Content-Type": "text/plain"})

    assert sent.body == Node("Backup failed", "body")
    with pytest.raises(Malformed):
        receive(b"Backup failed", {"Content-Type": "text/plain"})
