"""Every error says by its failure how it ends and whether a retry can help."""

from model_monitor_analyzer.errors import AnalyzerError


def test_each_error_has_a_failure_of_its_own() -> None:
    pending, kinds = [AnalyzerError], []
    while pending:
        kind = pending.pop()
        kinds.append(kind)
        pending.extend(kind.__subclasses__())
    told = [kind for kind in kinds if "failure" in vars(kind)]
    assert len({kind.failure for kind in told}) == len(told)
    for kind in told:
        error = kind("what to do")
        assert error.reason == kind.failure.value
        assert error.retryable == (30 <= error.exit_code < 40)
