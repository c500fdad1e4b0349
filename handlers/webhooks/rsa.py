"""RSA signatures with PKCS#1 v1.5 padding, checked with the key of an X.509 certificate (RFC 8017 §8.2.2).

Only checking, which needs no secret and so may take whatever time it takes. What must have been signed is
written out whole, padding and all, and compared: nothing in the signature is parsed.
"""

import base64
import binascii
import hashlib
import hmac
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

# DER of `SEQUENCE { AlgorithmIdentifier, OCTET STRING }` up to the digest itself (RFC 8017 §9.2, note 1).
_PREFIXES = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
}
_RSA = bytes.fromhex("06092a864886f70d010101")
_SEQUENCE, _INTEGER, _BITS, _VERSION = 0x30, 0x02, 0x03, 0xA0
_LEAST_BITS = 2048
_LARGEST = 10_000


@dataclass(frozen=True, slots=True)
class _Part:
    """One value of DER: its tag and its content."""

    tag: int
    content: bytes


def signed_by(certificate: bytes, message: bytes, signature: str, digest: str) -> bool:
    """Whether the certificate's RSA key signed this. `digest` is sha1 or sha256; `signature` is Base64."""
    try:
        raw = base64.b64decode(signature[:_LARGEST], validate=True)
        modulus, exponent = _key(certificate)
    except (ValueError, IndexError, binascii.Error):
        return False
    size = (modulus.bit_length() + 7) // 8
    wanted = _PREFIXES[digest] + hashlib.new(digest, message).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(wanted) - 3) + b"\x00" + wanted
    if len(raw) != size or modulus.bit_length() < _LEAST_BITS:
        return False
    return hmac.compare_digest(pow(int.from_bytes(raw), exponent, modulus).to_bytes(size), padded)


def _key(certificate: bytes) -> tuple[int, int]:
    """The modulus and the exponent of a PEM certificate's RSA key. Raises ValueError, IndexError."""
    if len(certificate) > _LARGEST:
        raise ValueError("no certificate is as long as this")
    der = ssl.PEM_cert_to_DER_cert(certificate.decode("ascii"))
    [whole] = _parts(der)
    signed, *_ = _parts(whole.content)
    parts = list(_parts(signed.content))
    # Version (may be left out), serial number, signature, issuer, validity, subject, key (RFC 5280 §4.1)
    key = parts[6 if parts[0].tag == _VERSION else 5]
    algorithm, bits = _parts(key.content)
    if not algorithm.content.startswith(_RSA) or bits.tag != _BITS:
        raise ValueError("not the key of RSA")
    [pair] = _parts(bits.content[1:])
    modulus, exponent = (
        int.from_bytes(part.content) for part in _parts(pair.content) if part.tag == _INTEGER
    )
    if not 3 <= exponent < 2**32 or modulus.bit_length() > 8192:
        raise ValueError("an unlikely key")
    return modulus, exponent


def _parts(der: bytes) -> Iterator[_Part]:
    """The values that stand behind each other (X.690, definite lengths)."""
    at = 0
    while at < len(der):
        tag, length = der[at], der[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(der[at : at + size]), at + size
        if at + length > len(der):
            raise ValueError("cut off")
        yield _Part(tag, der[at : at + length])
        at += length
