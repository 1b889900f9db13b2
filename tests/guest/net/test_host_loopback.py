"""`net="host-loopback"`: the guest and the host reach each other, and only then."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aimc import Machine
from aimc.errors import UsageError
from tests.toolchain import Target, build

SOURCE = Path(__file__).parent / "programs" / "host.c"


@pytest.fixture(scope="module")
def program() -> Path:
    return build([SOURCE], Target.MUSL, ["-O1", "-g0", "-w"], folder="guest-tests")


def beside(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_guest_connects_to_the_host(program: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)

        def echo() -> None:
            connection, _ = listener.accept()
            with connection:
                while data := connection.recv(10_000):
                    connection.sendall(data)

        server = beside(echo)
        port = str(listener.getsockname()[1])
        result = Machine().run(program, [port, "client"], capture=True, net="host-loopback")
        server.join(10)
    assert result.exit_status == 0
    assert result.stdout is not None and b"echoed 300000 then 0" in result.stdout
    assert any("not reproducible" in str(warning) for warning in result.warnings)


def test_the_host_connects_to_the_guest(program: Path) -> None:
    port = free_port()
    answers: list[bytes] = []

    def client() -> None:
        for text in (b"one", b"two"):
            for _ in range(1000):
                try:
                    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
                    break
                except OSError:
                    time.sleep(0.01)
            with connection:
                connection.sendall(text)
                connection.shutdown(socket.SHUT_WR)
                answers.append(connection.recv(100))
                assert connection.recv(100) == b""

    thread = beside(client)
    result = Machine().run(program, [str(port), "server"], capture=True, net="host-loopback")
    thread.join(10)
    assert result.exit_status == 0
    assert answers == [b"one", b"two"]


def test_datagrams_reach_the_host_and_are_answered(program: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer() -> None:
            data, sender = server.recvfrom(100)
            server.sendto(data.upper(), sender)

        thread = beside(answer)
        port = str(server.getsockname()[1])
        result = Machine().run(program, [port, "datagram"], capture=True, net="host-loopback")
        thread.join(10)
    assert result.stdout is not None and b"answer PING" in result.stdout


def test_a_port_that_nobody_listens_on_is_refused(program: Path) -> None:
    result = Machine().run(program, [str(free_port()), "client"], capture=True, net="host-loopback")
    assert result.stdout is not None and b"error 111" in result.stdout


def test_a_port_of_the_host_cannot_be_listened_on(program: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        result = Machine().run(program, [str(taken.getsockname()[1]), "server"], capture=True, net="host-loopback")
    assert result.stdout is not None and b"error 98" in result.stdout


def test_without_the_option_the_host_is_out_of_reach(program: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        result = Machine().run(program, [str(listener.getsockname()[1]), "client"], capture=True)
    assert result.stdout is not None and b"error 111" in result.stdout


def test_other_ways_out_are_not_known(program: Path) -> None:
    with pytest.raises(UsageError, match="net is"):
        Machine().run(program, capture=True, net="everything")  # type: ignore[arg-type]
