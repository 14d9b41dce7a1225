/**
 * JSON from the server. What goes wrong is an Error whose message can be shown.
 * @param {string} url
 * @param {RequestInit} [options]
 */
export async function getJson(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached: is the network there?", { cause: error });
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Error(body?.detail ?? `The server answered ${response.status}.`);
  return body;
}

/**
 * @param {string} url
 * @param {unknown} value sent as JSON
 */
export function postJson(url, value) {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  return getJson(url, { method: "POST", headers, body: JSON.stringify(value) });
}
