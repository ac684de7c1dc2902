"""Where settings come from: flags, variables, limen.toml; and what they have to be together."""

import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from limen.config import CONFIG_FILE, Setting, Settings, SettingsError, table
from limen.config_tables import AwsSettings, suggest, with_variables
from limen.config_values import endpoint

_SECRET_MARKS = ("secret", "password", "@")


def load(flags: Mapping[str, Any], environment: Mapping[str, str], config: str | None = None) -> Settings:
    """The settings from all their sources; `flags` by name, None where not given; `config` is the flag --config."""
    settings = table()
    given: dict[str, Any] = {}
    where: dict[str, str] = {}
    for source in (_from_flags(flags), _from_environment(environment, settings), _from_file(config, environment)):
        for name, (origin, value) in source.items():
            if name not in given:
                given[name], where[name] = _parse(settings[name], origin, value), origin
    given["aws"] = with_variables(given.get("aws", AwsSettings()), environment, partial(_parse, Setting(endpoint, "")))
    _check_together(given, where)
    return Settings(**given)


def _from_flags(flags: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    return {name: (f"--{name.replace('_', '-')}", value) for name, value in flags.items() if value is not None}


def _from_environment(environment: Mapping[str, str], settings: dict[str, Setting]) -> dict[str, tuple[str, Any]]:
    variables = {name: f"LIMEN_{name.upper()}" for name, setting in settings.items() if setting.variable}
    return {name: (key, environment[key]) for name, key in variables.items() if environment.get(key)}


def _from_file(config: str | None, environment: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    name = config or environment.get("LIMEN_CONFIG")
    path = Path(name or CONFIG_FILE)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if name is None:
            return {}
        raise SettingsError(f"{path}: no such file") from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    known = table()
    for key in content:
        if key not in known:
            raise SettingsError(f"{path}: unknown key {key!r}{suggest(key, known)}")
    return {key: (f"{path}: {key}", value) for key, value in content.items()}


def _parse(setting: Setting, origin: str, value: Any) -> Any:
    try:
        return setting.parse(value)
    except ValueError as error:
        # Tables and URLs may hold credentials too.
        is_secret = isinstance(value, dict) or any(mark in f"{origin}={value}".lower() for mark in _SECRET_MARKS)
        got = "" if is_secret else f", not {value!r}"
        raise SettingsError(f"{origin} must be {error}{got}") from None


def _check_together(given: Mapping[str, Any], where: Mapping[str, str]) -> None:
    port, admin_port = given.get("port", 8443), given.get("admin_port", 8444)
    if port == admin_port != 0:
        origin = where.get("admin_port") or where["port"]
        raise SettingsError(f"{origin}: the API port and the admin port cannot both be {port}")
    if given.get("proxy_protocol") == "required" and not given.get("trusted_proxies"):
        raise SettingsError(f"{where['proxy_protocol']} needs trusted_proxies, from whom connections may come")
    role = given.get("role", "all")
    if role != "all" and not str(given.get("store", "")).startswith("postgresql"):
        raise SettingsError(
            f"{where['role']}: a node that is {role} alone needs a store on PostgreSQL, which nodes share"
        )
    if role != "all" and "key_file" not in given:
        raise SettingsError(f"{where['role']}: a node that is {role} alone needs --key-file, the same on all nodes")
    if ("access_key_id" in given) != ("secret_access_key" in given):
        one, other = ("access_key_id", "secret_access_key")
        if other in given:
            one, other = other, one
        raise SettingsError(f"{where[one]} is given without LIMEN_{other.upper()}")
