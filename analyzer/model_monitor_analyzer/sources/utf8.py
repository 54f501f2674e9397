"""Bytes that should be UTF-8 and may not be."""


def repair(data: bytes) -> tuple[bytes, tuple[int, ...]]:
    r"""Return valid UTF-8 and the indices of the lines that were not.

    Each maximal invalid sequence becomes one U+FFFD. Line breaks are kept, so lines stay where they are.
    """
    if data.isascii():
        return data, ()
    try:
        data.decode()
    except UnicodeDecodeError:
        pass
    else:
        return data, ()
    bad = []
    for index, line in enumerate(data.split(b"\n")):
        try:
            line.decode()
        except UnicodeDecodeError:
            bad.append(index)
    return data.decode(errors="replace").encode(), tuple(bad)
