"""Settings: where they come from, which source wins, and what is said of wrong ones."""

import os
from pathlib import Path
from typing import Any

import pytest

from limen.config import (
    AwsSettings,
    FunctionSettings,
    Settings,
    SettingsError,
    table,
)
from limen.config_sources import load
from limen.config_values import Throttle
from limen.process_settings import account_throttle


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def toml(directory: Path, content: str) -> None:
    (directory / "limen.toml").write_text(content)


def test_defaults_are_those_of_the_contract() -> None:
    settings = load({}, {})
    assert (settings.host, settings.port, settings.admin_port) == ("127.0.0.1", 8443, 8444)
    assert (settings.data_dir, settings.store, settings.state, settings.role) == (Path(".limen"), None, "memory", "all")
    assert (settings.account_id, settings.region, settings.suffix) == ("000000000000", "us-east-1", "localhost")
    assert (settings.drain_timeout, settings.max_buffered, settings.quotas) == (30.0, 256 << 20, "off")
    assert settings.workers == len(os.sched_getaffinity(0))


def test_a_flag_beats_a_variable_beats_the_file_beats_the_default(elsewhere: Path) -> None:
    toml(elsewhere, "port = 1003\nadmin_port = 1003\nworkers = 3\n")
    settings = load({"port": "1001"}, {"LIMEN_PORT": "1002", "LIMEN_ADMIN_PORT": "1002"})
    assert (settings.port, settings.admin_port, settings.workers) == (1001, 1002, 3)


def test_every_setting_is_described_and_has_a_field() -> None:
    assert list(table()) == list(Settings.__struct_fields__)
    assert [name for name, setting in table().items() if not setting.meaning] == []


def test_an_empty_variable_is_not_given() -> None:
    assert load({}, {"LIMEN_STAGE": "", "LIMEN_PORT": ""}).port == 8443


def test_another_file_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('suffix = "Example.TEST"')
    assert load({}, {}, "other.toml").suffix == "example.test"
    assert load({}, {"LIMEN_CONFIG": "other.toml"}).suffix == "example.test"


@pytest.mark.parametrize(
    ("flags", "environment", "content", "message"),
    [
        ({"port": "70000"}, {}, "", "--port must be a whole number from 0 to 65535, not '70000'"),
        ({}, {"LIMEN_WORKERS": "many"}, "", "LIMEN_WORKERS must be a whole number from 1 to 1024, not 'many'"),
        ({}, {}, "port = true", "limen.toml: port must be a whole number from 0 to 65535, not True"),
        ({}, {}, "admin-port = 1", "limen.toml: unknown key 'admin-port'; did you mean 'admin_port'?"),
        ({}, {}, "colour = 1", "limen.toml: unknown key 'colour'"),
        ({}, {}, "port = ", "limen.toml: not valid TOML: Invalid value (at end of document)"),
        (
            {"state": "valkey://x/y"},
            {},
            "",
            "--state must be a URL whose path is the number of a database, not 'valkey://x/y'",
        ),
        ({"state": "valkey://:pass@x/y"}, {}, "", "--state must be a URL whose path is the number of a database"),
        (
            {"state": "valkey://x?sentinel_password=pass"},
            {},
            "",
            "--state must be a URL of valkey+sentinel:// where sentinel_user or sentinel_password are given",
        ),
        (
            {"role": "functions"},
            {},
            "",
            "--role must be all or control or gateway in this version, not 'functions'",
        ),
        (
            {"role": "gateway", "key_file": "key"},
            {},
            "",
            "--role: a node that is gateway alone needs a store on PostgreSQL, which nodes share",
        ),
        (
            {"role": "control", "store": "postgresql://limen@db/limen"},
            {},
            "",
            "--role: a node that is control alone needs --key-file, the same on all nodes",
        ),
        (
            {"port": "9000", "admin_port": "9000"},
            {},
            "",
            "--admin-port: the API port and the admin port cannot both be 9000",
        ),
        ({"port": "8444"}, {}, "", "--port: the API port and the admin port cannot both be 8444"),
        (
            {"public_url": "http://x"},
            {},
            "",
            "--public-url must be a URL of the form https://host or https://host:port, not 'http://x'",
        ),
        (
            {"max_buffered": "3"},
            {},
            "",
            "--max-buffered must be a size of 1MB or more, such as 256MB, 1GB or a number of bytes, not '3'",
        ),
        ({"watch": None}, {"LIMEN_WATCH": "maybe"}, "", "LIMEN_WATCH must be true or false, not 'maybe'"),
        ({}, {"LIMEN_ACCOUNT_ID": "12"}, "", "LIMEN_ACCOUNT_ID must be 12 digits, not '12'"),
        ({}, {"LIMEN_ACCESS_KEY_ID": "AKIA"}, "", "LIMEN_ACCESS_KEY_ID is given without LIMEN_SECRET_ACCESS_KEY"),
        (
            {},
            {"LIMEN_SECRET_ACCESS_KEY": "a b"},
            "",
            "LIMEN_SECRET_ACCESS_KEY must be 3 to 128 characters without spaces",
        ),
        ({}, {"LIMEN_AWS_ENDPOINT_URL_SQS": "sqs"}, "", "LIMEN_AWS_ENDPOINT_URL_SQS must be a URL, not 'sqs'"),
        (
            {},
            {},
            '[vpc_links]\nv1 = "a b"',
            "limen.toml: vpc_links must be an address such as "
            "10.0.0.5:8080, orders.internal or https://orders.internal for 'v1'",
        ),
        ({}, {}, "[buckets]\ntrust = 1", "limen.toml: buckets must be a text for 'trust'"),
        (
            {},
            {},
            '[buckets]\nlocal-directory = "/srv"',
            "limen.toml: buckets must be a table of directories by names of buckets; 'local-directory' is not one",
        ),
        (
            {},
            {},
            '[buckets]\nlimen-truststores = "/srv"',
            "limen.toml: buckets must be a table of directories by names of buckets; 'limen-truststores' is not one",
        ),
        ({}, {}, '[functions]\npermissions = "no"', "limen.toml: functions must be enforce or warn for 'permissions'"),
        ({}, {}, '[functions]\n"arn:*" = "remote"', "limen.toml: functions must be local, aws or a URL for 'arn:*'"),
        (
            {},
            {},
            '[aws]\nregion = "x"',
            "limen.toml: aws must be a table of profile, endpoint_url, endpoints; 'region' is unknown",
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    elsewhere: Path, flags: dict[str, Any], environment: dict[str, str], content: str, message: str
) -> None:
    toml(elsewhere, content)
    with pytest.raises(SettingsError) as raised:
        load(flags, environment)
    assert str(raised.value) == message


def test_a_file_that_was_asked_for_must_exist() -> None:
    with pytest.raises(SettingsError, match=r"^absent\.toml: no such file$"):
        load({}, {}, "absent.toml")


def test_tables_of_the_file(elsewhere: Path) -> None:
    toml(
        elsewhere,
        """
        [vpc_links]
        v1 = "10.0.0.5:8080"
        "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1" = "https://orders.internal"
        [functions]
        permissions = "warn"
        "arn:aws:lambda:*:*:function:a-*" = "aws"
        [aws]
        profile = "staging"
        [aws.endpoints]
        sqs = "http://localhost:9324"
        """,
    )
    settings = load({}, {"LIMEN_AWS_ENDPOINT_URL": "http://localhost:1", "LIMEN_AWS_ENDPOINT_URL_SQS": "http://b:2"})
    assert settings.vpc_links == {
        "v1": "10.0.0.5:8080",
        "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1": "https://orders.internal",
    }
    assert settings.functions == FunctionSettings({"arn:aws:lambda:*:*:function:a-*": "aws"}, "warn")
    assert settings.aws == AwsSettings("staging", "http://localhost:1", {"sqs": "http://b:2"})


def test_functions_have_settings_beside_their_targets(elsewhere: Path) -> None:
    toml(
        elsewhere,
        """
        [functions]
        retry_delay = 0.5
        "*" = "http://localhost:9000"
        [functions.runtimes]
        "python3.13" = "/opt/python"
        [functions.environment]
        AWS_ENDPOINT_URL = "http://localhost:4566"
        """,
    )
    assert load({}, {}).functions == FunctionSettings(
        {"*": "http://localhost:9000"},
        "enforce",
        {"python3.13": "/opt/python"},
        0.5,
        {"AWS_ENDPOINT_URL": "http://localhost:4566"},
    )


def test_credentials_in_a_url_are_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        load({}, {"LIMEN_AWS_ENDPOINT_URL_S3": "admin:very-secret@localhost"})

    assert str(refused.value) == "LIMEN_AWS_ENDPOINT_URL_S3 must be a URL"


def test_who_stands_before_the_api_port(elsewhere: Path) -> None:
    toml(elsewhere, 'trusted_proxies = ["10.0.0.0/8", "2001:DB8::/32", "192.0.2.1"]\nproxy_protocol = "required"')
    settings = load({}, {})
    assert settings.trusted_proxies == ("10.0.0.0/8", "2001:db8::/32", "192.0.2.1/32")
    assert load({}, {"LIMEN_TRUSTED_PROXIES": "10.0.0.1, ::1"}).trusted_proxies == ("10.0.0.1/32", "::1/128")
    toml(elsewhere, 'proxy_protocol = "required"')
    with pytest.raises(SettingsError, match="proxy_protocol needs trusted_proxies"):
        load({}, {})


@pytest.mark.parametrize("value", ["10.0.0.1/8", "localhost", "10.0.0.0/33", "fe80::1%1", "10.0.0.0/8 ::1"])
def test_what_is_no_network(value: str) -> None:
    with pytest.raises(SettingsError, match="networks such as"):
        load({}, {"LIMEN_TRUSTED_PROXIES": value})


def test_the_account_throttle_of_aws_comes_with_the_quotas_of_aws() -> None:
    def throttle(**flags: str) -> Throttle | None:
        return account_throttle(load(flags, {}))

    assert throttle() is None
    assert throttle(quotas="aws") == Throttle(10000.0, 5000)
    assert throttle(account_throttle="5,7") == throttle(account_throttle="5,7", quotas="aws") == Throttle(5.0, 7)
    assert throttle(account_throttle="off", quotas="aws") is None


def test_directories_of_buckets_are_absolute(elsewhere: Path) -> None:
    toml(elsewhere, '[buckets]\ntrust = "trusted"\n"other.bucket" = "/srv/other"')

    assert load({}, {}).buckets == {"trust": str(elsewhere / "trusted"), "other.bucket": "/srv/other"}


@pytest.mark.parametrize(
    ("aws", "endpoint"),
    [
        (AwsSettings(), None),
        (AwsSettings(endpoint_url="http://all"), "http://all"),
        (AwsSettings(endpoint_url="http://all", endpoints={"S3": "http://s3"}), "http://s3"),
        (AwsSettings(endpoint_url="http://all", endpoints={"sqs": "http://sqs"}), "http://all"),
    ],
)
def test_the_endpoint_of_a_service_comes_before_that_of_all(aws: AwsSettings, endpoint: str | None) -> None:
    assert aws.endpoint_of("s3") == endpoint
