"""How `h2` is set up for a client connection: what it checks, and what our SETTINGS allow (RFC 9113, section 6.5).

And what is asked of it for streams that the client may have given up meanwhile, which is no error.
"""

import logging

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

log = logging.getLogger("limen.downstream")

_WINDOW_MIN = 65_535
"""The window of a connection before anybody widens it."""


def open_framing(streams: int, window: int, header_list_size: int) -> H2Connection:
    """Requests are validated by us, to be answered on their stream: h2 would close the connection for each."""
    connection = H2Connection(
        H2Configuration(
            client_side=False,
            header_encoding=None,
            validate_inbound_headers=False,
            normalize_inbound_headers=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
    )
    connection.local_settings = Settings(
        client=False,
        initial_values={
            SettingCodes.MAX_CONCURRENT_STREAMS: streams,
            SettingCodes.INITIAL_WINDOW_SIZE: window,
            SettingCodes.MAX_HEADER_LIST_SIZE: header_list_size,
        },
    )
    connection.initiate_connection()
    connection.increment_flow_control_window(2 * window - _WINDOW_MIN)
    connection.decoder.max_header_list_size = header_list_size
    return connection


def send_fields(h2: H2Connection, stream_id: int, fields: list[tuple[bytes, bytes]], is_last: bool) -> bool:
    """The head of a response; False where there is nobody to send it to."""
    try:
        h2.send_headers(stream_id, fields, end_stream=is_last)
    except H2Error as error:
        log.debug("stream %d not answered: %s", stream_id, error)
        return False
    return True


def open_window(h2: H2Connection, stream_id: int, size: int) -> None:
    """Lets the client send as much again."""
    try:
        h2.acknowledge_received_data(size, stream_id)
    except (H2Error, ValueError) as error:
        log.debug("window of stream %d not opened: %s", stream_id, error)


def reset(h2: H2Connection, stream_id: int, error: ErrorCodes) -> None:
    try:
        h2.reset_stream(stream_id, error)
    except H2Error as gone:
        log.debug("stream %d not reset: %s", stream_id, gone)
