"""Access keys and the secrets behind them."""

from limen.aws.credentials import AccessKey, StaticCredentials


def test_only_known_keys_have_a_secret():
    credentials = StaticCredentials({"AKID": "secret"})

    assert credentials.secret_of("AKID") == "secret"
    assert credentials.secret_of("akid") is None


def test_a_key_does_not_print_its_secret():
    assert "hidden" not in repr(AccessKey("AKID", "hidden"))
