"""What a station tells before it erases a phone."""

from fleet.contracts.stations import Planted, WipeStep, WipeStepIn

MARKS = Planted(
    token=f"wf_{'0a' * 12}",
    serialno="SER1",
    boots="5 before",
    marks=("data", "storage"),
    files=40,
    packages=("com.tencent.mm",),
)
ERASE = WipeStepIn(step=WipeStep.ERASE, planted=MARKS)
