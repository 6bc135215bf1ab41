// Remembers the reader's name in this browser, so that it is there again after a reload and in no link.

const PLACE = "neuroscan reader";

export default function ({ data, setStateValue }) {
  try {
    if (data.name) localStorage.setItem(PLACE, data.name);
    else if (data.forget) localStorage.removeItem(PLACE);
    else if (localStorage.getItem(PLACE)) setStateValue("name", localStorage.getItem(PLACE));
  } catch {
    // storage is switched off in this browser
  }
}
