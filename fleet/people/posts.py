"""Posts of people: one that is the main one, others beside it, and those that are over."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import today
from fleet.contracts.people import EmployeeOut, PostOut, PostsOut
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import EmployeeRef
from fleet.database import clash, write
from fleet.people.errors import (
    EmployeeNotActive,
    PostEndsBeforeItBegins,
    PostHeldAlready,
    PostNotFound,
)
from fleet.people.events import EmployeeMoved, PostAdded, PostEnded
from fleet.people.models import Department, Employee, Post, Status
from fleet.people.queries import goes_on

DAY: Final = timedelta(days=1)
Named = tuple[str, str]  # code of the department, and title

for _constraint in ("uq_post_open", "post.employee_id"):
    clash(_constraint, lambda: PostHeldAlready(name="…", department="…", title="…"))


def move(
    session: Session, employee: Employee, post: Mapping[str, Any], *, since: date, actor: Actor
) -> None:
    """Give somebody another main post; the one before is kept with the days it was held."""
    actor.require(Permission.PEOPLE_WRITE)
    former = employee.department
    _keep_main(session, employee, until=since)
    employee.department = post.get("department", employee.department)
    employee.position = post.get("position", employee.position)
    employee.post_since = since
    event = EmployeeMoved(
        subject_id=employee.id,
        subject_name=employee.number,
        former=former.code,
        department=employee.department.code,
        position=employee.position,
        since=since,
    )
    record(session, actor, event)


def _keep_main(session: Session, employee: Employee, *, until: date) -> None:
    """Keep the main post as one that is over, unless it began on this very day: a slip."""
    begun = employee.post_since or employee.joined_on
    if begun is not None and begun >= until:
        return
    kept = Post(
        id=uuid4(),
        employee=employee,
        department=employee.department,
        title=employee.position or "",
        main=True,
        since=begun,
        until=until - DAY,
    )
    session.add(kept)


def add_post(
    session: Session,
    employee: Employee,
    *,
    department: Department,
    title: str | None,
    actor: Actor,
    since: date | None = None,
    until: date | None = None,
) -> Post:
    """Give somebody a post beside the main one."""
    actor.require(Permission.PEOPLE_WRITE)
    if employee.status is not Status.ACTIVE:
        raise EmployeeNotActive(
            number=employee.number, name=employee.name, status=employee.status.value
        )
    since = since or today()
    if until is not None and until < since:
        raise PostEndsBeforeItBegins
    taken = (department.code, title or "")
    if taken in {named(one) for one in open_posts(session, [employee.id]).get(employee.id, ())}:
        raise PostHeldAlready(name=employee.name, department=taken[0], title=taken[1] or "—")
    added = Post(
        id=uuid4(),
        employee=employee,
        department=department,
        title=title or "",
        since=since,
        until=until,
    )
    session.add(added)
    about = {"subject_id": employee.id, "subject_name": employee.number}
    event = PostAdded(**about, department=department.code, title=added.title, since=since)  # type: ignore[arg-type]
    record(session, actor, event)
    write(session)
    return added


def end_post(
    session: Session,
    employee: Employee,
    *,
    department: str,
    title: str | None,
    actor: Actor,
    until: date | None = None,
) -> Post:
    """End a post beside the main one, with a day."""
    actor.require(Permission.PEOPLE_WRITE)
    post = beside(session, employee, department, title)
    _end(session, post, until or today(), actor)
    write(session)
    return post


def _end(session: Session, post: Post, until: date, actor: Actor) -> None:
    if post.since is not None and until < post.since:
        raise PostEndsBeforeItBegins
    post.until = until
    event = PostEnded(
        subject_id=post.employee.id,
        subject_name=post.employee.number,
        department=post.department.code,
        title=post.title,
        until=until,
    )
    record(session, actor, event)


def make_main(
    session: Session,
    employee: Employee,
    *,
    department: str,
    title: str | None,
    keep: bool,
    actor: Actor,
    since: date | None = None,
) -> None:
    """Make a post that somebody has beside the main one; with `keep` both stay his."""
    actor.require(Permission.PEOPLE_WRITE)
    post, since = beside(session, employee, department, title), since or today()
    former, position = employee.department, employee.position
    session.delete(post) if post.since == since else _end(session, post, since, actor)
    write(session)
    said = {"department": post.department, "position": post.title or None}
    move(session, employee, said, since=since, actor=actor)
    write(session)
    if keep:
        add_post(session, employee, department=former, title=position, since=since, actor=actor)


def set_posts(
    session: Session,
    employee: Employee,
    wanted: Iterable[tuple[Department, str]],
    *,
    actor: Actor,
) -> None:
    """Have somebody's posts beside the main one be these: others end today, new ones begin."""
    actor.require(Permission.PEOPLE_WRITE)
    has = {named(one): one for one in open_posts(session, [employee.id]).get(employee.id, ())}
    said = {(place.code, title): place for place, title in wanted}
    for key in has.keys() - said.keys():
        _end(session, has[key], max(today(), has[key].since or today()), actor)
    for (code, title), place in said.items():
        if (code, title) not in has:
            add_post(session, employee, department=place, title=title, actor=actor)


def end_all(session: Session, employee: Employee, *, until: date) -> None:
    """End what posts somebody has beside the main one; said by the event of his leaving."""
    for post in open_posts(session, [employee.id]).get(employee.id, ()):
        post.until = max(until, post.since or until)


def beside(session: Session, employee: Employee, department: str, title: str | None) -> Post:
    """Return a post that goes on; where no title is named, the only one in the department."""
    every = open_posts(session, [employee.id]).get(employee.id, ())
    found = [
        one
        for one in every
        if one.department.code == department and (title is None or one.title == title)
    ]
    if len(found) != 1:
        raise PostNotFound(name=employee.name, department=department, title=title or "")
    return found[0]


def named(post: Post) -> Named:
    return post.department.code, post.title


def open_posts(session: Session, employees: Collection[UUID]) -> dict[UUID, list[Post]]:
    """Return the posts beside the main ones that go on, by employee, in one query."""
    found: dict[UUID, list[Post]] = {}
    if not employees:
        return found
    of_them = select(Post).where(Post.employee_id.in_(employees), goes_on(), ~Post.main)
    for post in session.scalars(of_them.options(joinedload(Post.department)).order_by(Post.id)):
        found.setdefault(post.employee_id, []).append(post)
    return found


def written(posts: Sequence[Post]) -> str | None:
    """Return posts as one cell of a register: "D200 项目助理; D300 顾问"."""
    names = sorted(named(one) for one in posts)
    return "; ".join(f"{code} {title}".strip() for code, title in names) or None


def shown_employees(session: Session, rows: Sequence[Employee]) -> list[EmployeeOut]:
    """Return people with the posts they have beside their main one, in one more query."""
    beside = open_posts(session, [row.id for row in rows])
    return [
        EmployeeOut(
            number=row.number,
            name=row.name,
            department=row.department.code,
            position=row.position,
            posts=[_shown(one) for one in beside.get(row.id, ())],
            status=row.status.value,
            joined_on=row.joined_on,
            leaves_on=row.leaves_on,
        )
        for row in rows
    ]


def _shown(one: Post) -> PostOut:
    return PostOut(
        department=one.department.code,
        title=one.title or None,
        main=one.main,
        since=one.since,
        until=one.until,
    )


def shown_posts(session: Session, employee: Employee) -> PostsOut:
    """Return every post of somebody, now and before."""
    rows = select(Post).where(Post.employee_id == employee.id)
    rows = rows.options(joinedload(Post.department)).order_by(Post.since.desc(), Post.id)
    main = PostOut(
        department=employee.department.code,
        title=employee.position,
        main=True,
        since=employee.post_since or employee.joined_on,
        until=employee.leaves_on,
    )
    others = [_shown(one) for one in session.scalars(rows)]
    who = EmployeeRef(number=employee.number, name=employee.name)
    return PostsOut(employee=who, posts=[main, *others])
