"""Certificates by which the pods of a scaled-out run know each other, with an authority of their own."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME: Final = timedelta(days=3650)
"""They are never looked at again: to renew them, one deletes the Service and the Secret."""

_CLOCKS_DIFFER: Final = timedelta(hours=1)
_AUTHORITY: Final = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "model-monitor-authority")])
_POD: Final = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "model-monitor")])


class Certificates(NamedTuple):
    """What every pod of a run has, all in PEM."""

    authority: str
    """Certificate of the authority, whose key is kept nowhere."""

    certificate: str
    """Certificate of the pods, for both ends of a connection."""

    key: str
    """Its key."""


def make_certificates(hosts: str, now: datetime) -> Certificates:
    """Return new certificates, made from the system's randomness.

    Parameters
    ----------
    hosts
        Name of the pods in the DNS, such as `*.workers.models.svc.cluster.local`.
    now
        When they begin to hold.
    """
    signing, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = (
        _template(_AUTHORITY, signing.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(signing, hashes.SHA256())
    )
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    both_ends = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    certificate = (
        _template(_POD, own.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both_ends), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(hosts)]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(signing, hashes.SHA256())
    )
    return Certificates(
        authority=authority.public_bytes(serialization.Encoding.PEM).decode(),
        certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key=own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )


def _template(subject: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_AUTHORITY)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
