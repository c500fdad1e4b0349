"""Observables: what is found in texts, what is one's own, how it is shown; hostile text is bounded."""

from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.observable import (
    MOST,
    Kind,
    Observable,
    Sighting,
    in_text,
    observables,
    own_of,
    seen_before,
)
from tests.examples import alert

MD5, SHA1, SHA256 = (
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "ab12" * 16,
)


def found(text: str, **how: bool) -> set[tuple[str, str]]:
    return {(each.kind.value, each.value) for each in in_text(text, **how)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("login from 203.0.113.7 failed", {("ipv4", "203.0.113.7")}),
        ("src=203.0.113.7:443, dst=198.51.100.9/32.", {("ipv4", "203.0.113.7"), ("ipv4", "198.51.100.9")}),
        ("203[.]0[.]113[.]7 and 203.0.113(.)8", {("ipv4", "203.0.113.7"), ("ipv4", "203.0.113.8")}),
        ("peer [2001:db8::1]:80 down", {("ipv6", "2001:db8::1")}),
        ("2001:0DB8:0:0:0:0:0:1", {("ipv6", "2001:db8::1")}),
        ("::ffff:203.0.113.7", {("ipv4", "203.0.113.7")}),
        ("see evil.example.org.", {("domain", "evil.example.org")}),
        ("evil [.] example [dot] zip", {("domain", "evil.example.zip")}),
        ("mail to Root@Example.COM", {("account", "root@example.com")}),
        ("root[at]example[.]com", {("account", "root@example.com")}),
        (
            "get hxxps://Evil.example.org:8443/a?b=c.",
            {("url", "https://evil.example.org:8443/a?b=c"), ("domain", "evil.example.org")},
        ),
        (
            "hxxp[:]//203[.]0[.]113[.]7/x",
            {("url", "http://203.0.113.7/x"), ("ipv4", "203.0.113.7")},
        ),
        (
            "<https://evil.example.org/x|here>",
            {("url", "https://evil.example.org/x"), ("domain", "evil.example.org")},
        ),
        (f"md5 {MD5.upper()}", {("md5", MD5)}),
        (f"sha1:{SHA1} sha256:{SHA256}", {("sha1", SHA1), ("sha256", SHA256)}),
        ("fix cve-2024-3094 now", {("cve", "CVE-2024-3094")}),
    ],
)
def test_each_kind_is_found_defanged_or_not(text: str, expected: set[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "at 12:30:45 p99 was 1.2.3 and 4.5",
        "main.py, deploy.sh and README.md failed.in the job",
        "payments-api.prod.svc is slow",
        "std::vector::at face::cafe",
        "127.0.0.1 ::1 0.0.0.0 224.0.0.1 169.254.1.1 fe80::1",
        "999.1.1.1 1.2.3.4.5 01.02.03",
        "0" * 32 + " " + "f" * 40,
        f"{MD5}f {'ab12' * 17} x-{MD5}",
        "user@localhost a@b",
        "http:// https://]/ http://[::1 http://a:99999999/",
        "XCVE-2024-3094 CVE-3024-1 CVE-2024-12",
        "",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert found(text) == set()


def test_labels_that_say_what_they_are_are_believed() -> None:
    told = replace(
        alert(),
        labels={"dns_domain": "c2.badness.zip", "host": "web.prod", "trace_id": MD5, "file_md5": MD5},
        description="also 203.0.113.7",
    )

    assert {(each.kind, each.value) for each in observables(told)} == {
        (Kind.DOMAIN, "c2.badness.zip"),
        (Kind.MD5, MD5),
        (Kind.IPV4, "203.0.113.7"),
    }


def test_ones_own_networks_and_domains_with_all_below_them_are_left_out() -> None:
    own = own_of([ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")], ["Example.com", "192.0.2.1"])
    text = (
        "10.1.2.3 2001:db8::5 web.example.com ann@mail.example.com https://grafana.example.com/d "
        "http://10.1.2.3/x notexample.com 203.0.113.7"
    )

    left = observables(replace(alert(), description=text), own)

    assert {each.value for each in left} == {"notexample.com", "203.0.113.7"}


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.IPV4, "203.0.113.7", "203[.]0[.]113[.]7"),
        (Kind.IPV6, "2001:db8::1", "2001[:]db8[:][:]1"),
        (Kind.DOMAIN, "evil.example.org", "evil[.]example[.]org"),
        (Kind.ACCOUNT, "root@example.com", "root[@]example[.]com"),
        (Kind.URL, "https://evil.example.org/x", "hxxps://evil[.]example[.]org/x"),
        (Kind.CVE, "CVE-2024-3094", "CVE-2024-3094"),
    ],
)
def test_it_is_shown_defanged_and_what_is_shown_is_found_again(kind: Kind, value: str, shown: str) -> None:
    it = Observable(kind, value)

    assert it.shown == shown
    assert it in set(in_text(f"saw {shown} again"))


def test_an_alert_names_no_more_than_so_many() -> None:
    many = " ".join(f"203.0.113.{number}" for number in range(250))

    assert len(observables(replace(alert(), description=many))) == MOST


@pytest.mark.row("A49")
@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "1.",
        "a@",
        "http://",
        "[.]",
        ":",
        "a",
        "[ . ",
        "CVE-",
        "a-",
        "\x01",
        "http://[",
        "@.",
        "=.",
        "((",
        "f" * 31,
    ],
)
def test_a_hundred_thousand_hostile_characters_end(piece: str) -> None:
    """Each is looked at as often as it is long; what backtracks would not come to an end here."""
    text = piece * (100_000 // len(piece))

    assert len(list(in_text(text))) <= 1
    assert len(observables(replace(alert(), title=text, description=text, labels={"a": text}))) <= MOST


@given(st.text(max_size=300), st.booleans())
def test_any_text_can_be_looked_at_and_what_is_found_is_found_in_what_is_shown(
    text: str, trusted: bool
) -> None:
    for each in in_text(text, trusted=trusted):
        assert each in set(in_text(each.shown, trusted=True)), each


def test_the_card_says_what_was_seen_most_often_first() -> None:
    known = [
        Sighting(observable=Observable(Kind.IPV4, f"203.0.113.{n}"), incidents=n, harmless=n // 2)
        for n in range(6)
    ]

    words = seen_before(known, 3)

    assert list(words.values()) == [
        "seen in 5 incidents, 2 false positives",
        "seen in 4 incidents, 2 false positives",
        "seen in 3 incidents, 1 false positive",
    ]
    assert list(seen_before(known[:2], 3).values()) == ["seen in 1 incident"]
