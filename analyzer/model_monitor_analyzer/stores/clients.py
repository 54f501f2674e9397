"""Connections as clients of the object-store library: endpoints, credentials, encryption, time limits."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from obstore.store import AzureStore, GCSStore, S3Store

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.stores.location import Location
from model_monitor_api.v1alpha1.storage import Connection, Encryption

if TYPE_CHECKING:
    from obstore.store import (  # exist for type checkers only
        AzureAccessKey,
        AzureSASToken,
        ClientConfig,
        RetryConfig,
        S3Credential,
    )

Client = S3Store | GCSStore | AzureStore

RETRIES: Final = 5
"""Times that a failed request is sent again."""

REQUEST_TIMEOUT_SECONDS: Final = 60
"""How long one request may take; no request moves more than a few megabytes."""

_RETRY: "Final[RetryConfig]" = {
    "max_retries": RETRIES,
    "retry_timeout": timedelta(minutes=2),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=10), "base": 2},
}

# Names in the environment and what the client calls them. Region and endpoint of the connection come before.
_S3_ENVIRONMENT: Final = {
    "AWS_DEFAULT_REGION": "region",
    "AWS_REGION": "region",
    "AWS_ENDPOINT_URL": "endpoint",
    "AWS_ENDPOINT_URL_S3": "endpoint",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "web_identity_token_file",
    "AWS_ROLE_ARN": "role_arn",
    "AWS_ROLE_SESSION_NAME": "role_session_name",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "container_credentials_relative_uri",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "container_credentials_full_uri",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "container_authorization_token_file",
}
_GCS_ENVIRONMENT: Final = {
    "GOOGLE_APPLICATION_CREDENTIALS": "application_credentials",
    "GOOGLE_APPLICATION_CREDENTIALS_JSON": "service_account_key",
}
_AZURE_ENVIRONMENT: Final = {
    "AZURE_STORAGE_ACCOUNT_NAME": "account_name",
    "AZURE_CLIENT_ID": "client_id",
    "AZURE_CLIENT_SECRET": "client_secret",
    "AZURE_TENANT_ID": "tenant_id",
    "AZURE_FEDERATED_TOKEN_FILE": "federated_token_file",
    "AZURE_AUTHORITY_HOST": "authority_host",
}


def make_client(
    location: Location,
    connection: Connection,
    environment: Mapping[str, str],
    encryption: Encryption | None = None,
) -> Client:
    """Return a client for one bucket.

    Parameters
    ----------
    location
        Scheme and bucket.
    connection
        Endpoint, region, addressing.
    environment
        Credentials under the names that the providers' own tools use. Where there are none, the identity of
        the workload or machine serves.
    encryption
        Server-side encryption of everything that this client writes.

    Raises
    ------
    ConfigurationError
        A setting is not accepted or does not fit the store.
    """
    endpoint = (connection.endpoint or "").rstrip("/")
    match location.scheme:
        case "s3":
            config = _s3_config(location.bucket, connection, environment, encryption)
            return _s3(location.bucket, config, environment)
        case "gs":
            return _gcs(location.bucket, endpoint, environment, encryption)
        case _:
            return _azure(location.bucket, endpoint, environment, encryption)


def client_at(url: str, location: Location, connection: Connection, environment: Mapping[str, str]) -> Client:
    """Return a client that takes `{url}/{path}` for an object's URL, and so reaches names of any form.

    Parameters
    ----------
    url
        Begins with that of the bucket; quoted. If it has a query, it is itself what the client asks for.
    location
        Scheme and bucket.
    connection, environment
        As `make_client` takes them.
    """
    whole = f"{url}#" if "?" in url else ""  # what is appended behind the mark is not sent
    if location.scheme == "s3":
        config = _s3_config(location.bucket, connection, environment, None)
        config |= {"endpoint": whole or url, "virtual_hosted_style_request": True}
        return _s3(location.bucket, config, environment)
    if location.scheme == "gs" and whole:
        return _gcs("", whole, environment, None)
    parts = urlsplit(url)
    path, _, last = parts.path.rpartition("/")
    make = _gcs if location.scheme == "gs" else _azure
    return make(unquote(last), parts._replace(path=path).geturl(), environment, None)


def _s3(bucket: str, config: dict[str, str | bool], environment: Mapping[str, str]) -> S3Store:
    """Return an S3 client whose static credentials, if any, come from `environment` alone."""
    key_id, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    token = environment.get("AWS_SESSION_TOKEN")
    if bool(key_id) != bool(secret):
        raise ConfigurationError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set both or not at all")
    options = _client_options(str(config.get("endpoint", "")))
    if not key_id or not secret:
        return S3Store(bucket, config=config, client_options=options, retry_config=_RETRY)  # type: ignore[arg-type] # keys are from the tables above
    credential: S3Credential = {
        "access_key_id": key_id,
        "secret_access_key": secret,
        "token": token or None,
        "expires_at": None,
    }
    # Given as a provider: settings would be completed from the process's own environment, and so might mix
    # one secret's keys with another's session token.
    return S3Store(
        bucket,
        config=config,  # type: ignore[arg-type] # keys are from the tables above
        client_options=options,
        retry_config=_RETRY,
        credential_provider=lambda: credential,
    )


def _s3_config(
    bucket: str, connection: Connection, environment: Mapping[str, str], encryption: Encryption | None
) -> dict[str, str | bool]:
    """Return the settings of an S3 client but for static credentials."""
    config: dict[str, str | bool] = {"region": "us-east-1", **_from(environment, _S3_ENVIRONMENT)}
    if connection.region:
        config["region"] = connection.region
    if connection.endpoint:
        config["endpoint"] = connection.endpoint.rstrip("/")
    if connection.addressing == "VirtualHosted":
        config["virtual_hosted_style_request"] = True
        if "endpoint" in config:  # the client wants the bucket in it then
            scheme, _, host = str(config["endpoint"]).partition("://")
            config["endpoint"] = f"{scheme}://{bucket}.{host}"
    if encryption is not None:
        config["server_side_encryption"] = "aws:kms" if encryption.mode == "KMS" else "AES256"
        if encryption.kms_key_id:
            config["sse_kms_key_id"] = encryption.kms_key_id
    return config


def _gcs(
    bucket: str, endpoint: str, environment: Mapping[str, str], encryption: Encryption | None
) -> GCSStore:
    config = _from(environment, _GCS_ENVIRONMENT)
    if endpoint:
        config["base_url"] = endpoint
    # What has `Content-Encoding: gzip` comes unpacked otherwise: of another size, and never in part.
    headers = {"accept-encoding": "gzip"}
    if encryption is not None and encryption.kms_key_id:
        headers["x-goog-encryption-kms-key-name"] = encryption.kms_key_id
    options: ClientConfig = {**_client_options(endpoint), "default_headers": headers}
    try:
        return GCSStore(bucket, config=config, client_options=options, retry_config=_RETRY)  # type: ignore[arg-type] # keys are from the tables above
    except Exception as error:
        raise _unaccepted("gs", bucket) from error


def _azure(
    container: str, endpoint: str, environment: Mapping[str, str], encryption: Encryption | None
) -> AzureStore:
    if encryption is not None and encryption.mode == "KMS":
        raise ConfigurationError(
            f"encryption.mode KMS does not apply to az://{container}: "
            "set a default encryption scope on the container instead"
        )
    config = _from(environment, _AZURE_ENVIRONMENT)
    if endpoint:
        config["endpoint"] = endpoint
    if "account_name" not in config:
        raise ConfigurationError(f"az://{container} needs AZURE_STORAGE_ACCOUNT_NAME in the environment")
    static = _azure_credential(environment)
    try:
        return AzureStore(
            container,
            config=config,  # type: ignore[arg-type] # keys are from the tables above
            client_options=_client_options(endpoint),
            retry_config=_RETRY,
            # As a provider for the same reason as S3's: the pod's own identity would come before a SAS token.
            credential_provider=None if static is None else lambda: static,
        )
    except Exception as error:
        raise _unaccepted("az", container) from error


def _azure_credential(environment: Mapping[str, str]) -> "AzureAccessKey | AzureSASToken | None":
    if key := environment.get("AZURE_STORAGE_ACCOUNT_KEY"):
        return {"access_key": key, "expires_at": None}
    if token := environment.get("AZURE_STORAGE_SAS_TOKEN"):
        return {"sas_token": token, "expires_at": None}
    return None


def _from(environment: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str | bool]:
    return {key: environment[name] for name, key in names.items() if environment.get(name)}


def _client_options(endpoint: str) -> "ClientConfig":
    return {
        "timeout": timedelta(seconds=REQUEST_TIMEOUT_SECONDS),
        "connect_timeout": timedelta(seconds=5),
        "allow_http": endpoint.startswith("http://"),
        "user_agent": "model-monitor",
    }


def _unaccepted(scheme: str, bucket: str) -> ConfigurationError:
    return ConfigurationError(
        f"the settings for {scheme}://{bucket} are not accepted: check its credentials and endpoint"
    )
