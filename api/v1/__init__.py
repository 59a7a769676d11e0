"""The routes, one module per noun."""

from api.v1 import access, ready

BLUEPRINTS = (ready.bp, access.bp)
