"""A server that gives one raw answer to every request and closes, whatever HTTP would say of it."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class RawAnswers:
    """Listens on loopback; set `answer` to the bytes of the next answers, b"" for none at all."""

    def __init__(self) -> None:
        self.answer = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # Whoever asks may have heard enough before everything is sent.
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                connection.recv(65_536)
                connection.sendall(self.answer)


@contextlib.contextmanager
def raw_answers() -> Iterator[RawAnswers]:
    """Run such a server for the length of a with block."""
    server = RawAnswers()
    try:
        yield server
    finally:
        server.close()
