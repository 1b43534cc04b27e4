"""Bodies unpacked as they come, so that a bomb never unfolds and a torn one is seen."""

import zlib
from collections.abc import Callable
from typing import Protocol

import brotli


class Unpacker(Protocol):
    """Unpacks a body as it comes.

    Not urllib3's own decoding: that takes an answer cut off in the middle for a whole one, and its
    validators would then hide the missing stories until the publisher's next change.
    """

    is_whole: bool  # everything so far ends with an end

    def unpack(self, packed: bytes, *, most: int) -> bytes:
        """What the bytes unpack to, hardly more than `most` bytes of it. Raises DAMAGED."""


class _Gunzip:
    """Unpacks gzip, in as many members as there are."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self.is_whole = False

    def unpack(self, packed: bytes, *, most: int) -> bytes:
        unpacked = bytearray()
        while packed and len(unpacked) < most:
            try:
                unpacked += self._member.decompress(packed, most - len(unpacked))
            except zlib.error:
                if not self.is_whole:
                    raise
                break  # padding after the last member: other clients overlook it, too
            self.is_whole = self._member.eof
            if not self.is_whole:
                break
            packed = self._member.unused_data
            self._member = zlib.decompressobj(wbits=31)
        return bytes(unpacked)


class _Unbrotli:
    """Unpacks Brotli. Its limit is rough, as its buffer doubles: it may give twice of `most`."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self.is_whole = False

    def unpack(self, packed: bytes, *, most: int) -> bytes:
        unpacked = self._stream.process(packed, output_buffer_limit=most)
        self.is_whole = self._stream.is_finished()
        return unpacked


UNPACKERS: dict[str, Callable[[], Unpacker]] = {
    "gzip": _Gunzip,
    "x-gzip": _Gunzip,
    "br": _Unbrotli,
}
DAMAGED = (zlib.error, brotli.error)
