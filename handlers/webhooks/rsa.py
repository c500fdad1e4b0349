"""RSA signatures with PKCS#1 v1.5 padding, checked with the key of an X.509 certificate (RFC 8017 §8.2.2)."""

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

_DIGESTS = {"sha1": SHA1(), "sha256": SHA256()}  # noqa: S303 - of SNS's first version of signatures
_LEAST_BITS = 2048
_LARGEST = 10_000


def signed_by(certificate: bytes, message: bytes, signature: str, digest: str) -> bool:
    """Whether the certificate's RSA key signed this. `digest` is sha1 or sha256; `signature` is Base64.

    Neither the certificate's chain nor its dates are looked at: where it came from is what is trusted.
    """
    if len(certificate) > _LARGEST or len(signature) > _LARGEST:
        return False
    try:
        key = x509.load_pem_x509_certificate(certificate).public_key()
        raw = base64.b64decode(signature, validate=True)
        if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
            return False
        key.verify(raw, message, PKCS1v15(), _DIGESTS[digest])
    except (ValueError, binascii.Error, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
