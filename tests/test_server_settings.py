"""What `streamlit run` makes of .streamlit/config.toml."""

import subprocess
import sys
import tomllib

from neuroscan import config
from tests.conftest import ROOT

SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def test_nothing_is_told_to_others_and_no_traceback_to_visitors():
    assert SETTINGS["browser"]["gatherUsageStats"] is False
    assert SETTINGS["client"]["showErrorDetails"] == "none"


def test_the_browser_refuses_what_would_be_refused_once_it_is_here():
    assert SETTINGS["server"]["maxUploadSize"] * 2**20 == config.MAX_BYTES


def test_drawings_and_uploads_are_kept_for_a_browser_that_is_away_as_long_as_the_page_says():
    assert SETTINGS["server"]["disconnectedSessionTTL"] == 60 * config.AWAY_MINUTES


def test_a_start_without_a_screen_asks_no_other_machine():
    code = (
        "from streamlit import net_util\n"
        "from streamlit.web import bootstrap\n"
        "net_util.get_external_ip = lambda: exit('asks a server on the internet for its own address')\n"
        "bootstrap.load_config_options({'server_headless': True})\n"
        "bootstrap._print_url(False)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "URL: http://localhost:8501" in done.stdout
