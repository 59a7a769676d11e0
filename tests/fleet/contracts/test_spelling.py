"""A path has one spelling in a backup, and no two paths share one."""

from hypothesis import given
from hypothesis import strategies as st

from fleet.contracts.spelling import absolute, placed, spelt

parts = st.sampled_from([b".workfleet", b".WORKFLEET", b"user-0", b"user-999", b"content", b"a"])
below = st.lists(parts, min_size=1, max_size=4).map(b"/".join)
roots = st.sampled_from(
    [b"/sdcard/", b"/storage/emulated/0/", b"/storage/emulated/999/", b"/storage/1A2B-3C4D/"]
)


def canonical(path: bytes) -> bytes:
    return path.replace(b"/storage/emulated/0/", b"/sdcard/")


@given(roots, below)
def test_what_was_written_leads_back_to_where_it_was(root, path):
    assert absolute(spelt(root + path)) == canonical(root + path)


@given(roots, below, roots, below)
def test_two_places_are_never_written_alike(root, path, other_root, other):
    alike = spelt(root + path) == spelt(other_root + other)

    assert alike == (canonical(root + path) == canonical(other_root + other))


@given(roots, below)
def test_nothing_of_the_phone_is_taken_for_what_was_asked_of_it(root, path):
    assert placed(spelt(root + path))[0] is not None
    assert absolute(b".workfleet/content/sms.jsonl") is None


def test_shared_storage_is_written_as_it_always_was():
    assert spelt(b"/sdcard/DCIM/a.jpg") == b"DCIM/a.jpg"
    assert spelt(b"/storage/emulated/999/DCIM/a.jpg") == b".workfleet/user-999/DCIM/a.jpg"
