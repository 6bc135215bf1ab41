import pytest

from neuroscan.data import dataset


@pytest.fixture(scope="session")
def real_set(real_data):
    """The tables of the real folders, read once."""
    return dataset.load(real_data)
