"""URIs are taken apart literally and put together with single slashes."""

import pytest

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.stores import join_uri, parse_uri


def test_the_key_is_kept_as_written() -> None:
    location = parse_uri("s3://bucket//a//b c%20/")
    assert (location.scheme, location.bucket, location.key) == ("s3", "bucket", "/a//b c%20/")
    assert location.segments == ("a", "b c%20")


@pytest.mark.parametrize(
    ("uri", "hint"),
    [
        ("/data/train.csv", "must begin with one of file://"),
        ("ftp://host/x", "must begin with one of file://"),
        ("file://data/train.csv", "write file:/// and the absolute path"),
        ("s3:///key", "write s3://bucket/prefix"),
        ("pvc://claim/../other", "without it"),
        ("s3://bucket/a/./b", "without it"),
    ],
)
def test_a_wrong_uri_is_refused_with_the_remedy(uri: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint) as caught:
        parse_uri(uri)
    assert uri in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("uri", ["s3://user:hunter2@b/x", "file://hunter2@host/x", "gs://hunter2@b"])
def test_credentials_in_a_uri_are_refused_and_not_shown(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="holds credentials: leave them out") as caught:
        parse_uri(uri)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
@pytest.mark.parametrize("bucket", ["my bucket", "b?x", "b#x", "b%2fx", "b\nx", "b\x01", "..", "bü", "[::1"])
def test_a_bucket_that_would_change_its_url_is_refused(scheme: str, bucket: str) -> None:
    with pytest.raises(ConfigurationError, match="no bucket that can be") as caught:
        parse_uri(f"{scheme}://{bucket}/x")
    assert str(caught.value).isprintable()
    assert parse_uri(f"{scheme}://A-$web_1.example.org/x").bucket == "A-$web_1.example.org"


def test_nul_in_a_uri_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="NUL character") as caught:
        parse_uri("file:///a\0b")
    assert str(caught.value).isprintable()


def test_joining_leaves_single_slashes() -> None:
    assert join_uri("s3://bucket//out/", "/a/", "b/c", "d.json") == "s3://bucket/out/a/b/c/d.json"
    assert join_uri("file:///", "x") == "file:///x"
    assert join_uri("s3://bucket", "x") == "s3://bucket/x"
