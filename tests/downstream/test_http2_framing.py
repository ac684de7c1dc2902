"""What a client is told when its HTTP/2 connection opens."""

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RemoteSettingsChanged, WindowUpdated
from h2.settings import SettingCodes

from limen.downstream.http2_framing import open_framing


def test_the_client_is_told_our_limits_at_once() -> None:
    client = H2Connection(H2Configuration(client_side=True))
    client.initiate_connection()
    events = client.receive_data(open_framing(streams=7, window=100_000, header_list_size=9_000).data_to_send())
    settings = next(event.changed_settings for event in events if isinstance(event, RemoteSettingsChanged))
    assert settings[SettingCodes.MAX_CONCURRENT_STREAMS].new_value == 7
    assert settings[SettingCodes.INITIAL_WINDOW_SIZE].new_value == 100_000
    assert settings[SettingCodes.MAX_HEADER_LIST_SIZE].new_value == 9_000
    assert any(isinstance(event, WindowUpdated) for event in events)
