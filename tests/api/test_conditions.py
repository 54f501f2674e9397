"""Conditions, reasons and exit codes keep the promises of their tables."""

import re

from model_monitor_api.conditions import CONDITIONS, BaselineReady
from model_monitor_api.failures import EXIT_CODES, Failure, Inconclusive
from model_monitor_api.objects import KINDS

_CAMEL_CASE = re.compile(r"[A-Z][A-Za-z0-9]*")


def test_every_kind_has_conditions_and_each_type_every_status_it_can_have() -> None:
    assert {condition.kind for condition in CONDITIONS} == set(KINDS)
    for condition in CONDITIONS:
        statuses = {reason.status for reason in condition.reasons}
        assert {"True", "False"} <= statuses, condition.name


def test_reasons_are_constants_with_sentences() -> None:
    told = [reason for condition in CONDITIONS for reason in condition.reasons]
    for reason in [*told, *Failure, *Inconclusive]:
        assert _CAMEL_CASE.fullmatch(reason.value)
        assert reason.meaning.endswith(".")
        assert reason.next_step.endswith(".")


def test_a_reason_is_its_text() -> None:
    assert str(BaselineReady.COMPUTED) == "Computed"
    assert BaselineReady.COMPUTED.status == "True"
    assert f"{Failure.SCRIPT_FAILED}" == "ScriptFailed"


def test_exit_codes_are_unique_and_their_range_tells_whether_a_retry_can_help() -> None:
    codes = [failure.exit_code for failure in Failure if failure.exit_code is not None]
    assert len(codes) == len(set(codes))
    assert 0 not in codes
    for failure in Failure:
        if failure.exit_code in range(10, 30) or failure.exit_code == 2:
            assert not failure.retryable, failure
        elif failure.exit_code in range(30, 40):
            assert failure.retryable, failure


def test_a_container_that_the_node_ended_for_its_memory_ran_out_of_memory() -> None:
    assert EXIT_CODES[137] is EXIT_CODES[24] is Failure.OUT_OF_MEMORY
