"""Applications: asked for, decided in turn, set aside, prepared, signed and handed out; kits."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session, tried
from fleet.applications import handing, kits, policies, preparing, queries, services
from fleet.applications.models import Application
from fleet.applications.reserving import foresee, reserve
from fleet.contracts.applications import (
    AgreementOut,
    ApplicationIn,
    ApplicationIssuedOut,
    ApplicationOut,
    ApplicationPolicyIn,
    ApplicationPolicyOut,
    ApplicationPolicyQuery,
    ApplicationQuery,
    ApplicationsTodayOut,
    ApplicationTermsOut,
    ApplicationTermsQuery,
    DecisionIn,
    IssueApplicationIn,
    KitIn,
    KitQuery,
    NamedKitOut,
    PreparationOut,
    ReserveIn,
    SignIn,
    WaiveIn,
)
from fleet.contracts.custody import IssueOut
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import LookQuery, Page
from fleet.custody.queries import ref, shown_holding

bp = APIBlueprint("applications", __name__, url_prefix="/api/v1", tag="Applications")


@bp.get("/applications")
@asks(Permission.APPLICATIONS_READ, scoped=True)
@bp.input(ApplicationQuery, location="query", arg_name="query")
@bp.output(Page[ApplicationOut])
def list_applications(query: ApplicationQuery) -> Page[ApplicationOut]:
    """List applications, the newest first."""
    rows, mark = queries.applications(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.post("/applications")
@asks(Permission.APPLICATIONS_ASK, scoped=True)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(ApplicationIn, arg_name="body")
@bp.output(ApplicationOut, status_code=201)
def make_application(look: LookQuery, body: ApplicationIn) -> ApplicationOut:
    """Apply for oneself, or for somebody; where nobody is asked, it is approved at once.

    A look shows as well what would be set aside for it then.
    """
    actor = current_actor()
    with tried(dry_run=look.dry_run) as session:
        made = services.make(session, body, actor=actor)
        return queries.shown(foresee(session, made, actor=actor) if look.dry_run else made)


@bp.get("/applications/today")
@asks(Permission.APPLICATIONS_READ, scoped=True)
@bp.output(ApplicationsTodayOut)
def applications_today() -> ApplicationsTodayOut:
    """Count the applications and loans that wait for whoever asks."""
    return queries.today(current_session(), actor=current_actor())


@bp.get("/applications/<number>")
@asks(Permission.APPLICATIONS_READ, scoped=True)
@bp.output(ApplicationOut)
def show_application(number: str) -> ApplicationOut:
    """Show an application: for whom it waits, what is set aside for it, and what comes next."""
    return queries.shown(_application(number))


@bp.post("/applications/<number>/approve")
@asks(Permission.APPLICATIONS_DECIDE, scoped=True)
@bp.input(DecisionIn, arg_name="body")
@bp.output(ApplicationOut)
def approve_application(number: str, body: DecisionIn) -> ApplicationOut:
    """Approve an application that waits for oneself; the next one is asked, if there is one."""
    return _decided(number, body, approve=True)


@bp.post("/applications/<number>/refuse")
@asks(Permission.APPLICATIONS_DECIDE, scoped=True)
@bp.input(DecisionIn, arg_name="body")
@bp.output(ApplicationOut)
def refuse_application(number: str, body: DecisionIn) -> ApplicationOut:
    """Refuse an application that waits for oneself."""
    return _decided(number, body, approve=False)


@bp.post("/applications/<number>/withdraw")
@asks(Permission.APPLICATIONS_ASK, scoped=True)
@bp.input(DecisionIn, arg_name="body")
@bp.output(ApplicationOut)
def withdraw_application(number: str, body: DecisionIn) -> ApplicationOut:
    """Take an application back; what was set aside for it is free again."""
    found = _application(number)
    services.withdraw(current_session(), found, note=body.note, actor=current_actor())
    return queries.shown(found)


@bp.post("/applications/<number>/reserve")
@asks(Permission.CUSTODY_ISSUE)
@bp.input(ReserveIn, arg_name="body")
@bp.output(ApplicationOut)
def reserve_things(number: str, body: ReserveIn) -> ApplicationOut:
    """Set aside the best in stock, or what is named; what was set aside before is let go."""
    found = _application(number)
    return queries.shown(reserve(current_session(), found, body, actor=current_actor()))


@bp.get("/applications/<number>/preparation")
@asks(Permission.APPLICATIONS_READ, scoped=True)
@bp.output(PreparationOut)
def show_preparation(number: str) -> PreparationOut:
    """Show what is done and what is open before it is handed out, read from the proofs."""
    return preparing.preparation(current_session(), _application(number), actor=current_actor())


@bp.post("/applications/<number>/prepare")
@asks(Permission.CUSTODY_ISSUE)
@bp.output(PreparationOut)
def prepare_application(number: str) -> PreparationOut:
    """Have stations do what is open; asked again, nothing is planned twice."""
    found = _application(number)
    return preparing.prepare(current_session(), tools(), found, actor=current_actor())


@bp.post("/applications/<number>/preparation/waive")
@asks(Permission.CUSTODY_WAIVE)
@bp.input(WaiveIn, arg_name="body")
@bp.output(PreparationOut)
def waive_preparation(number: str, body: WaiveIn) -> PreparationOut:
    """Let it be handed out although not everything is prepared, for a reason on record."""
    session, found = current_session(), _application(number)
    preparing.waive(session, found, reason=body.reason, actor=current_actor())
    return preparing.preparation(session, found, actor=current_actor())


@bp.get("/applications/<number>/agreement")
@asks(Permission.APPLICATIONS_READ, scoped=True)
@bp.output(AgreementOut)
def show_agreement(number: str) -> AgreementOut:
    """Show what whoever is given something agrees to, and the digest to sign it by."""
    found = _application(number)
    agreement = handing.agreement_of(current_session(), found)
    return AgreementOut(
        text=agreement.text,
        digest=agreement.digest,
        set_at=agreement.version.effective_from if agreement.version else None,
        things=[queries.shown_reserved(one) for one in found.set_aside],
        accessories=found.wanted.accessories,
    )


@bp.post("/applications/<number>/sign")
@asks(Permission.APPLICATIONS_ASK, scoped=True)
@bp.input(SignIn, arg_name="body")
@bp.output(ApplicationOut)
def sign_application(number: str, body: SignIn) -> ApplicationOut:
    """Agree to the terms oneself, or say that they were signed on paper."""
    found = _application(number)
    return queries.shown(handing.sign(current_session(), found, body, actor=current_actor()))


@bp.post("/applications/<number>/issue")
@asks(Permission.CUSTODY_ISSUE)
@bp.input(IssueApplicationIn, arg_name="body")
@bp.output(ApplicationIssuedOut)
def issue_application(number: str, body: IssueApplicationIn) -> ApplicationIssuedOut:
    """Hand out what was set aside, prepared and signed for: all of it or nothing."""
    session, found = current_session(), _application(number)
    issued, handed = handing.issue_application(session, found, body, actor=current_actor())
    held = [shown_holding(holding) for holding in handed.holdings]
    out = IssueOut(to=ref(issued.holder), holdings=held, warnings=handed.warnings)
    return ApplicationIssuedOut(application=queries.shown(issued), issued=out)


@bp.get("/application-policies")
@asks(Permission.POLICY_READ)
@bp.input(ApplicationPolicyQuery, location="query", arg_name="query")
@bp.output(Page[ApplicationPolicyOut])
def list_application_policies(query: ApplicationPolicyQuery) -> Page[ApplicationPolicyOut]:
    """List who approves applications, in versions: those in force, or every one."""
    rows, mark = policies.versions(current_session(), query, actor=current_actor())
    return Page(items=[policies.shown_policy(row.term, row) for row in rows], next=mark)


@bp.get("/application-policies/in-force")
@asks(Permission.POLICY_READ)
@bp.input(ApplicationTermsQuery, location="query", arg_name="query")
@bp.output(ApplicationTermsOut)
def application_terms(query: ApplicationTermsQuery) -> ApplicationTermsOut:
    """Show who approves in a department at a moment, and what is agreed to."""
    items = policies.in_force(current_session(), query, actor=current_actor())
    return ApplicationTermsOut(items=items)


@bp.post("/application-policies")
@asks(Permission.POLICY_WRITE)
@bp.input(ApplicationPolicyIn, arg_name="body")
@bp.output(ApplicationPolicyOut, status_code=201)
def set_application_policy(body: ApplicationPolicyIn) -> ApplicationPolicyOut:
    """Add a version; what was applied for before is decided as it began."""
    version = policies.set_policy(current_session(), body, actor=current_actor())
    return policies.shown_policy(version.term, version)


@bp.get("/kits")
@asks(Permission.KITS_READ, scoped=True)
@bp.input(KitQuery, location="query", arg_name="query")
@bp.output(Page[NamedKitOut])
def list_kits(query: KitQuery) -> Page[NamedKitOut]:
    """List the kits that can be applied for."""
    rows, mark = kits.kits(current_session(), query, actor=current_actor())
    return Page(items=[kits.shown_kit(row) for row in rows], next=mark)


@bp.get("/kits/<name>")
@asks(Permission.KITS_READ, scoped=True)
@bp.output(NamedKitOut)
def show_kit(name: str) -> NamedKitOut:
    """Show what is in a kit."""
    return kits.shown_kit(kits.show_kit(current_session(), name, actor=current_actor()))


@bp.post("/kits/<name>")
@asks(Permission.KITS_WRITE)
@bp.input(KitIn, arg_name="body")
@bp.output(NamedKitOut)
def set_kit(name: str, body: KitIn) -> NamedKitOut:
    """Make a kit, or say anew what is in it."""
    return kits.shown_kit(kits.set_kit(current_session(), name, body, actor=current_actor()))


@bp.post("/kits/<name>/remove")
@asks(Permission.KITS_WRITE)
@bp.output(NamedKitOut)
def remove_kit(name: str) -> NamedKitOut:
    """Offer a kit no longer; what was applied for stays as it was."""
    return kits.shown_kit(kits.remove_kit(current_session(), name, actor=current_actor()))


def _application(number: str) -> Application:
    return queries.application_within(current_session(), number, actor=current_actor())


def _decided(number: str, body: DecisionIn, *, approve: bool) -> ApplicationOut:
    session, found = current_session(), _application(number)
    services.decide(session, found, approve=approve, note=body.note, actor=current_actor())
    return queries.shown(found)
