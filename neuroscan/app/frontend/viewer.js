// Pictures that zoom and move; all pictures of one group keep pace, wherever on the page they stand.
// A view is {scale, x, y}: magnification, and the point of the picture (0 to 1) in the middle of its window.

const LARGEST = 16;
const groups = (window.neuroscanViews ??= new Map());

function viewOf(group) {
  if (!groups.has(group)) groups.set(group, { scale: 1, x: 0.5, y: 0.5, draws: new Set() });
  return groups.get(group);
}

function moveTo(view, scale, x, y) {
  view.scale = Math.min(LARGEST, Math.max(1, scale));
  const margin = 0.5 / view.scale;
  view.x = Math.min(1 - margin, Math.max(margin, x));
  view.y = Math.min(1 - margin, Math.max(margin, y));
  view.draws.forEach((draw) => draw());
}

// Keep the point of the picture under (u, v) of the window, each 0 to 1, where it is.
function zoomAt(view, factor, u = 0.5, v = 0.5) {
  const scale = Math.min(LARGEST, Math.max(1, view.scale * factor));
  const shift = 1 / view.scale - 1 / scale;
  moveTo(view, scale, view.x + (u - 0.5) * shift, view.y + (v - 0.5) * shift);
}

function show(panel, data, view) {
  const pane = panel.querySelector(".window");
  const image = panel.querySelector("img");
  pane.neuroscanStop?.(); // this runs again on each change of data

  const source = `data:image/png;base64,${data.png}`;
  if (image.src !== source) image.src = source;
  image.alt = data.alt;
  pane.style.aspectRatio = `${data.width} / ${data.height}`;
  pane.style.maxWidth = `${(80 * data.width) / data.height}vh`; // a tall picture still fits the screen
  panel.querySelector(".caption").textContent = data.caption;

  const draw = () => {
    image.style.width = image.style.height = `${100 * view.scale}%`;
    image.style.left = `${50 - 100 * view.scale * view.x}%`;
    image.style.top = `${50 - 100 * view.scale * view.y}%`;
    // Once a pixel of the frame is several of the screen's, smoothing would invent detail.
    image.style.imageRendering = (pane.clientWidth * view.scale) / data.width > 3 ? "pixelated" : "auto";
    pane.classList.toggle("zoomed", view.scale > 1);
    pane.dataset.view = `${view.scale.toFixed(2)} ${view.x.toFixed(4)} ${view.y.toFixed(4)}`;
    panel.querySelector("[data-do=out]").disabled = view.scale <= 1;
    panel.querySelector("[data-do=all]").disabled = view.scale <= 1;
    panel.querySelector("[data-do=in]").disabled = view.scale >= LARGEST;
  };

  const place = (event) => {
    const box = pane.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const fingers = new Map();
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a[0] - b[0], a[1] - b[1]) || 1e-3;
  };

  pane.onpointerdown = (event) => {
    fingers.set(event.pointerId, place(event));
    if (view.scale > 1 || fingers.size > 1) pane.setPointerCapture(event.pointerId);
    pane.classList.add("held");
  };
  pane.onpointermove = (event) => {
    if (!fingers.has(event.pointerId)) return;
    const [u, v] = place(event);
    const [u0, v0] = fingers.get(event.pointerId);
    if (fingers.size === 2) {
      const before = spread();
      fingers.set(event.pointerId, [u, v]);
      zoomAt(view, spread() / before, u, v);
    } else {
      fingers.set(event.pointerId, [u, v]);
      if (view.scale > 1) moveTo(view, view.scale, view.x - (u - u0) / view.scale, view.y - (v - v0) / view.scale);
    }
  };
  pane.onpointerup = pane.onpointercancel = pane.onpointerleave = (event) => {
    fingers.delete(event.pointerId);
    pane.classList.remove("held");
  };
  pane.ondblclick = (event) => zoomAt(view, 2, ...place(event));
  // The wheel alone scrolls the page; with Ctrl, which is also what a trackpad's pinch sends, it zooms.
  const wheel = (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomAt(view, Math.exp(-event.deltaY / 200), ...place(event));
  };
  pane.addEventListener("wheel", wheel, { passive: false });

  const keys = {
    "+": () => zoomAt(view, 1.5), "=": () => zoomAt(view, 1.5), "-": () => zoomAt(view, 1 / 1.5),
    0: () => moveTo(view, 1, 0.5, 0.5),
  };
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  pane.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in keys) keys[event.key]();
    else if (event.key in moves && view.scale > 1) {
      const [x, y] = moves[event.key];
      moveTo(view, view.scale, view.x + (0.15 * x) / view.scale, view.y + (0.15 * y) / view.scale);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const actions = { in: keys["+"], out: keys["-"], all: keys[0] };
  panel.querySelectorAll("button").forEach((button) => (button.onclick = actions[button.dataset.do]));

  view.draws.add(draw);
  const watcher = new ResizeObserver(draw);
  watcher.observe(pane);
  draw();
  pane.neuroscanStop = () => {
    view.draws.delete(draw);
    watcher.disconnect();
    pane.removeEventListener("wheel", wheel);
  };
}

export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".panels");
  const windows = () => [...place.querySelectorAll(".window")];
  while (place.children.length < data.pictures.length) place.append(place.firstElementChild.cloneNode(true));
  while (place.children.length > Math.max(data.pictures.length, 1)) {
    windows().at(-1).neuroscanStop?.();
    place.lastElementChild.remove();
  }
  place.style.display = data.pictures.length ? "" : "none";
  data.pictures.forEach((own, number) => show(place.children[number], own, viewOf(data.group)));
  return () => windows().forEach((pane) => pane.neuroscanStop?.());
}
