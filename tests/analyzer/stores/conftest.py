"""Fixtures of the store tests."""

from tests.support.clouds import azure, cloud_bucket, gcs
from tests.support.s3 import s3_bucket, s3_checks_credentials, s3_endpoint, serve

__all__ = [
    "azure",
    "cloud_bucket",
    "gcs",
    "s3_bucket",
    "s3_checks_credentials",
    "s3_endpoint",
    "serve",
]
