"""The web console: pages for people, who call the same verbs as programs do and show the result.

No page but the one to sign papers on has a script, so no other is allowed to run one. A person is
known by a cookie, and whatever changes something is a form that only a page of ours can have made.
"""

from typing import Final

from apiflask import APIFlask
from flask_bootstrap import Bootstrap5

from api.console import (
    accessories,
    accounts,
    applications,
    arrivals,
    backups,
    case_opening,
    cases,
    decisions,
    departments,
    deviations,
    directory,
    disclosures,
    employees,
    escrow,
    findings,
    forgery,
    gates,
    incidents,
    loans,
    me,
    moves,
    openings,
    papers,
    partners,
    phones,
    photos,
    proposals,
    recycling,
    refusals,
    registers,
    remedies,
    requests,
    rotations,
    search,
    sheets,
    signing_in,
    sims,
    slips,
    stations,
    stocktakes,
    surroundings,
    today,
    trail,
    users,
    views,
    violations,
)
from api.console.blueprint import bp
from api.console.cookie import ConsoleCookie
from api.problems import PAGES

ROOMS: Final = (
    accessories,
    accounts,
    applications,
    backups,
    case_opening,
    cases,
    decisions,
    departments,
    deviations,
    directory,
    disclosures,
    employees,
    escrow,
    findings,
    gates,
    incidents,
    loans,
    me,
    moves,
    openings,
    papers,
    partners,
    phones,
    photos,
    proposals,
    recycling,
    registers,
    remedies,
    requests,
    rotations,
    search,
    sheets,
    signing_in,
    sims,
    slips,
    stations,
    stocktakes,
    today,
    trail,
    users,
    views,
    violations,
)  # add routes to `bp`


def register(app: APIFlask) -> None:
    """Put the pages into the application; whoever is known is known before this."""
    app.config.update(BOOTSTRAP_SERVE_LOCAL=True, WTF_CSRF_TIME_LIMIT=None)
    app.session_interface = ConsoleCookie()
    app.extensions[PAGES] = refusals.shown
    Bootstrap5(app)
    surroundings.register(app)
    app.before_request(arrivals.ask_once_more)
    app.before_request(forgery.refuse)
    app.before_request(signing_in.refuse_before_first_things)
    app.register_blueprint(bp)
