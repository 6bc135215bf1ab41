"""Tests see none of the variables that whoever runs them has set, such as NEUROSCAN_DATA; some are read on import."""

import os

for name in [name for name in os.environ if name.startswith("NEUROSCAN_") and name != "NEUROSCAN_TEST_DATA"]:
    del os.environ[name]
