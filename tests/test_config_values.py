"""What counts as a size, an address, a store; case by case."""

from pathlib import Path
from typing import Any

import pytest

from limen import config_values as values


@pytest.mark.parametrize(
    ("parse", "given", "meant"),
    [
        (values.size, "256MB", 256 << 20),
        (values.size, "2 GiB", 2 << 30),
        (values.size, "1048576", 1 << 20),
        (values.size, 1 << 21, 1 << 21),
        (values.seconds, "2.5", 2.5),
        (values.seconds, 3, 3.0),
        (values.usage_delay, "aws", 900.0),
        (values.usage_delay, "60", 60.0),
        (values.throttle, "10000, 5000", values.Throttle(10000.0, 5000)),
        (values.throttle, "0.5,1", values.Throttle(0.5, 1)),
        (values.throttle, "off", values.Throttle(0.0, 0, is_off=True)),
        (values.port, "0", 0),
        (values.truth, "Yes", True),
        (values.truth, "0", False),
        (values.path, "~/x", Path("~/x").expanduser()),
        (values.address, "::1", "::1"),
        (values.address, "Gateway.Example", "gateway.example"),
        (values.host_names, "a.test, 10.0.0.1,", ("a.test", "10.0.0.1")),
        (values.host_names, ["a.test"], ("a.test",)),
        (values.base_url, "https://api.example:8443/", "https://api.example:8443"),
        (values.store_url, "postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        (values.state_url, "memory", "memory"),
        (values.state_url, "valkeys://u:p@a:1,b:2?cluster=true", "valkeys://u:p@a:1,b:2?cluster=true"),
        (values.backend, "[::1]:80", "[::1]:80"),
        (values.backend, "https://orders.internal", "https://orders.internal"),
        (values.function_target, "http://localhost:3001", "http://localhost:3001"),
        (values.function_names, "one, two", ("one", "two")),
        (values.absolute_paths, ["/srv/models"], ("/srv/models",)),
    ],
)
def test_what_is_meant(parse: values.Parse, given: Any, meant: Any) -> None:
    assert parse(given) == meant


@pytest.mark.parametrize(
    ("parse", "given"),
    [
        (values.size, "12 parsecs"),
        (values.size, True),
        (values.seconds, "-1"),
        (values.seconds, "nan"),
        (values.seconds, True),
        (values.usage_delay, "soon"),
        (values.throttle, "10000"),
        (values.throttle, "-1,5"),
        (values.throttle, 10000),
        (values.port, "\uff18\uff10"),
        (values.port, 1.5),
        (values.truth, "maybe"),
        (values.text, "  "),
        (values.text, "a\nb"),
        (values.address, "a b"),
        (values.host_names, 3),
        (values.function_names, ["../a"]),
        (values.absolute_paths, ["models"]),
        (values.absolute_paths, "/srv/models"),
        (values.host_name, "-a.test"),
        (values.host_name, "a..test"),
        (values.base_url, "https://api.example/path"),
        (values.base_url, "https://user@api.example"),
        (values.base_url, "https://api.example:port"),
        (values.store_url, "mysql://h/d"),
        (values.state_url, "memcached://h"),
        (values.state_url, 6379),
        (values.backend, "http://orders.internal/path"),
        (values.backend, "ftp://orders.internal"),
        (values.backend, 80),
        (values.endpoint, "localhost:4566"),
        (values.table_of(values.port), "text"),
    ],
)
def test_what_is_refused(parse: values.Parse, given: Any) -> None:
    with pytest.raises(ValueError, match=r"^\S"):
        parse(given)
