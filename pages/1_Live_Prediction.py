"""Where is the nerve in this frame, and how sure is the model?"""

import streamlit as st

from neuroscan.app import cache, controls, layout, legend, pickers, seen, state, uploads, viewer
from neuroscan.app.live import all_models, exports, out_of_distribution, report, steadiness
from neuroscan.app.pickers import Chosen
from neuroscan.data.codecs import Frame
from neuroscan.inference.card import Card
from neuroscan.inference.predictor import Prediction

layout.page("Live Prediction", "Where is the nerve in this frame, and how sure is the model?")


@st.fragment
def outlined(
    chosen: Chosen, others: list[Frame], model: str, card: Card, prediction: Prediction, unlike: bool | None
) -> None:
    """All that follows thresholds and looks: reruns alone, from the cached probability on."""
    image, digest = chosen.frame.image, cache.digest(chosen.frame.image)
    thresholds = controls.thresholds(model, card)
    with st.container(horizontal=True, vertical_alignment="center"):
        display = controls.display(image.size)
        spacing = controls.spacing(chosen.frame.spacing, digest)
        controls.gate(model, card)
    shown = report.answer(image, prediction, thresholds, display, spacing=spacing)
    if report.verdict(shown, prediction, thresholds, f"{model} {digest}"):
        shown = report.answer(image, prediction, thresholds, display, anyway=True, spacing=spacing)

    if shown.drawn:
        seen.note(chosen.sample, seen.MODEL)

    left, right = st.columns(2)
    size = f"{image.shape[1]} × {image.shape[0]} px"
    with left:
        words = report.caption(shown, display, model)
        viewer.picture(shown.picture, words, alt=f"{chosen.title}: {words}", group=digest, key="overlay")
    with right:
        words = f"{chosen.title}, {size}"
        viewer.picture(image, words, alt=f"Plain frame {words}", group=digest, key="plain")
    if display.look == "Heat map" and shown.drawn:
        legend.show({}, heat=True)
    report.false_alarms(shown, thresholds, card)
    report.numbers(shown)
    report.usual_area(shown, card)
    exports.offer(chosen, model, prediction, shown, thresholds, unlike=unlike)
    exports.offer_all(others, model, card, thresholds, display)
    steadiness.steadiness(chosen, model, card, thresholds)
    all_models.all_models(chosen, display)
    state.write_link(chosen.sample, model, thresholds)


samples = cache.data_sets().samples
left, right = st.columns(2)
with left:
    way = pickers.way(samples)
with right:
    model, card = pickers.model()
brought = uploads.bring() if way == pickers.UPLOAD else []
chosen = uploads.one_of(brought) if way == pickers.UPLOAD else pickers.sample(samples)
if chosen is None:
    state.write_link(None, model, state.thresholds(model, card))
    st.stop()
prediction = cache.prediction(model, chosen.frame.image, private=chosen.private)
report.seen_in_training(chosen, samples, card)
unlike = out_of_distribution.warn(chosen, card)
outlined(chosen, brought, model, card, prediction, unlike)
with st.expander("What the model sees", icon=":material/visibility:", key="steps open"):
    if st.toggle("Show the steps", key="show_steps"):
        report.model_sees(chosen.frame.image, card, prediction.window)
