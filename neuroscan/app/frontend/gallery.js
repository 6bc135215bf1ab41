// Small pictures as buttons; the picked one's name goes back to the server.

export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".tiles");
  place.classList.toggle("strip", data.strip);
  place.style.setProperty("--tile", data.width);
  // Texts are set as text, never as markup: names come from people's files.
  const buttons = data.tiles.map((tile) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(tile.name === data.chosen));
    if (tile.png) {
      const shown = document.createElement("img");
      shown.src = `data:image/png;base64,${tile.png}`;
      shown.alt = tile.alt;
      button.append(shown);
    }
    const label = document.createElement("span");
    label.textContent = tile.label;
    button.append(label);
    button.onclick = () => setTriggerValue("picked", tile.name);
    return button;
  });
  const focused = [...place.children].indexOf(parentElement.activeElement);
  const names = JSON.stringify(data.tiles.map((tile) => tile.name));
  const scrolled = place.dataset.names === names ? place.scrollLeft : null;
  place.dataset.names = names;
  place.replaceChildren(...buttons);
  // Other tiles than before: the chosen one comes into view, in the middle of the strip.
  const pressed = place.querySelector('[aria-pressed="true"]');
  const middle = pressed ? pressed.offsetLeft - (place.clientWidth - pressed.clientWidth) / 2 : 0;
  place.scrollLeft = scrolled ?? middle;
  if (focused >= 0) buttons[focused]?.focus();
}
