"""The parts of the front door."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from neuroscan.app import cache, layout, legend, pickers, state, viewer
from neuroscan.app.pickers import Chosen
from neuroscan.data import notices
from neuroscan.imaging import overlay
from neuroscan.inference.card import Card

_WAYS = (
    ("pages/1_Live_Prediction.py", "Live Prediction", "Where is the nerve in this frame, and how sure is the model?"),
    ("pages/2_Ground_Truth_Overlay.py", "Ground Truth Overlay", "Where do model and expert agree, and where not?"),
    ("pages/3_Model_Comparison.py", "Model Comparison", "Which model should I trust, and by how much?"),
    ("pages/4_Data_Explorer.py", "Data Explorer", "What is in this data set, and what is wrong with it?"),
    ("pages/5_Annotate.py", "Annotate", "What if I draw it myself?"),
)


def front() -> None:
    """The ways in, beside an example of what the models do."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _ways_in()
    with right:
        _example()


def _ways_in() -> None:
    """Links to the pages, each with the question it answers."""
    for path, title, question in _WAYS:
        with st.container(gap=None):
            st.page_link(path, label=f"**{title}**", icon=":material/arrow_forward:")
            st.caption(question)


def _example() -> None:
    """The frame that a first visit to Live Prediction opens on, outlined; nothing without frames or models."""
    samples, cards = cache.data_sets().samples, cache.models()[0]
    if samples.empty or not cards:
        return
    row, model = samples.loc[pickers.opening(samples)], pickers.model_in_use(cards)
    frame = layout.tried(cache.frame, row)
    if frame is None or (prediction := layout.tried(cache.prediction, model, frame.image)) is None:
        return
    chosen = Chosen(frame, state.sample_key(row["source"], row["frame"]), row)
    thresholds = state.thresholds(model, cards[model])
    mask = prediction.mask(thresholds.threshold, thresholds.presence)
    expert = layout.tried(cache.expert_mask, row, frame.image.shape)
    if expert is None:
        colors, picture = {f"model {model}": overlay.MODEL}, overlay.outline(frame.image, mask)
    else:
        who = notices.truth_by(row["source"])
        colors = {f"{who} (solid)": overlay.EXPERT, f"model {model} (dashed)": overlay.MODEL}
        picture = overlay.compare(frame.image, expert, mask)
    alt = f"{chosen.title}, outlined by {layout.listed(list(colors))}"
    viewer.picture(picture, chosen.title, alt=alt, group="example", key="example")
    with st.container(horizontal=True, vertical_alignment="center"):
        legend.show(colors)
        st.page_link(
            _WAYS[0][0],
            label="Open in Live Prediction",
            icon=":material/open_in_new:",
            query_params=state.link(chosen.sample, model),
        )


def at_hand() -> None:
    """Data sets and models, with what is wrong with either."""
    _data_sets()
    _models()
    st.button("Look again", icon=":material/refresh:", on_click=cache.forget, help="Read data and models anew.")


def _boxes(count: int) -> list[DeltaGenerator]:
    """Boxes, two a row, those of a row equally high."""
    columns = [column for _ in range(0, count, 2) for column in st.columns(2)]
    return [column.container(border=True, height="stretch") for column in columns[:count]]


def _models() -> None:
    """The models, one box each, the best first; what is true of all of them above, what of some below."""
    cards, problems = cache.models()
    cards = dict(sorted(cards.items(), key=lambda item: _worth(item[1]), reverse=True))
    st.header("Models", anchor=False)
    limits = _limits(cards)
    if common := [limit for limit, names in limits.items() if len(names) == len(cards)]:
        st.caption(layout.plain(" ".join(common)))
    for box, (name, card) in zip(_boxes(len(cards)), cards.items(), strict=True):
        box.markdown(f"**{layout.plain(name)}**, {card.parameters:,} parameters")
        box.caption(layout.plain(" ".join(_figures(card))))
    for limit, names in limits.items():
        if limit not in common:
            st.caption(layout.plain(f"{layout.listed(names)}: {limit}"))
    if any(card.test_dice for card in cards.values()):
        st.caption(
            "Dice: overlap with the expert's outline, 0 none and 1 all of it, on frames of test subjects, each subject "
            "weighing the same. How far these figures hold, and whether a lead is more than luck: Model Comparison."
        )
    if not cards:
        st.caption(
            "None yet: `python -m training.train --config training/configs/unet.toml --sources NAME=1` trains one on "
            "the data set NAME."
        )
    for sentence in problems:
        layout.problem(sentence)


def _worth(card: Card) -> float:
    """What models are ordered by: mean test Dice over real sources; those that have none come last."""
    real = [dice for source, dice in card.test_dice.items() if not notices.is_synthetic(source)]
    return sum(real) / len(real) if real else -1.0


def _figures(card: Card) -> list[str]:
    """Sentences: how it scored by source, real ones first, and what it learnt from."""
    dice = sorted(card.test_dice.items(), key=lambda item: (notices.is_synthetic(item[0]), item[0]))
    scored = [f"{value:.2f} on {notices.display_name(source)}" for source, value in dice]
    alarms = [
        f"{wrong} of {n} of {notices.display_name(source)}{', all of one subject' if subjects == 1 else ''}"
        for source, (wrong, n, subjects) in card.false_alarms.items()
    ]
    return [
        *([f"Dice {', '.join(scored)}."] if scored else []),
        *([f"It found a nerve in test frames without one: {', '.join(alarms)}."] if alarms else []),
        f"Trained on {', '.join(map(notices.display_name, card.sources))}.",
    ]


def _limits(cards: Mapping[str, Card]) -> dict[str, list[str]]:
    """What the models cannot do: each limit once, with the names of those that have it."""
    limits = dict.fromkeys(limit for card in cards.values() for limit in card.limits)
    return {limit: [name for name, card in cards.items() if limit in card.limits] for limit in limits}


def _data_sets() -> None:
    """The data sets, one box each, and what is wrong with them."""
    found = cache.data_sets()
    st.header("Data sets", anchor=False)
    sources = found.samples.groupby("source")
    for box, (source, samples) in zip(_boxes(len(sources)), sources, strict=True):
        with box:
            synthetic = ", **synthetic**" if notices.is_synthetic(str(source)) else ""
            st.markdown(f"**{layout.plain(str(source))}**, {layout.counted(len(samples), 'frame')}{synthetic}")
            labels = samples["present"].map({True: "with a nerve", False: "without"}).fillna("unlabelled")
            counts = ", ".join(f"{count:,} {label}" for label, count in labels.value_counts().items())
            subjects = samples["subject"].nunique()
            known = f" {layout.counted(subjects, 'subject')}." if subjects else " Subjects unknown."
            st.caption(layout.plain(f"{counts}.{known} {notices.terms(str(source))}"))
    if found.samples.empty:
        st.caption("None yet, and none needed to outline pictures of your own. How to bring one stands below.")
    if len(found.problems):
        with st.expander(f"{layout.counted(len(found.problems), 'problem')} in the data", icon=":material/report:"):
            st.dataframe(found.problems, hide_index=True)


def limits() -> None:
    """What the models do not do."""
    st.header("What it does not do", anchor=False)
    st.markdown(
        "The models **outline nerves**, and say when they find none. Nothing they learnt from was labelled normal or "
        "abnormal, so **no diagnosis is made**: an unusual area is shown against the range seen in training, no more. "
        "Areas in mm² appear only where the size of a pixel is known."
    )


def bring_data() -> None:
    """Layouts that are read, and how to get the two public data sets."""
    st.header("Bring your own data", anchor=False)
    st.markdown(
        "A single picture needs nothing: upload it in Live Prediction. A data set is a folder in `data/` (or in the "
        "folder that `NEUROSCAN_DATA` names), in one of two layouts; PNG, JPEG, TIFF and BMP are read, frames also "
        "from DICOM (`.dcm`)."
    )
    left, right = st.columns(2, gap="large")
    left.markdown("**Kaggle's layout**: subject and frame number in the name, 0/255 masks")
    left.code("data/mine/1_1.tif\ndata/mine/1_1_mask.tif\ndata/mine/1_2.tif\n…", language=None)
    right.markdown("**Two folders** with equal names; masks of 0/255 or labels, 1 = nerve")
    right.code("data/mine/images/0001.jpg\ndata/mine/masks/0001.png\n…", language=None)
    with st.expander("Kaggle Ultrasound Nerve Segmentation (UNS)", icon=":material/download:"):
        st.markdown(
            "5,635 labelled frames of 47 subjects, brachial plexus in the neck. With a Kaggle account, accept the "
            "rules of the competition "
            "[Ultrasound Nerve Segmentation](https://www.kaggle.com/c/ultrasound-nerve-segmentation), then:"
        )
        st.code(
            "kaggle competitions download -c ultrasound-nerve-segmentation\n"
            "unzip ultrasound-nerve-segmentation.zip -d data/uns",
            language=None,
        )
    with st.expander("usgra-seg", icon=":material/download:"):
        st.markdown(
            "204 frames of five regions from another machine, CC BY 4.0. Copy its folders `images` and `masks` from "
            "[github.com/tmkand/usgra-seg](https://github.com/tmkand/usgra-seg) to `data/usgra/`."
        )
    with st.expander("No data at all: make synthetic frames", icon=":material/science:"):
        st.code("python -m training.phantom --out data/phantom", language=None)
