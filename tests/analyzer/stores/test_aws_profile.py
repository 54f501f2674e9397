"""The shared credentials file of people's own machines."""

from datetime import timedelta
from pathlib import Path

import obstore
import pytest

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.stores import Access, open_store
from model_monitor_analyzer.stores.aws_profile import with_profile
from model_monitor_analyzer.stores.remote import RemoteStore
from model_monitor_api.v1alpha1.storage import Connection

FILE = """
[default]
aws_access_key_id = default-key
aws_secret_access_key = default-secret

[work]
aws_access_key_id = work-key
aws_secret_access_key = work-secret
aws_session_token = work%token
region = eu-west-1

[sso]
sso_session = company
"""


@pytest.fixture
def home(tmp_path: Path) -> str:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(FILE)
    return str(tmp_path)


def test_the_default_profile_completes_the_environment(home: str) -> None:
    store = open_store("s3://b/x", Connection(), Access(environment={"HOME": home}))
    assert isinstance(store, RemoteStore)
    url = obstore.sign(store._client, "GET", "k", timedelta(minutes=1))
    assert "default-key" in url


def test_a_named_profile_has_token_and_region(home: str) -> None:
    found = with_profile({"HOME": home, "AWS_PROFILE": "work", "AWS_REGION": "eu-north-1"})
    assert found["AWS_ACCESS_KEY_ID"] == "work-key"
    assert found["AWS_SESSION_TOKEN"] == "work%token"
    assert found["AWS_REGION"] == "eu-north-1", "the environment comes first"


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"])
def test_keys_and_workload_identity_come_first(home: str, name: str) -> None:
    environment = {"HOME": home, "AWS_PROFILE": "work", name: "x"}
    assert with_profile(environment) == environment


def test_without_a_file_nothing_changes(tmp_path: Path) -> None:
    for environment in ({}, {"HOME": str(tmp_path)}, {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "x")}):
        assert with_profile(environment) == environment


@pytest.mark.parametrize("profile", ["sso", "absent"])
def test_a_named_profile_without_keys_is_refused_with_the_remedy(home: str, profile: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"AWS_PROFILE is '{profile}'.*export-credentials"):
        with_profile({"HOME": home, "AWS_PROFILE": profile})


def test_a_file_that_is_none_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("hunter2\n")
    with pytest.raises(ConfigurationError, match="can't be read") as caught:
        with_profile({"AWS_SHARED_CREDENTIALS_FILE": str(path)})
    assert "hunter2" not in str(caught.value)
