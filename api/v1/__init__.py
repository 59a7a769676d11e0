"""The routes, one module per noun."""

from api.v1 import (
    access,
    backups,
    cases,
    credentials,
    custody,
    me,
    people,
    ready,
    reports,
    rotations,
    station,
    stations,
    things,
    tokens,
    trail,
    users,
)

BLUEPRINTS = (
    ready.bp,
    access.bp,
    users.bp,
    me.bp,
    tokens.bp,
    people.bp,
    things.bp,
    custody.bp,
    cases.bp,
    credentials.bp,
    rotations.bp,
    backups.bp,
    stations.bp,
    station.bp,
    trail.bp,
    reports.bp,
)
