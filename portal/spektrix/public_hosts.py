"""Connections to public addresses alone, for host names that somebody typed (X11).

The name is looked up once, and the very address that was checked is the one connected to: a name that answers
with a private address the second time gains nothing.
"""

import ipaddress
import socket
from typing import ClassVar

from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from portal.spektrix.deadline import DeadlineAdapter, PlainConnection, PlainPool, TlsConnection, TlsPool

# All that is given out of IPv6 (RFC 4291); the rest has meanings that differ from network to network.
_GIVEN_OUT = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotPublic(OSError):
    """The name leads to no public address; nothing was connected to."""


def is_public(address: str) -> bool:
    """Tell whether `address` is one on the public internet, looking through IPv6 forms of IPv4 addresses."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None and ip not in _GIVEN_OUT:
            return False
        ip = inner or ip
    return ip.is_global and not ip.is_multicast


class _ToPublic(HTTPConnection):
    """Connects to the very address that was checked."""

    def _new_conn(self) -> socket.socket:
        failed: OSError = NotPublic("no public address")
        for address in self._public_addresses():
            try:
                return create_connection((address, self.port), self.timeout, self.source_address)
            except TimeoutError as error:
                raise ConnectTimeoutError(self, "the connection took too long") from error
            except OSError as error:
                failed = error
        raise NewConnectionError(self, "no connection") from failed

    def _public_addresses(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        addresses = [str(entry[4][0]) for entry in found]
        # One private address among public ones is no accident either.
        return addresses if all(is_public(address) for address in addresses) else []


class _PublicTlsConnection(_ToPublic, TlsConnection):
    pass


class _PublicTlsPool(TlsPool):
    ConnectionCls = _PublicTlsConnection


class _PublicPlainConnection(_ToPublic, PlainConnection):
    pass


class _PublicPlainPool(PlainPool):
    ConnectionCls = _PublicPlainConnection


class PublicAdapter(DeadlineAdapter):
    """An adapter that connects to public addresses alone; its session says by which schemes."""

    pool_classes: ClassVar[dict[str, type[HTTPConnectionPool]]] = {
        "https": _PublicTlsPool,
        "http": _PublicPlainPool,
    }
