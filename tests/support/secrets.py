"""Secrets as kubelet mounts them, and users of the S3 server that may reach one bucket each."""

import json
import uuid
from collections.abc import Mapping
from pathlib import Path

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends


def mount(folder: Path, name: str, keys: Mapping[str, str | bytes]) -> None:
    """Write a Secret below a folder as kubelet does: each key a link into a version that a link names."""
    place = folder / name
    version = f"..{uuid.uuid4().hex}"
    (place / version).mkdir(parents=True)
    for key, value in keys.items():
        (place / version / key).write_bytes(value if isinstance(value, bytes) else value.encode())
    draft = place / "..data_tmp"
    draft.symlink_to(version)
    draft.rename(place / "..data")
    for key in keys:
        if not (place / key).is_symlink():
            (place / key).symlink_to(f"..data/{key}")


def user_of(bucket: str) -> dict[str, str]:
    """Create a user who may do everything with one bucket and nothing else; return the keys."""
    backend = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    name = f"user-{uuid.uuid4().hex[:8]}"
    backend.create_user("us-east-1", name)
    allowed = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    backend.put_user_policy(name, "own", json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    key = backend.create_access_key(name)
    return {"AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": key.secret_access_key}
