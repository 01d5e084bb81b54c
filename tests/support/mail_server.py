"""A mail server of a test's own, which answers as it is told to."""

import socket
import threading
from contextlib import contextmanager, suppress


class MailServer:
    """Takes letters over SMTP. `answers` names a step and what is said to it: {"RCPT": "550 No such user"}.

    `hangs_at` is a step that is never answered. `letters` are those that were taken.
    """

    def __init__(self, answers=None, hangs_at=""):
        self.answers = {"HELLO": "220 test", "DATA": "354 go on", "END": "250 taken", "QUIT": "221 bye"} | (
            answers or {}
        )
        self.hangs_at = hangs_at
        self.letters = []
        self.over = threading.Event()

    @contextmanager
    def serving(self):
        """Yield the value of MAIL_URL for this server."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.05)
            thread = threading.Thread(target=self._serve, args=(listener,))
            thread.start()
            try:
                yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                self.over.set()
                thread.join()

    def _serve(self, listener):
        while not self.over.is_set():
            with suppress(TimeoutError):
                peer, _ = listener.accept()
                with peer, suppress(OSError):
                    peer.settimeout(20)
                    self._talk(peer.makefile("rwb"))

    def _say(self, stream, step):
        if step == self.hangs_at:
            self.over.wait(20)
            raise OSError("the test is over")
        stream.write(self.answers.get(step, "250 ok").encode() + b"\r\n")
        stream.flush()

    def _talk(self, stream):
        self._say(stream, "HELLO")
        for line in stream:
            step = line.decode().split()[0].upper().partition(":")[0]
            self._say(stream, step)
            if step == "QUIT":
                return
            if step == "DATA" and self.answers["DATA"].startswith("354"):
                taken = b""
                for part in stream:
                    if part == b".\r\n":
                        break
                    taken += part
                self._say(stream, "END")
                if self.answers["END"].startswith("250"):
                    self.letters.append(taken)
