"""A server on 127.0.0.1 that answers each path with a script: what hostile servers send."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Script = bytes | Callable[[socket.socket], None]
"An answer, byte for byte; or what is done with the connection."


def ok(content: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An ordinary answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + content


def moved(to: str) -> bytes:
    """A redirect."""
    return ok(b"", f"Location: {to}", status="302 Found")


@dataclass
class Server:
    """What it answers, by path, and the requests that it got."""

    port: int
    answers: dict[str, Script] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    greeting: bytes = b""
    "What is sent before anything is asked; then the connection is closed."

    def url(self, path: str, host: str = "cdn.example") -> str:
        """The URL of a path; the tests resolve every name to this server."""
        return f"https://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.split(" ", 2)[1] for request in self.requests]

    def serve(self, connection: socket.socket) -> None:
        """Answer one request."""
        with connection, suppress(OSError):
            connection.settimeout(10)
            if self.greeting:
                connection.sendall(self.greeting)
                return
            head = b""
            while b"\r\n\r\n" not in head:
                block = connection.recv(65536)
                if not block:
                    return
                head += block
            self.requests.append(head.decode())
            script = self.answers.get(self.paths[-1], ok(b"", status="404 Not Found"))
            if callable(script):
                script(connection)
            else:
                connection.sendall(script)


@contextmanager
def serving() -> Iterator[Server]:
    """A server, each of whose connections has a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        threads = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    thread = threading.Thread(target=server.serve, args=(connection,), daemon=True)
                    threads.append(thread)
                    thread.start()

        listening = threading.Thread(target=accept, daemon=True)
        listening.start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            for thread in [listening, *threads]:
                thread.join(15)
