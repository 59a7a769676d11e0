"""A port that nobody listens on, and that no connection going out is given in the meantime."""

from agents.handset.ports import free_port

__all__ = ["free_port"]
