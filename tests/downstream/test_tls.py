"""What is logged of failing connections."""

import asyncio
import logging

import pytest

from limen.downstream.tls import quiet_handshake_errors


@pytest.mark.parametrize("error", [ConnectionResetError(), ConnectionResetError, TimeoutError()])
def test_what_clients_do_to_themselves_is_not_logged(error: object, caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()
    quiet_handshake_errors(loop)
    loop.call_exception_handler({"message": "SSL handshake failed", "exception": error})
    loop.close()
    assert caplog.records == []


def test_bugs_are_logged_with_their_traceback(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()
    quiet_handshake_errors(loop)
    try:
        raise KeyError("lost")
    except KeyError as error:
        loop.call_exception_handler({"message": "callback failed", "exception": error})
    loop.close()
    assert caplog.records[0].levelno == logging.ERROR
    assert "KeyError: 'lost'" in caplog.text
    assert "test_tls.py" in caplog.text
