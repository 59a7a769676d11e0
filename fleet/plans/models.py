"""Versions of plans that were made here."""

from fleet.shipped import VersionMade


class PlanVersion(VersionMade):
    __tablename__ = "plan_version"
