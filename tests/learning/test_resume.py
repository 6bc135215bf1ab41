"""What an interrupted run has left, whole, half or missing."""

import pandas as pd
import pytest

from neuroscan.learning import resume


def backup(run, log_rows, *, state=None, before=None):
    """What a killed run leaves: a log, and the state of its backup, whole, half or missing."""
    folder = run / "backup-9"
    folder.mkdir()
    pd.DataFrame({"epoch": range(log_rows), resume.MONITOR: 0.5}).to_csv(run / resume.LOG, index=False)
    for name, text in (("training_metadata.json", state), ("training_metadata.json.bkp", before)):
        if text is not None:
            (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("state", "before", "kept"),
    [
        ('{"epoch": 3, "batch": 0}', '{"epoch": 2}', 3),
        ('{"epoch": 2, "batch": 0}', None, 2),  # logged further than backed up
        ('{"epo', '{"epoch": 2}', 2),  # killed while writing it down
        ("", '{"epoch": 2}', 2),
        ("", None, 0),
        (None, None, 0),
    ],
)
def test_the_log_keeps_the_epochs_that_the_backup_holds(state, before, kept, tmp_path):
    folder = backup(tmp_path, 3, state=state, before=before)
    assert len(resume.completed(tmp_path, 0, folder)) == kept
    assert (tmp_path / resume.LOG).is_file() == (kept > 0)
    assert len(resume.completed(tmp_path, 0, folder)) == kept  # and again, had it been killed once more


def test_weights_that_are_ahead_of_their_state_make_way_for_those_before(tmp_path):
    folder = backup(tmp_path, 3, state='{"epo', before='{"epoch": 2}')
    for name, epoch in (("latest.weights.h5", "3"), ("latest.weights.h5.bkp", "2")):
        (folder / name).write_text(epoch)
    assert len(resume.completed(tmp_path, 0, folder)) == 2
    assert (folder / "latest.weights.h5").read_text() == "2"


def test_a_second_stage_goes_on_from_the_log_of_the_first(tmp_path):
    folder = backup(tmp_path, 4)
    assert len(resume.completed(tmp_path, 3, folder)) == 3
