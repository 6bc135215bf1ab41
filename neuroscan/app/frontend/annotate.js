// Stands beside the drawing canvas: tells the server how wide the page is, names the canvas for screen readers, presses
// its edit switch, hides those of its buttons that would change the drawing without the server's knowing, and lets
// polygons be drawn by touch: a tap sets a point, and a finger that moves takes the page or the enlarged frame along. The
// browser asks before it leaves the app with a drawing that is not saved.

const NARROWER = 8; // pixels; less is a scroll bar that comes and goes
const HIDDEN = `
  .dc-toolbar[data-kept=none] { display: none !important; }
  .dc-toolbar-card > .dc-icon-button, .dc-toolbar-separator { display: none !important; }
  .dc-toolbar-contextual .dc-icon-button:not([title="Delete selected"]) { display: none !important; }
  .dc-icon-button { min-width: 2.2rem; min-height: 2.2rem; }
  .dc-root[data-taps=true] .upper-canvas { touch-action: manipulation !important; }
  .dc-canvas:focus-visible { outline: 3px solid var(--st-primary-color); }
`;

// The canvas lives in a shadow root somewhere in the container that holds us both.
function findCanvas(place) {
  for (const element of place.querySelectorAll("*")) {
    const root = element.shadowRoot?.querySelector(".dc-root");
    if (root) return { root, shadow: element.shadowRoot };
  }
  return null;
}

export default function ({ data, setStateValue }) {
  let told = data.width ?? 0;

  // What the server hears of ends a polygon that is not closed yet, as do Undo and Clear. Other pages keep this one's
  // drawings, so the question stays when this page is left for them.
  window.neuroscanOpenPolygon = false;
  window.onbeforeunload = (event) => {
    if (data.unsaved || window.neuroscanOpenPolygon) event.preventDefault();
  };

  const keep = () => {
    // Looked up each time: Streamlit may have put another element in its place.
    const place = document.querySelector(`.st-key-${data.place}`);
    if (!place) return;
    const width = Math.floor(place.clientWidth);
    if (width > 0 && Math.abs(width - told) > NARROWER) {
      told = width;
      setStateValue("width", width);
    }
    const found = findCanvas(place);
    if (!found) return;
    const { root, shadow } = found;
    if (!shadow.querySelector("style[data-annotate]")) {
      const style = document.createElement("style");
      style.dataset.annotate = "";
      style.textContent = HIDDEN;
      shadow.append(style);
      // The canvas' polygons hear a mouse alone. A touch that it does not hear comes as a mouse's click, from the browser.
      const ofPolygon = () => shadow.querySelector(".dc-root")?.dataset.taps === "true";
      shadow.addEventListener("touchstart", (event) => ofPolygon() && event.stopPropagation(), { capture: true });
      shadow.addEventListener("mousedown", () => (window.neuroscanOpenPolygon = ofPolygon()), { capture: true });
    }
    root.dataset.taps = String(data.taps);
    const drawn = root.querySelector(".upper-canvas");
    if (drawn && drawn.getAttribute("aria-label") !== data.words) {
      drawn.setAttribute("role", "img");
      drawn.setAttribute("aria-label", data.words);
    }
    const toolbar = root.querySelector(".dc-toolbar");
    if (toolbar) toolbar.dataset.kept = data.edit ? "delete" : "none";
    const edit = root.querySelector('.dc-icon-button[title="Edit"]');
    if (edit && (edit.getAttribute("aria-pressed") === "true") !== data.edit) edit.click();
  };

  // This runs again on each change of data: one clock is enough.
  clearInterval(window.neuroscanAnnotate);
  const clock = (window.neuroscanAnnotate = setInterval(keep, 150));
  keep();
  return () => {
    clearInterval(clock);
    window.neuroscanOpenPolygon = false;
  };
}
