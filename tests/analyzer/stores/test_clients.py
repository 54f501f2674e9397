"""How connections and environments become clients of Google Cloud Storage and Azure."""

import json
from datetime import timedelta

import obstore
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.stores import Access, clients, open_store, parse_uri
from model_monitor_api.v1alpha1.storage import Connection, Encryption

AZURE = {"AZURE_STORAGE_ACCOUNT_NAME": "acct", "AZURE_STORAGE_ACCOUNT_KEY": "c2VjcmV0LWtleQ=="}


def test_an_azure_account_and_key_from_the_environment_sign_requests() -> None:
    client = clients.make_client(parse_uri("az://box/x"), Connection(), AZURE)
    url = obstore.sign(client, "GET", "x", timedelta(minutes=1))
    assert url.startswith("https://acct.blob.core.windows.net/box/x?")
    assert "sig=" in url


def test_an_azure_endpoint_may_be_given() -> None:
    connection = Connection(endpoint="http://127.0.0.1:10000/acct")
    client = clients.make_client(parse_uri("az://box/x"), connection, AZURE)
    url = obstore.sign(client, "GET", "x", timedelta(minutes=1))
    assert url.startswith("http://127.0.0.1:10000/acct/box/x?")


def test_azure_without_an_account_says_which_variable_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        open_store("az://box/x", Connection(), Access())


def test_azure_has_no_key_per_write() -> None:
    with pytest.raises(ConfigurationError, match="encryption scope"):
        clients.make_client(
            parse_uri("az://box/x"), Connection(), AZURE, Encryption(mode="KMS", kms_key_id="k")
        )


def test_a_google_service_account_from_the_environment_signs_requests() -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "private_key_id": "1",
        "private_key": key.decode(),
        "client_email": "monitor@project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    environment = {"GOOGLE_APPLICATION_CREDENTIALS_JSON": json.dumps(account)}
    client = clients.make_client(parse_uri("gs://box/x"), Connection(), environment)
    url = obstore.sign(client, "GET", "x", timedelta(minutes=1))
    assert url.startswith("https://storage.googleapis.com/box/x?")
    assert "monitor%40project" in url


def test_a_malformed_google_account_is_refused_without_showing_it() -> None:
    environment = {"GOOGLE_APPLICATION_CREDENTIALS_JSON": '{"private_key": "hunter2"'}
    with pytest.raises(ConfigurationError, match="check its credentials") as caught:
        open_store("gs://box/x", Connection(), Access(environment=environment))
    assert "hunter2" not in str(caught.value)
