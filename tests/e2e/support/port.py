"""HeldPort: a port of the loopback that nobody else is given, though nothing need listen on it.

It is bound all the while, so the kernel hands it to no one who asks for any port, and connecting to it is refused.
Whoever names it and sets SO_REUSEADDR, as servers do, may bind it too, listen there, go and come back.
"""

import socket


class HeldPort:
    def __init__(self):
        self._holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", 0))
        self.number = self._holder.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._holder.close()

    def listen(self):
        """A listening socket there."""
        return socket.create_server(("127.0.0.1", self.number), backlog=256)
