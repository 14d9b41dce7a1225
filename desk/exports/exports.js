// While a job is open, its row says how far it is.
import { byId } from "../common/dom.js";

const PAUSE = 2000; // milliseconds

const list = byId("exports");

function isActive() {
  return list.querySelector("[data-active]")?.getAttribute("data-active") === "yes";
}

async function refresh() {
  if (!document.hidden) {
    const response = await fetch(list.dataset.url ?? "", { credentials: "same-origin" }).catch(() => null);
    if (response?.redirected)
      location.reload(); // to the sign-in page: the session has ended
    else if (response?.ok && !list.contains(document.activeElement)) list.innerHTML = await response.text();
  }
  if (isActive()) window.setTimeout(refresh, PAUSE);
}

if (isActive()) window.setTimeout(refresh, PAUSE);
