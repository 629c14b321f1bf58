"""The line from the kernel to the page without a wait.

A kernel answers in several small messages. Nagle's algorithm (RFC 896) holds back the second until the first
is acknowledged, and a page acknowledges up to 40 ms late: as long as all else that happens between a control
and new pixels. Tornado says how to switch it off, WebSocketHandler.set_nodelay; Jupyter's server does not.
"""

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Every message leaves at once."""

    def connect(self):
        self.websocket_handler.set_nodelay(True)
        return super().connect()
