"""Rules of the kind DataCapture and of data in files."""

from typing import Final

from model_monitor_api.rules.rule import Rule, before, exactly_one, ordered
from model_monitor_api.v1alpha1.datacapture import (
    Autoscaling,
    CaptureSource,
    DataCaptureSpec,
    Privacy,
    PrivacyRule,
)
from model_monitor_api.v1alpha1.dataset import Csv, Dataset
from model_monitor_api.v1alpha1.storage import Encryption

CAPTURE_RULES: Final = (
    exactly_one(CaptureSource, "service", "cloud_events", "files"),
    Rule(
        DataCaptureSpec,
        "has(self.storage) || has(self.source.files)",
        "must have `storage` unless `source` is `files`",
        lambda spec: spec.storage is not None or spec.source.files is not None,
    ),
    Rule(
        PrivacyRule,
        "has(self.length) == (self.action == 'Truncate')",
        "must have `length` if and only if `action` is `Truncate`",
        lambda rule: (rule.length is not None) == (rule.action == "Truncate"),
    ),
    Rule(
        Privacy,
        "has(self.hashKeyRef) || !has(self.rules) || self.rules.all(rule, rule.action != 'Hash')",
        "must have `hashKeyRef` when a rule has the action `Hash`",
        lambda privacy: (
            privacy.hash_key_ref is not None or all(rule.action != "Hash" for rule in privacy.rules)
        ),
    ),
    ordered(Autoscaling, "min_replicas", "max_replicas"),
)
"""Rules of DataCapture."""

DATA_RULES: Final = (
    Rule(
        Csv,
        "self.delimiter != self.quote",
        "`delimiter` must differ from `quote`",
        lambda csv: csv.delimiter != csv.quote,
    ),
    exactly_one(Dataset, "uri", "capture_ref"),
    Rule(
        Dataset,
        "has(self.uri) == has(self.format)",
        "must have `format` with `uri`, and only with it",
        lambda dataset: (dataset.uri is None) == (dataset.format is None),
    ),
    Rule(
        Dataset,
        "has(self.captureRef) ? has(self.from) && has(self.to) : !has(self.from) && !has(self.to)",
        "must have `from` and `to` with `captureRef`, and only with it",
        lambda dataset: {dataset.start is None, dataset.end is None} == {dataset.capture_ref is None},
    ),
    before(Dataset, "start", "end"),
    Rule(
        Encryption,
        "has(self.kmsKeyId) == (self.mode == 'KMS')",
        "must have `kmsKeyId` if and only if `mode` is `KMS`",
        lambda encryption: (encryption.kms_key_id is not None) == (encryption.mode == "KMS"),
    ),
)
"""Rules of data in files and of storage."""
