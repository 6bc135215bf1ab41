// Panels of one frame. The frame is sent once; of each panel comes only the part that differs from it, which lies over
// the frame as a patch. Zoom and keys are the viewer's (`show`, from viewer.js).

// Where the patch belongs, however the frame beneath is zoomed and moved.
function follow(pane) {
  const { left, top, width, height, imageRendering } = pane.querySelector("img").style;
  const [x, y, across, down] = pane.neuroscanBox;
  Object.assign(pane.querySelector(".patch").style, {
    left: `calc(${left} + ${width} * ${x})`, top: `calc(${top} + ${height} * ${y})`,
    width: `calc(${width} * ${across})`, height: `calc(${height} * ${down})`, imageRendering,
  });
}

function lay(pane, panel, data) {
  let patch = pane.querySelector(".patch");
  if (!patch) {
    patch = document.createElement("img");
    patch.className = "patch";
    patch.alt = "";
    pane.append(patch);
    const watcher = new MutationObserver(() => follow(pane));
    watcher.observe(pane.querySelector("img"), { attributes: true, attributeFilter: ["style"] });
  }
  const [left, top, width, height] = panel.box;
  pane.neuroscanBox = [left / data.width, top / data.height, width / data.width, height / data.height];
  pane.dataset.box = panel.box.join(" ");
  patch.style.display = panel.patch ? "" : "none";
  if (panel.patch) patch.src = `data:image/png;base64,${panel.patch}`;
  follow(pane);
}

export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".panels");
  const windows = () => [...place.querySelectorAll(".window")];
  while (place.children.length < data.panels.length) {
    const panel = place.firstElementChild.cloneNode(true);
    panel.querySelector(".patch")?.remove();
    place.append(panel);
  }
  while (place.children.length > Math.max(data.panels.length, 1)) {
    windows().at(-1).neuroscanStop?.();
    place.lastElementChild.remove();
  }
  place.style.display = data.panels.length ? "" : "none";
  const { frame, group, width, height } = data;
  data.panels.forEach(({ caption, alt, ...panel }, number) => {
    const own = { png: frame, caption, alt, group, width, height };
    show({ data: own, parentElement: place.children[number] });
    lay(windows()[number], panel, data);
  });
  return () => windows().forEach((pane) => pane.neuroscanStop?.());
}
