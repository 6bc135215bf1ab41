"""Run every benchmark: make bench."""

import json

from tests.benchmarks import explore, inference, overlay, phantoms, scores

BENCHMARKS = (inference.run, overlay.run, scores.run, explore.run, phantoms.run)


def main() -> None:
    """Print each figure, then all of them as one JSON line."""
    figures: dict[str, float] = {}
    for benchmark in BENCHMARKS:
        for name, value in benchmark().items():
            print(f"{name:<50} {value:>10.2f}", flush=True)
            figures[name] = round(value, 3)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
