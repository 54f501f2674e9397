"""The packets of the cluster's DNS server."""

import struct

from tests.cluster.dns import answer, parse

QUESTION = (
    b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01"
    b"\x03Web\x06models\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01"
)
EXTENSION = b"\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00"


def test_a_name_is_read_in_lower_case() -> None:
    labels, kind, end = parse(QUESTION + EXTENSION)
    assert labels == ["web", "models", "svc", "cluster", "local"]
    assert (kind, end) == (1, len(QUESTION))


def test_an_answer_repeats_the_question_and_carries_addresses() -> None:
    told = answer(QUESTION + EXTENSION, len(QUESTION), 0, ["10.215.0.7", "10.215.0.8"])
    assert struct.unpack("!HHHHHH", told[:12]) == (0x1234, 0x8580, 1, 2, 0, 0)
    assert told[12 : len(QUESTION)] == QUESTION[12:]
    assert told.count(bytes([10, 215, 0])) == 2


def test_no_such_name_has_no_addresses() -> None:
    told = answer(QUESTION, len(QUESTION), 3, [])
    assert told[3] & 0xF == 3
    assert len(told) == len(QUESTION)
