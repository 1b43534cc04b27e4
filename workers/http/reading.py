"""What is read of an answer: its headers, its body up to a cap, of a refusal the beginning."""

from http.client import HTTPException  # noqa: TID251  # what urllib3 raises

import urllib3

from workers.http.problems import CONTROL, NoAnswer
from workers.http.unpacking import DAMAGED, UNPACKERS

LONGEST_HEADER = 4096  # characters; a longer one is of no use to us
LONGEST_EXCUSE = 4096  # bytes read of a refusal

_CHUNK = 64 * 1024
_NOT_OFFERED = frozenset({"zstd", "deflate", "compress", "x-compress"})


def headers(response: urllib3.BaseHTTPResponse) -> dict[str, str]:
    """The answer's headers, names in lower case. We keep no cookies."""
    return {
        name.lower(): value
        for name, value in response.headers.itermerged()
        if name.lower() != "set-cookie"
        and len(value) <= LONGEST_HEADER
        and not CONTROL.search(value)
    }


def excuse(response: urllib3.HTTPResponse) -> bytes:
    """The beginning of what a refusal has to say; b"" if that is not to be had."""
    try:
        packing = _packing(response)
        said = response.read(LONGEST_EXCUSE, decode_content=False)
        unpacked = UNPACKERS[packing]().unpack(said, most=LONGEST_EXCUSE) if packing else said
    except (OSError, HTTPException, urllib3.exceptions.HTTPError, NoAnswer, *DAMAGED):
        return b""
    return unpacked[:LONGEST_EXCUSE]


def body(response: urllib3.HTTPResponse, *, cap: int) -> bytes:
    """The body, unpacked piece by piece, so that no bomb ever unfolds beyond the cap."""
    too_big = NoAnswer("too_big", f"more than {cap / 1e6:g} MB")
    if (response.length_remaining or 0) > cap:
        raise too_big
    packing = _packing(response)
    unpacker = UNPACKERS[packing]() if packing else None
    body = bytearray()
    received = 0
    while chunk := response.read(_CHUNK, decode_content=False):
        received += len(chunk)
        body += unpacker.unpack(chunk, most=cap + 1 - len(body)) if unpacker else chunk
        if max(received, len(body)) > cap:
            raise too_big
    if unpacker and received and not unpacker.is_whole:
        raise NoAnswer("broken", "the packed answer ends in the middle")
    return bytes(body)


def _packing(response: urllib3.HTTPResponse) -> str:
    """How the body is packed, '' if it is not. Raises NoAnswer for a packing we did not offer."""
    told = response.headers.get("content-encoding")
    if told is None:
        return ""
    packings = [packing.strip() for packing in told.lower().split(",")]
    if len(packings) > 1 or packings[0] in _NOT_OFFERED:
        raise NoAnswer("broken", f"packed as {', '.join(packings)}, which we did not offer")
    return packings[0] if packings[0] in UNPACKERS else ""
