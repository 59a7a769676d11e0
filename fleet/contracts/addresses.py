"""Addresses of machines, as far as it matters who can listen on the way."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine itself; a name that only begins like one is not."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
