"""The configuration files that an image of one's own finds, as SageMaker's processing jobs have them."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_monitor_api.contract.custom import INPUT, OUTPUT, ROOT
from model_monitor_api.contract.plan import AnalysisPlan, InputData


def write_configuration(
    folder: Path, plan: AnalysisPlan, data: InputData, variables: Mapping[str, str]
) -> None:
    """Write `processingjobconfig.json`, `resourceconfig.json`, and the variables for a shell to read."""
    analyzer = plan.analyzer
    job: dict[str, Any] = {
        "ProcessingJobName": plan.subject.name,
        "AppSpecification": {
            "ImageUri": analyzer.image if analyzer else "",
            "ContainerEntrypoint": analyzer.command if analyzer else None,
            "ContainerArguments": analyzer.args if analyzer else None,
        },
        "Environment": dict(variables),
        "ProcessingInputs": [
            {
                "InputName": "dataset",
                "AppManaged": False,
                "S3Input": {"LocalPath": str(ROOT / INPUT), "S3Uri": data.files.uri},
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "result",
                    "AppManaged": False,
                    "S3Output": {
                        "LocalPath": str(ROOT / OUTPUT),
                        "S3Uri": plan.output.uri,
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    }
    host = {"current_host": "algo-1", "hosts": ["algo-1"]}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "processingjobconfig.json").write_text(json.dumps(job, indent=2), encoding="utf-8")
    (folder / "resourceconfig.json").write_text(json.dumps(host), encoding="utf-8")
    (folder / "environment").write_text("".join(lines), encoding="utf-8")
