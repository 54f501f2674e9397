"""Where objects stand and how they are reached."""

from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import ENDPOINT, ApiModel, ObjectReference, Uri


class Connection(ApiModel):
    """How an object store is reached; by default by workload identity at the region's own endpoint."""

    secret_ref: ObjectReference | None = None
    """Secret whose keys become the environment of the reader (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    `AWS_SESSION_TOKEN`; `GOOGLE_APPLICATION_CREDENTIALS_JSON`; `AZURE_STORAGE_ACCOUNT_NAME`,
    `AZURE_STORAGE_ACCOUNT_KEY`, `AZURE_STORAGE_SAS_TOKEN`). A run without a cluster takes the same names from
    its own environment."""

    endpoint: (
        Annotated[
            str,
            Field(max_length=512, pattern=ENDPOINT, examples=["https://minio.storage:9000"]),
        ]
        | None
    ) = None
    """Endpoint of a store that is not at its provider's own, such as `https://minio.storage:9000`; of `az://`
    up to the container. `http://` only inside trusted networks."""

    region: (
        Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[-a-z0-9]+$", examples=["eu-central-1"])]
        | None
    ) = None
    """Region of the bucket."""

    addressing: Literal["Path", "VirtualHosted"] = "Path"
    """How an S3 bucket is addressed: in the path, or in the host name."""


class Encryption(ApiModel):
    """Server-side encryption of what is written."""

    mode: Annotated[Literal["StoreManaged", "KMS"], Field(examples=["KMS"])] = "StoreManaged"
    """Key held by the store, or a key of a key-management service."""

    kms_key_id: (
        Annotated[str, Field(min_length=1, max_length=2048, examples=["alias/model-monitor"])] | None
    ) = None
    """Identifier of the key; required with `KMS`."""


class Output(ApiModel):
    """Where results are written."""

    uri: Annotated[Uri, Field(examples=["s3://models/churn/monitoring"])]
    """Prefix under which the project lays out its artifacts."""

    connection: Connection = Connection()
    """How the store is reached."""

    encryption: Encryption | None = None
    """Server-side encryption; the bucket's own default where absent."""
