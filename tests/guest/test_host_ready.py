"""Readiness of host descriptors, also of those with large numbers."""

from __future__ import annotations

import fcntl
import os
import resource

import pytest

from guest.host_ready import readable, wait_writable


@pytest.mark.parametrize("lowest", [0, 2000])
def test_a_pipe_is_readable_when_there_is_something_in_it_or_its_end_is_gone(lowest: int) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= lowest:
        pytest.skip("the limit of open files is too low")
    reader, writer = os.pipe()
    moved = fcntl.fcntl(reader, fcntl.F_DUPFD, lowest)
    try:
        assert readable([moved]) == []
        assert readable([moved], 1_000_000) == []
        wait_writable(writer)
        os.write(writer, b"x")
        assert readable([moved, reader]) == sorted([moved, reader])
        os.read(reader, 1)
        os.close(writer)
        assert readable([moved], None) == [moved]
    finally:
        os.close(reader)
        os.close(moved)
