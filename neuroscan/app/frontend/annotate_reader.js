// Remembers the reader's name in this browser, so that it is there again after a reload and in no link.

const PLACE = "neuroscan reader";

export default function ({ data, setStateValue }) {
  try {
    if (data.name) localStorage.setItem(PLACE, data.name);
    else if (data.forget) localStorage.removeItem(PLACE);
    else {
      const name = localStorage.getItem(PLACE) ?? "";
      // Asked again, the server has not heard: with the time beside it the answer is another one, and is sent again.
      setStateValue("name", name ? `${Date.now()} ${name}` : "");
    }
  } catch {
    setStateValue("name", ""); // storage is switched off in this browser
  }
}
