"""The setting `state`: where the Valkey or Redis server is, and how to speak to it.

valkey://USER:PASSWORD@HOST:PORT/DATABASE, valkeys:// by TLS, redis:// and rediss:// the same; `?cluster=true`;
valkey+sentinel://HOST:PORT,HOST:PORT/SERVICE/DATABASE. No message and no repr has a password in it.
"""

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from msgspec import Struct

PORT, SENTINEL_PORT = 6379, 26379
_SCHEMES = {"valkey": False, "redis": False, "valkeys": True, "rediss": True}
"""Whether they speak TLS."""
_OPTIONS = ("cluster", "prefix", "ca", "cert", "key", "check_hostname", "sentinel_user", "sentinel_password")
_TLS_OPTIONS = ("ca", "cert", "key", "check_hostname")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._-]+)?")
_PREFIX = re.compile(r"[A-Za-z0-9_.:-]{0,64}")


class Address(Struct, frozen=True):
    """Of a server."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Login(Struct, frozen=True):
    """Who we are to a server: "" where it does not ask."""

    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


class TlsFiles(Struct, frozen=True):
    """Files in PEM; "" where there is none: then the system's authorities are trusted, and no certificate shown."""

    ca: str = ""
    certificate: str = ""
    key: str = ""
    check_hostname: bool = True


class StateUrl(Struct, frozen=True, kw_only=True):
    """What the setting says. With `service`, addresses are of sentinels, which know where its master is."""

    scheme: str
    addresses: tuple[Address, ...]
    login: Login = Login()
    database: int = 0
    service: str = ""
    is_cluster: bool = False
    sentinel_login: Login = Login()
    tls: TlsFiles | None = None
    prefix: str = "limen:"

    def __str__(self) -> str:
        """For people: where it is, without who we are to it."""
        addresses = ",".join(map(str, self.addresses))
        service = f"/{self.service}" if self.service else ""
        return f"{self.scheme}://{addresses}{service}" + (f"/{self.database}" if self.database else "")


def parse_url(text: str) -> StateUrl:
    """Raises ValueError, whose message goes on after "must be "."""
    try:
        split = urlsplit(text)
    except ValueError:
        raise ValueError("a URL with a host of the form name or [IPv6 address]") from None
    scheme, _, kind = split.scheme.partition("+")
    if scheme not in _SCHEMES or kind not in ("", "sentinel"):
        raise ValueError("memory, or a URL that begins with valkey://, valkeys://, redis:// or rediss://")
    if split.fragment or any(not character.isprintable() or character == " " for character in text):
        raise ValueError("a URL without spaces and without #; in a password they are %20 and %23")
    options = _read_options(split.query)
    has_tls = _SCHEMES[scheme]
    _check_options(options, has_tls, kind == "sentinel")
    userinfo, _, places = split.netloc.rpartition("@")
    is_cluster = options.get("cluster") == "true"
    addresses = _read_addresses(places, SENTINEL_PORT if kind else PORT, several=bool(kind) or is_cluster)
    service, database = _read_path(split, kind == "sentinel")
    if is_cluster and database:
        raise ValueError("without a database where cluster=true: a cluster has none but 0")
    return StateUrl(
        scheme=split.scheme,
        addresses=addresses,
        login=_read_login(userinfo),
        database=database,
        service=service,
        is_cluster=is_cluster,
        sentinel_login=Login(options.get("sentinel_user", ""), options.get("sentinel_password", "")),
        tls=_tls_files(options) if has_tls else None,
        prefix=options.get("prefix", "limen:"),
    )


def _read_options(query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _OPTIONS and "@" in query:
            raise ValueError("a URL in whose password ? is %3F, / is %2F and # is %23")
        if name not in _OPTIONS:
            raise ValueError(f"a URL whose options are of {', '.join(_OPTIONS)}; there is no {name!r}")
        if name in options:
            raise ValueError(f"a URL with {name} once")
        options[name] = value
    return options


def _check_options(options: dict[str, str], has_tls: bool, has_sentinels: bool) -> None:
    for name in ("cluster", "check_hostname"):
        if options.get(name, "true") not in ("true", "false"):
            raise ValueError(f"a URL with {name}=true or {name}=false")
    if not has_tls and any(name in options for name in _TLS_OPTIONS):
        raise ValueError("a URL of valkeys:// or rediss:// where ca, cert, key or check_hostname are given")
    if "key" in options and "cert" not in options:
        raise ValueError("a URL with cert where key is given")
    if any(not options[name] for name in ("ca", "cert", "key") if name in options):
        raise ValueError("a URL whose ca, cert and key are names of files")
    if has_sentinels and options.get("cluster") == "true":
        raise ValueError("a URL of sentinels or of a cluster, not of both")
    if not has_sentinels and ("sentinel_user" in options or "sentinel_password" in options):
        raise ValueError("a URL of valkey+sentinel:// where sentinel_user or sentinel_password are given")
    if _PREFIX.fullmatch(options.get("prefix", "")) is None:
        raise ValueError("a URL whose prefix is up to 64 letters, digits and _ . : -")


def _tls_files(options: dict[str, str]) -> TlsFiles:
    certificate = options.get("cert", "")
    check_hostname = options.get("check_hostname", "true") == "true"
    return TlsFiles(options.get("ca", ""), certificate, options.get("key", certificate), check_hostname)


def _read_login(userinfo: str) -> Login:
    user, colon, password = userinfo.partition(":")
    if user and not colon:
        raise ValueError("a URL with USER:PASSWORD@ or :PASSWORD@, not with a user alone")
    return Login(unquote(user), unquote(password))


def _read_path(split: SplitResult, has_sentinels: bool) -> tuple[str, int]:
    parts = split.path.removeprefix("/").split("/")
    service = unquote(parts.pop(0)) if has_sentinels else ""
    if has_sentinels and not service:
        raise ValueError("a URL that names the sentinels' service: valkey+sentinel://HOST:PORT,HOST:PORT/SERVICE")
    database = parts.pop(0) if parts else ""
    if parts or (database and (not re.fullmatch("[0-9]{1,5}", database))):
        raise ValueError("a URL whose path is the number of a database")
    return service, int(database or 0)


def _read_addresses(places: str, default_port: int, several: bool) -> tuple[Address, ...]:
    named = places.split(",")
    if len(named) > 1 and not several:
        raise ValueError("a URL with one HOST:PORT; several are for cluster=true and valkey+sentinel://")
    return tuple(_read_address(place, default_port) for place in named)


def _read_address(place: str, default_port: int) -> Address:
    if place.startswith("["):
        host, bracket, port = place[1:].partition("]")
        is_valid = bool(bracket) and _IPV6.fullmatch(host) is not None and (not port or port.startswith(":"))
        port = port[1:] if port else ""
    else:
        host, _, port = place.partition(":")
        is_valid = _HOST.fullmatch(host) is not None
    if not is_valid or (port and not (re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65536)):
        raise ValueError("a URL with a host and a port from 1 to 65535: valkey://HOST:PORT")
    return Address(host, int(port or default_port))
