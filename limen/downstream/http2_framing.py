"""How `h2` is set up for a client connection: what it checks, and what our SETTINGS allow (RFC 9113, section 6.5)."""

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes, Settings

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
