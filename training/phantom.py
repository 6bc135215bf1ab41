"""Make phantoms, and measure how much they look like real frames.

python -m training.phantom --out data/phantom --subjects 12 --frames 25 --seed 7
python -m training.phantom --compare FOLDER --real FOLDER --out FOLDER
"""

import argparse
import sys

from neuroscan import config
from neuroscan.phantom import DEMO_SEED, write
from training import places, progress


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make synthetic ultrasound frames in the Kaggle layout.")
    parser.add_argument("--out", type=places.path, required=True, help="new folder to write to")
    parser.add_argument("--subjects", type=int, default=12)
    parser.add_argument("--frames", type=int, default=25, help="frames of each subject")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=config.cores(), help="processes (%(default)s)")
    parser.add_argument("--compare", type=places.path, help="folder of phantoms to measure against --real, instead")
    parser.add_argument("--real", type=places.path, help="folder of real frames with masks")
    args = parser.parse_args(argv)
    try:
        if args.compare:
            if not args.real:
                raise ValueError("--compare needs real frames to compare with; name their folder with --real.")
            # Here, so that the processes that make frames need not load pandas.
            from neuroscan.phantom.realism import compare

            print(compare(args.compare, args.real, args.out).to_string())
            return 0
        if args.seed == DEMO_SEED:
            print(f"Seed {DEMO_SEED} is the demo's: training refuses these frames.", file=sys.stderr)
        with progress.bar() as step:
            write(
                args.out,
                subjects=args.subjects,
                frames=args.frames,
                seed=args.seed,
                workers=args.workers,
                progress=step,
            )
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
