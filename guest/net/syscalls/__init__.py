"""The system calls on sockets: `endpoint` makes and connects them, `transfer` moves messages, `options` the rest."""

from guest.net.syscalls import endpoint, options, transfer

__all__ = ["endpoint", "options", "transfer"]
