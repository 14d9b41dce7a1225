// A request that failed, with a message that can be shown. `status`: of the answer, 0 where there was none; `items`:
// what of the request is to blame, as the server lists it.
export class RequestError extends Error {
  /**
   * @param {string} message
   * @param {number} status
   * @param {ErrorOptions} [options]
   */
  constructor(message, status, options) {
    super(message, options);
    this.status = status;
    /** @type {{ index: number, column?: string, detail: string }[]} */
    this.items = [];
  }
}

/**
 * JSON from the server. What goes wrong is a RequestError.
 * @param {string} url
 * @param {RequestInit} [options]
 */
export async function getJson(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new RequestError("The server cannot be reached: is the network there?", 0, { cause: error });
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) {
    const error = new RequestError(body?.detail ?? unexplained(response.status), response.status);
    error.items = body?.items ?? [];
    throw error;
  }
  return body;
}

/**
 * @param {string} url
 * @param {unknown} value sent as JSON
 * @param {RequestInit} [options]
 */
export function postJson(url, value, options = {}) {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  return getJson(url, { method: "POST", headers, body: JSON.stringify(value), ...options });
}

// A page that was opened before its user signed in anew has an old CSRF token: the refusal has no explanation.
/** @param {number} status */
function unexplained(status) {
  if (status === 403) return "You have signed in since this page was opened: it must be loaded again.";
  return `The server answered ${status}.`;
}
