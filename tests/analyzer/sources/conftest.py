"""Fixtures of the source tests."""

from tests.support.s3 import s3_bucket, s3_endpoint, serve

__all__ = ["s3_bucket", "s3_endpoint", "serve"]
