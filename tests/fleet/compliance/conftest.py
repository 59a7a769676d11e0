import pytest


@pytest.fixture
def phone(make):
    return make.device()
