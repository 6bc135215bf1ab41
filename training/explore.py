"""Describe every frame of a data folder: python -m training.explore --data FOLDER --output FOLDER.

Writes frames.csv and frames.parquet (one row a frame), problems.csv, pairs.csv, contradictions.csv, outliers.csv and
subjects.csv. What was measured is kept in .neuroscan in the data folder, or in NEUROSCAN_CACHE where that is read-only,
for the next time and for Data Explorer.
"""

import argparse
import sys
from pathlib import Path

from neuroscan import config
from neuroscan.data import layout, notices
from neuroscan.explore import compute, outliers, results
from training import places, progress

_PRIVATE = ["key", "rle"]


def build_parser() -> argparse.ArgumentParser:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=places.path, default=config.data_dir(), help="data set or folder of them (%(default)s)"
    )
    parser.add_argument("--output", type=places.path, required=True, help="folder for the tables")
    parser.add_argument("--label", type=int, default=1, help="which label of a mask is the nerve (%(default)s)")
    parser.add_argument("--workers", type=int, help="processes; default: one a core")
    parser.add_argument(
        "--scheduler",
        default=config.scheduler(),
        help="tcp://host:port of a Dask scheduler, instead of processes (NEUROSCAN_SCHEDULER)",
    )
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        if layout.kind(args.output) or args.output.resolve() == args.data.resolve():
            raise ValueError(f"--output {args.output} holds data, and tables in it could be lost; name another folder")
        places.make_writable(args.output, "--output")
        with progress.bar() as step:
            explored = compute.explore(
                args.data,
                label=args.label,
                scheduler=args.scheduler or None,
                workers=args.workers,
                progress=step,
            )
        write(explored, args.data, args.output)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(
        f"{len(explored.frames)} frames, {len(explored.problems)} problems, {len(explored.pairs)} near-duplicate "
        f"pairs, {len(explored.contradictions)} of them with contradictory masks. {config.DISCLAIMER}"
    )
    return 0


def write(explored: results.Explored, data: Path, output: Path) -> None:
    """Write the tables of a data folder, each with what is synthetic and the disclaimer.

    Args:
        explored: the tables.
        data: the data folder; paths are written as they lie in it.
        output: folder to write to.
    """
    frames = notices.mark_synthetic(results.whole_numbers(results.inside(explored.frames, data)).drop(columns=_PRIVATE))
    notices.with_disclaimer(frames).to_csv(output / "frames.csv", index=False)
    # Programs read this one: names stay as they are.
    frames.assign(note=config.DISCLAIMER).to_parquet(output / "frames.parquet", index=False)
    tables = {
        "problems": explored.problems,
        "pairs": explored.pairs,
        "contradictions": explored.contradictions,
        "outliers": outliers.frame_outliers(explored.frames),
        "subjects": outliers.subject_outliers(explored.frames, explored.contradictions),
    }
    for name, table in tables.items():
        # The first column of each is the source, or a frame or subject of it.
        notices.with_disclaimer(notices.mark_synthetic(table, table.columns[0])).to_csv(
            output / f"{name}.csv", index=False
        )


if __name__ == "__main__":
    sys.exit(main())
