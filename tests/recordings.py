"""What real phones and adb servers printed: it lies beside the project, and is no part of it."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
recorded = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the recordings of real phones are not beside the project"
)
