"""Choose a model's presence score, by head, by map or by both, and its threshold, on validation subjects.

Labelled negatives decide, where a source has some: those made by crops and patches are told from frames that keep
the nerve by looks that real frames do not have, and say little of them.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from neuroscan.data import dataset, notices
from neuroscan.evaluation import presence as evaluation
from neuroscan.imaging import preprocess
from neuroscan.inference import presence
from neuroscan.inference.card import BOTH, HEAD, MAP
from neuroscan.inference.predictor import Predictor
from neuroscan.learning.negatives import crop_or_paste
from neuroscan.learning.pipeline import UNCROPPED, load
from neuroscan.types import Image

SENSITIVITY = 0.9
"""Share of positive validation frames that the presence threshold calls present."""

_MIN_FRAMES = 10
"""A source decides from this many positive and this many negative frames on."""
_FOLDS = 5
_FEATURES = ["logit", "certainty"]


def choose_presence(predictor: Predictor, validation: pd.DataFrame, threshold: float) -> tuple[dict[str, Any], str]:
    """Choose the presence score of highest AUC, averaged over sources, and its threshold.

    Where any source has enough labelled negatives, such sources alone decide: these are told from frames with a nerve,
    by the head, by the map, and by both together, a logistic regression of the head's logit and the map's certainty
    that is judged on subjects it was not fitted on. Else head and map are judged on frames of all sources that kept or
    lost their nerve to `negatives.crop_or_paste`.

    Args:
        predictor: the model, calibrated; `notes["presence_head"]` of its card is False where it has no head.
        validation: labelled samples with the column `group`; some show a nerve.
        threshold: on probability, of the card to be.

    Returns:
        Entries `presence_from`, `presence_coefficients` and `presence_threshold` for the card, the threshold being the
        highest that calls 90 % of the positive frames present, mean over the sources; and a sentence on them.
    """
    labelled = validation[validation["present"].notna()].reset_index(drop=True)
    scored = labelled[["source", "group"]].assign(present=labelled["present"].astype(bool))
    scores = [_scores(predictor, dataset.read_image(row), threshold) for _, row in labelled.iterrows()]
    scored = scored.join(pd.DataFrame(scores, columns=[HEAD, MAP, *_FEATURES]))
    has_head = bool(predictor.card.notes.get("presence_head", True))
    ways = [HEAD, MAP] if has_head else [MAP]

    counts = scored.groupby("source")["present"].agg(["sum", "size"])
    sources = counts.index[(counts["sum"] >= _MIN_FRAMES) & (counts["size"] - counts["sum"] >= _MIN_FRAMES)]
    decisive = scored[scored["source"].isin(sources)]
    coefficients: list[float] = []
    if len(decisive):
        if has_head and (held_out := _held_out_scores(decisive)) is not None:
            decisive = decisive.assign(both=held_out)
            coefficients, ways = _fit_coefficients(decisive), [*ways, BOTH]
        sides = decisive[decisive["present"]], decisive[~decisive["present"]]
        auc = {way: _mean_auc(*sides, way) for way in ways}
        names = ", ".join(notices.display_name(str(source)) for source in sources)
        judged_on = f"{len(sides[1])} frames without a nerve of {names}"
    else:
        kept, lost = _altered(predictor, labelled[labelled["present"].eq(True)], threshold)
        auc = {way: _mean_auc(kept, lost, way) for way in ways}
        judged_on = f"{len(kept)} frames with a nerve, cropped or patched to keep and to lose it"
    chosen = max(ways, key=lambda name: np.nan_to_num(auc[name]))
    if chosen == BOTH:
        scored = scored.assign(both=presence.fused(scored["logit"], scored["certainty"], coefficients))
    kept_present = evaluation.choose_presence_threshold(
        scored["present"], scored[chosen], sensitivity=SENSITIVITY, groups=scored["source"]
    )
    entries = {
        "presence_from": chosen,
        "presence_coefficients": coefficients if chosen == BOTH else [],
        "presence_threshold": _rounded_down(kept_present),
    }
    return entries, f"presence AUC by {judged_on}: {', '.join(f'{name} {auc[name]:.3f}' for name in ways)}"


def _rounded_down(threshold: float) -> float:
    """Round down to four significant digits: rounded to 0 a threshold would switch the gate off."""
    if threshold <= 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(threshold)) - 3)
    return float(f"{math.floor(threshold / step) * step:.4g}")


def _scores(predictor: Predictor, image: Image, threshold: float) -> tuple[float, float, float, float]:
    """Score a frame's presence by head and by map, and take the features that both are fused from."""
    prepared, _ = preprocess.to_network(image, predictor.card.preprocess)
    maps, heads = predictor.run(prepared[None])
    certainty = presence.certainty(maps[0], threshold)
    return float(heads[0]), presence.from_map(maps[0]), presence.head_logit(heads[0]), certainty


def _regression() -> Any:
    """Build what fuses head and map."""
    return make_pipeline(StandardScaler(), LogisticRegression())


def _weights(true: pd.DataFrame) -> NDArray[np.float64]:
    """Sample weights: sources, and positive and negative frames within each, weigh equally."""
    sizes = true.groupby(["source", "present"])["present"].transform("size")
    return (len(true) / sizes / len(true.groupby(["source", "present"]))).to_numpy()


def _held_out_scores(true: pd.DataFrame) -> NDArray[np.float64] | None:
    """Fused score of each frame, cross-validated by subject; None where a training fold lacks either kind."""
    scores, present, group = (true[name].to_numpy() for name in (_FEATURES, "present", "group"))
    if true["group"].nunique() < 2:
        return None
    folds = list(GroupKFold(min(_FOLDS, true["group"].nunique())).split(scores, present, group))
    if any(present[rest].all() or not present[rest].any() for rest, _ in folds):
        return None
    weights = {"logisticregression__sample_weight": _weights(true)}
    probability = cross_val_predict(_regression(), scores, present, cv=folds, params=weights, method="predict_proba")
    return np.asarray(probability[:, 1])


def _fit_coefficients(true: pd.DataFrame) -> list[float]:
    """Coefficients of logit and certainty, and the intercept, of features as they are, not standardised."""
    pipeline = _regression().fit(
        true[_FEATURES].to_numpy(), true["present"].to_numpy(), logisticregression__sample_weight=_weights(true)
    )
    scaler, regression = pipeline[0], pipeline[1]
    slopes = regression.coef_[0] / scaler.scale_
    return [round(float(value), 4) for value in (*slopes, regression.intercept_[0] - slopes @ scaler.mean_)]


def _altered(predictor: Predictor, positive: pd.DataFrame, threshold: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score frames altered alike to keep and to lose their nerve, so that AUC is of the nerve and not of the crop.

    Frames whose nerve is too large to lose are left out.
    """
    sides: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for number, (_, sample) in enumerate(positive.iterrows()):
        image, mask = load(sample, UNCROPPED)
        seed = [0, number]
        pair = [crop_or_paste(image, mask, absent=a, random=np.random.default_rng(seed)) for a in (False, True)]
        if pair[1][1].any():
            continue
        for side, (frame, _) in zip(sides, pair, strict=True):
            head, by_map, *_ = _scores(predictor, frame, threshold)
            side.append({"source": sample["source"], HEAD: head, MAP: by_map})
    columns = ["source", HEAD, MAP]
    return pd.DataFrame(sides[0], columns=columns), pd.DataFrame(sides[1], columns=columns)


def _mean_auc(present: pd.DataFrame, absent: pd.DataFrame, way: str) -> float:
    """Average the AUC of positive against negative frames over sources; NaN without any."""
    aucs = []
    for source, rows in present.groupby("source"):
        others = absent.loc[absent["source"] == source, way]
        labels = np.repeat([True, False], [len(rows), len(others)])
        aucs.append(roc_auc_score(labels, np.concatenate([rows[way], others])) if len(others) else np.nan)
    return float(np.mean(aucs)) if aucs else float("nan")
