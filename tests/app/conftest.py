"""Pages open as fast as in the tests of whole pages."""

from tests.pages.conftest import packages_searched_once

__all__ = ["packages_searched_once"]
