from fleet.contracts.rotation import PlanIn
from fleet.rotation.batches import plan_part
from fleet.rotation.models import Rotation
from fleet.rotation.queries import rotation_of

AT_ONCE = PlanIn(at_once=True)


def planned_now(session, tools, actor) -> list[Rotation]:
    """Plan what is due as a person who stands by the phones does, and return it."""
    done = plan_part(session, tools, AT_ONCE, actor=actor)
    return [rotation_of(session, one) for one in done.begun]
