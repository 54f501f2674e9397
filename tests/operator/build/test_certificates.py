"""The pods of a run trust one another over a real connection, and nobody else."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from model_monitor_operator.build.certificates import LIFETIME, Certificates, make_certificates

NOW = datetime.now(UTC)
HOSTS = "*.mms-churn-workers.models.svc.cluster.local"
LEADER = "mms-churn-28401120-0.mms-churn-workers.models.svc.cluster.local"


def _context(certificates: Certificates, folder: Path, purpose: ssl.Purpose) -> ssl.SSLContext:
    chain, key = folder / "tls.crt", folder / "tls.key"
    chain.write_text(certificates.certificate)
    key.write_text(certificates.key)
    context = ssl.create_default_context(purpose, cadata=certificates.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(chain, key)
    return context


def _shake_hands(leader: Certificates, worker: Certificates, folder: Path) -> None:
    to_worker, to_leader = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = _context(leader, folder, ssl.Purpose.CLIENT_AUTH).wrap_bio(
        to_leader, to_worker, server_side=True
    )
    client = _context(worker, folder, ssl.Purpose.SERVER_AUTH).wrap_bio(
        to_worker, to_leader, server_hostname=LEADER
    )
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert server.getpeercert()
    assert client.getpeercert()


def test_a_worker_and_its_leader_trust_each_other(tmp_path: Path) -> None:
    certificates = make_certificates(HOSTS, NOW)
    _shake_hands(certificates, certificates, tmp_path)


def test_the_pods_of_another_schedule_are_not_trusted(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake_hands(make_certificates(HOSTS, NOW), make_certificates(HOSTS, NOW), tmp_path)


def test_they_hold_from_now_on_for_ten_years() -> None:
    found = x509.load_pem_x509_certificate(make_certificates(HOSTS, NOW).certificate.encode())
    assert found.not_valid_before_utc < NOW
    assert found.not_valid_after_utc - NOW >= LIFETIME - timedelta(seconds=1)
