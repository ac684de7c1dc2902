"""How the text or TOML value of a setting becomes a value: one function a kind, its docstring for people."""

import ipaddress
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from limen.state.valkey.url import parse_url

Parse = Callable[[Any], Any]
"""Text from a flag or a variable, or a TOML value, to a value; ValueError says what it should have been."""

_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})*")
_SIZE = re.compile(r"([0-9]{1,15})\s*([KMG]?)i?B?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("a text")
    return value


def path(value: Any) -> Path:
    return Path(text(value)).expanduser()


def absolute_paths(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and path(item).is_absolute() for item in value):
        raise ValueError("a list of absolute paths")
    return tuple(str(path(item)) for item in value)


def truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "yes", "on", "1"):
        return True
    if isinstance(value, str) and value.lower() in ("false", "no", "off", "0"):
        return False
    raise ValueError("true or false")


def whole_number(lowest: int, highest: int) -> Parse:
    def parse(value: Any) -> int:
        wanted = f"a whole number from {lowest} to {highest}"
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(wanted)
        return value

    return parse


port = whole_number(0, 65535)


def seconds(value: Any) -> float:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86400:
        raise ValueError("seconds, from 0 to 86400")
    return float(value)


AWS_USAGE_DELAY = 900.0
"""As a round figure: AWS says that what GetUsage tells is not real time, and no more."""


def usage_delay(value: Any) -> float:
    try:
        return AWS_USAGE_DELAY if value == "aws" else seconds(value)
    except ValueError as error:
        raise ValueError(f"aws or {error}") from None


class Throttle(Struct, frozen=True):
    """Requests per second, and how many may come at once; is_off: any number."""

    rate: float
    burst: int
    is_off: bool = False


def throttle(value: Any) -> Throttle:
    if value == "off" or value is False:
        return Throttle(0.0, 0, is_off=True)
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*,\s*([0-9]{1,9})", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("off or RATE,BURST such as 10000,5000")
    return Throttle(float(found[1]), int(found[2]))


def size(value: Any) -> int:
    matched = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if matched is not None:
        value = int(matched[1]) * _UNITS[matched[2].upper()]
    if isinstance(value, bool) or not isinstance(value, int) or not 1 << 20 <= value <= 1 << 50:
        raise ValueError("a size of 1MB or more, such as 256MB, 1GB or a number of bytes")
    return value


def size_or_none(value: Any) -> int:
    return 0 if value in (0, "0") and value is not False else size(value)


def one_of(*choices: str, later: tuple[str, ...] = ()) -> Parse:
    """`later`: values that will mean something and are refused until they do."""

    def parse(value: Any) -> str:
        if value in later:
            raise ValueError(f"{' or '.join(choices)} in this version")
        if value not in choices:
            raise ValueError(" or ".join(choices))
        return str(value)

    return parse


def matching(pattern: str, wanted: str) -> Parse:
    expression = re.compile(pattern)

    def parse(value: Any) -> str:
        if not isinstance(value, str) or expression.fullmatch(value) is None:
            raise ValueError(wanted)
        return value

    return parse


def host_name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 253 or _HOST_NAME.fullmatch(value.lower()) is None:
        raise ValueError("a host name")
    return value.lower()


def host_names(value: Any) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
    if not isinstance(names, list):
        raise ValueError("host names or addresses, separated by commas")
    return tuple(address(name) for name in names)


def networks(value: Any) -> tuple[str, ...]:
    """Addresses or networks in CIDR notation."""
    wanted = "networks such as 10.0.0.0/8 or 2001:db8::/32, separated by commas"
    given = [each.strip() for each in value.split(",") if each.strip()] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(each, str) and "%" not in each for each in given):
        raise ValueError(wanted)
    try:
        return tuple(str(ipaddress.ip_network(each)) for each in given)
    except ValueError:
        raise ValueError(wanted) from None


def function_names(value: Any) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(
        isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in names
    ):
        raise ValueError("names of functions")
    return tuple(names)


def address(value: Any) -> str:
    """A host name or an IP address to listen on or to be called by."""
    if isinstance(value, str) and re.fullmatch(r"[0-9a-f:.]*:[0-9a-f:.]*", value, re.IGNORECASE):
        return value
    try:
        return host_name(value)
    except ValueError:
        raise ValueError("a host name or an IP address") from None


def base_url(value: Any) -> str:
    if not isinstance(value, str) or not _is_origin(value.rstrip("/"), ("https",)):
        raise ValueError("a URL of the form https://host or https://host:port")
    return value.rstrip("/")


def store_url(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
        raise ValueError("sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE")
    return value.replace("postgresql://", "postgresql+psycopg://", 1)


def state_url(value: Any) -> str:
    """`memory`, or where a Valkey or Redis server is."""
    if not isinstance(value, str):
        raise ValueError("memory, or a URL that begins with valkey://, valkeys://, redis:// or rediss://")
    if value != "memory":
        parse_url(value)
        if find_spec("hiredis") is None:
            raise ValueError("memory, as the package hiredis is not installed: pip install 'limen[valkey]'")
    return value


def backend(value: Any) -> str:
    """Where private integrations go: an address, by plain HTTP unless it says otherwise."""
    wanted = "an address such as 10.0.0.5:8080, orders.internal or https://orders.internal"
    if not isinstance(value, str):
        raise ValueError(wanted)
    with_scheme = value if "://" in value else f"http://{value}"
    if not _is_origin(with_scheme, ("http", "https")):
        raise ValueError(wanted)
    return value


def endpoint(value: Any) -> str:
    if not isinstance(value, str) or urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname:
        raise ValueError("a URL")
    return value


def function_target(value: Any) -> str:
    if value in ("local", "aws"):
        return str(value)
    try:
        return endpoint(value)
    except ValueError:
        raise ValueError("local, aws or a URL") from None


def table_of(parse: Parse) -> Parse:
    """A TOML table whose values are all of one kind; an error names the key."""

    def parse_table(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("a table")
        parsed = {}
        for key, item in value.items():
            try:
                parsed[key] = parse(item)
            except ValueError as error:
                raise ValueError(f"{error} for {key!r}") from None
        return parsed

    return parse_table


def _is_origin(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port
        host = parts.hostname or ""
        address(host)
    except ValueError:
        return False
    return parts.scheme in schemes and not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
