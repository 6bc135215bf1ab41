// Arrow keys left and right step through the frames, unless they mean something where the focus is.

const OWN_USE = [
  "input", "textarea", "select", "canvas", "[contenteditable]", "[role=slider]", "[role=radio]", "[role=tab]",
  "[role=listbox]", "[role=combobox]", "[role=grid]", "[role=menu]", "[role=dialog]",
].join(",");

const REMEMBERED_MS = 5000;

export default function ({ setStateValue }) {
  const pressed = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    // The path sees into shadow roots; the target does not. A picture that is zoomed in keeps its keys to itself.
    if (event.composedPath().some((node) => node.matches?.(OWN_USE))) return;
    event.preventDefault();
    const now = performance.timeOrigin + performance.now();
    const recent = (window.neuroscanPresses ?? []).filter(([time]) => now - time < REMEMBERED_MS);
    window.neuroscanPresses = [...recent, [now, step]];
    setStateValue("presses", window.neuroscanPresses);
  };
  // This runs again on each change of data: one listener is enough.
  document.removeEventListener("keydown", window.neuroscanStep);
  window.neuroscanStep = pressed;
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
