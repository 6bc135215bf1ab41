"""What each page begins with."""

import gc


def test_what_libraries_hold_is_out_of_the_collection_after_each_run(open_page):
    """Streamlit collects garbage after each run: going through every library would take longer than the page did."""
    page = open_page("pages/1_Live_Prediction.py", sample="tiny/2_1", model="blob")
    page.run()
    gc.collect()
    assert not page.exception
    assert len(gc.get_objects()) < gc.get_freeze_count() / 10
