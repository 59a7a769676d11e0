"""Versions of playbooks that were made here."""

from fleet.shipped import VersionMade


class PlaybookVersion(VersionMade):
    __tablename__ = "playbook_version"
