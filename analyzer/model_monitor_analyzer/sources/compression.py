"""Gzip and zstd, recognised by their first bytes and undone piece by piece in bounded memory."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import zstandard

_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_GZIP_FORMAT: Final = 16 + zlib.MAX_WBITS  # zlib's way to ask for gzip headers
_PIECE_BYTES: Final = 1 << 20  # most that one step of gzip gives
_SALVAGE_STEP: Final = 64
_ZSTD_STEP: Final = 2 << 10  # bytes fed at once: 4 bytes can stand for 128 KiB, so this for 64 MiB at worst
_ZSTD_WINDOW: Final = 128 << 20  # largest window that is accepted; the reference tool's own limit


class DamagedError(Exception):
    """Compressed data end early or are damaged; everything before that was given."""


def decompress(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Return the content of an object in pieces.

    Parameters
    ----------
    stream
        The object as it is stored, in pieces of any size: plain, gzip or zstd, also several members or frames
        one after the other.

    Raises
    ------
    DamagedError
        After the last piece that could be had.
    """
    pieces = iter(stream)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= len(_ZSTD_MAGIC):
            break
    if head.startswith(_GZIP_MAGIC):
        return _gunzip(_chained(head, pieces))
    if head.startswith(_ZSTD_MAGIC):
        return _unzstd(_chained(head, pieces))
    return _chained(head, pieces)


def _chained(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_GZIP_FORMAT)
    begun = False
    for piece in pieces:
        data = piece
        while data:
            if inflater.eof:
                data = data.lstrip(b"\0")  # members may be padded with zeros
                if not data:
                    break
                inflater, begun = zlib.decompressobj(_GZIP_FORMAT), False
            begun = True
            before = inflater.copy()
            try:
                out = inflater.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                yield from _salvaged(before, data)
                raise DamagedError from error
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            if out:
                yield out
        # What is left of the output of the last input comes only on asking.
        while not inflater.eof and (out := _more(inflater)):
            yield out
    if begun and not inflater.eof:
        raise DamagedError


def _more(inflater: "zlib._Decompress") -> bytes:
    try:
        return inflater.decompress(b"", _PIECE_BYTES)
    except zlib.error as error:
        raise DamagedError from error


def _salvaged(inflater: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """Yield what comes before the damage; a failing step of zlib gives nothing, so the steps are small."""
    for start in range(0, len(data), _SALVAGE_STEP):
        try:
            yield inflater.decompress(data[start : start + _SALVAGE_STEP])
        except zlib.error:
            return


def _unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = context.decompressobj()
    for piece in pieces:
        for start in range(0, len(piece), _ZSTD_STEP):
            data = piece[start : start + _ZSTD_STEP]
            while data:
                if frame.eof:
                    frame = context.decompressobj()
                try:
                    out = frame.decompress(data)
                except zstandard.ZstdError as error:
                    raise DamagedError from error
                data = frame.unused_data if frame.eof else b""
                if out:
                    yield out
    if not frame.eof:
        raise DamagedError
