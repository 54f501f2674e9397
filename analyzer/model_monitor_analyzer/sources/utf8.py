"""Bytes that should be UTF-8 and may not be."""


def repair(data: bytes | bytearray) -> tuple[bytes, tuple[int, ...]]:
    r"""Return valid UTF-8 and the indices of the lines that were not.

    Each maximal invalid sequence becomes one U+FFFD. Line breaks are kept, so lines stay where they are.
    """
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError:
        pass
    else:
        return bytes(data), ()
    bad = []
    for index, line in enumerate(bytes(data).split(b"\n")):
        try:
            line.decode()
        except UnicodeDecodeError:
            bad.append(index)
    return data.decode(errors="replace").encode(), tuple(bad)
