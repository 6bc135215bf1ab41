// Stands on every page: sees that the page one leaves for is drawn, that Back leads to the page before, and that a page
// outlives its server.

const LINKS = "[data-testid=stSidebarNavLink], [data-testid=stPageLink-NavLink]";

// What a page tells while another one comes (a slider's last step, a click on a picture, the canvas that is done) leaves
// that other page blank (github.com/streamlit/streamlit/issues/16708): then it is asked for once more. A reload would
// lose drawings and uploads. A page may be long at work: only looks at one that is done count.
function drawIfBlank(looks = 40) {
  const isIdle = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning";
  if (isIdle && !document.querySelector("[data-testid=stMain] h1")) {
    document.querySelector("[data-testid=stSidebarNavLink][aria-current=page]")?.click();
  } else if (looks) {
    setTimeout(drawIfBlank, 250, isIdle ? looks - 1 : looks);
  }
}

function onClick(event) {
  if (event.target.closest?.(LINKS)) drawIfBlank();
}

function onHistory() {
  drawIfBlank();
}

// What a page writes to its address, as at every step of a slider, Streamlit adds to the browser's history: Back would go
// through it all. An entry is a page.
function pushPage(state, title, url) {
  const isSamePage = new URL(url ?? "", location.href).pathname === location.pathname;
  History.prototype[isSamePage ? "replaceState" : "pushState"].call(history, state, title, url);
}

// A server that was started anew knows of no page. Streamlit connects to it without asking for one, and what then moves in
// a part of the page, such as the threshold, is lost: so the page runs again after each new connection.
function onConnection(tell) {
  const app = document.querySelector("[data-testid=stApp]");
  const isConnected = () => app.dataset.testConnectionState === "CONNECTED";
  let was = isConnected();
  const watcher = new MutationObserver(() => {
    if (isConnected() && !was) tell();
    was = isConnected();
  });
  watcher.observe(app, { attributeFilter: ["data-test-connection-state"] });
  return watcher;
}

export default function ({ setStateValue }) {
  document.addEventListener("click", onClick);
  window.addEventListener("popstate", onHistory);
  history.pushState = pushPage;
  const watcher = onConnection(() => setStateValue("connected", Date.now()));
  return () => {
    document.removeEventListener("click", onClick);
    window.removeEventListener("popstate", onHistory);
    watcher.disconnect();
  };
}
