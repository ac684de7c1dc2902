"""Other spellings of a guarded path: ways in which routers, authorizers and backends have read one path differently."""

import posixpath
from urllib.parse import unquote

SPELLINGS = [
    *("/{0}//x", "//{0}/x", "/./{0}/x", "/{0}/./x", "/{0}/x/", "/{0}/x//", "/{0};a/x", "/;/{0}/x", "/{0}/x;"),
    *("/open/../{0}/x", "/open/..;/{0}/x", "/open/..;a=b/{0}/x", "/open/%2e%2e/{0}/x", "/open/.%2e/{0}/x"),
    *(
        "/open%2f..%2f{0}/x",
        "/open/..%2f{0}/x",
        "/open/%2e%2e%2f{0}/x",
        "/open/%252e%252e/{0}/x",
        "/open/..%252f{0}/x",
    ),
    *(
        "/open/..\\{0}\\x",
        "/open\\..\\{0}/x",
        "/open/..%5c{0}%5cx",
        "/open/%c0%ae%c0%ae/{0}/x",
        "/open/%c0%af{0}/x",
    ),
    *(
        "/{0}%2fx",
        "/{0}/%2fx",
        "/%2f{0}/x",
        "/{0}%00/x",
        "/{0}%20/x",
        "/{0}./x",
        "/{0}%2e/x",
        "/{0}%3fx",
        "/{0}%23/x",
    ),
    *(
        "/{1}/x",
        "/{2}/x",
        "/{2}/%78",
        "/open/x?/../{0}/x",
        "/open/x%3f/../{0}/x",
        "/open/x%0a/../{0}",
        "/open/.%00./{0}",
    ),
]
"""`{0}` is the first segment of the guarded path, `{1}` the same in capitals, `{2}` with an escape in it; `/open` is
what everybody may reach."""


def spell(spelling: str, segment: str) -> str:
    return spelling.format(segment, segment.upper(), f"%{ord(segment[0]):02x}{segment[1:]}")


def is_open(target: str) -> bool:
    """Whether it lies below /open, however often a backend decodes it and however it cleans it up."""
    path = target.partition("?")[0]
    for decoded in (path, unquote(path)):
        clean = "/".join(part.partition(";")[0] for part in decoded.replace("\\", "/").split("/"))
        if not posixpath.normpath(clean).lstrip("/").startswith("open"):
            return False
    return True
