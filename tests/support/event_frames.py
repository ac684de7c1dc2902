"""Frames of an event stream, rendered from its description alone (application/vnd.amazon.eventstream)."""

import struct
from binascii import crc32


def event_frame(event_type: str, content_type: str, payload: bytes) -> bytes:
    named = {":message-type": "event", ":event-type": event_type, ":content-type": content_type}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack("!H", len(value)) + value.encode()
        for name, value in named.items()
    )
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    frame = prelude + struct.pack("!I", crc32(prelude)) + headers + payload
    return frame + struct.pack("!I", crc32(frame))
