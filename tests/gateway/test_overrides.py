"""What templates may override."""

from limen.gateway.overrides import Overrides


def test_every_place_is_there_to_write_into():
    overrides = Overrides()
    assert overrides.request == {"header": {}, "path": {}, "querystring": {}}
    assert overrides.response == {"header": {}}
