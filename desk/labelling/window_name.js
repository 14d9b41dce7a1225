// Each window of a person has tuboids of its own before it: the server tells them apart by these names.

const STORAGE_KEY = "desk-browser";

/**
 * The first name of this browser that no other window has, which is that of the window that was closed last. It is
 * held until this window is closed or loaded anew.
 * @returns {Promise<string>}
 */
export async function takeWindowName() {
  const browser = localStorage.getItem(STORAGE_KEY) ?? randomName();
  localStorage.setItem(STORAGE_KEY, browser);
  if (!navigator.locks) return `${browser}-${nameOfTab()}`; // without HTTPS
  for (let number = 1; ; number++) {
    const name = `${browser}-${number}`;
    if (await takeLock(`desk-window:${name}`)) return name;
  }
}

/** @param {string} name */
function takeLock(name) {
  return new Promise((resolve) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {}); // for as long as there is this page
    });
  });
}

function nameOfTab() {
  const name = sessionStorage.getItem(STORAGE_KEY) ?? randomName();
  sessionStorage.setItem(STORAGE_KEY, name);
  return name;
}

function randomName() {
  return [...crypto.getRandomValues(new Uint32Array(2))].map((number) => number.toString(36)).join("");
}
