"""Fixtures of the store tests."""

from tests.support.s3 import s3_bucket, s3_checks_credentials, s3_endpoint, serve

__all__ = ["s3_bucket", "s3_checks_credentials", "s3_endpoint", "serve"]
