// Pointers on an element as gestures: moved by one, pinched by two, zoomed by a wheel, pressed without moving.

/**
 * @typedef {object} Gestures
 * @property {(x: number, y: number) => void} move by px
 * @property {(factor: number, x: number, y: number) => void} zoom around a point of the window
 * @property {(event: PointerEvent) => void} press
 * @property {(event: PointerEvent) => boolean} ignores whose pointers are not gestures
 * @property {(event: WheelEvent) => boolean} zooms whether a wheel does
 */

const STILL = 4; // px: a pointer that travels less is pressed

/**
 * @param {HTMLElement} element
 * @param {Gestures} gestures
 */
export function watchGestures(element, { move, zoom, press, ignores, zooms }) {
  /** @type {Map<number, PointerEvent>} */
  const pointers = new Map();
  let travelled = 0;

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || ignores(event)) return;
    pointers.set(event.pointerId, event);
    if (pointers.size === 1) travelled = 0;
  });

  element.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    pointers.set(event.pointerId, event);
    const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
    travelled += Math.abs(x) + Math.abs(y);
    if (pointers.size === 2) pinch(before, event);
    if (pointers.size > 1 || travelled <= STILL) return;
    if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
    element.classList.add("desk-moving");
    move(x, y);
  });

  /**
   * @param {PointerEvent} before
   * @param {PointerEvent} event
   */
  function pinch(before, event) {
    travelled += STILL;
    for (const other of pointers.values()) {
      if (other === event) continue;
      /** @type {(one: PointerEvent) => number} */
      const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      zoom(
        distance(before) / distance(event),
        (event.clientX + other.clientX) / 2,
        (event.clientY + other.clientY) / 2,
      );
    }
  }

  for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
    element.addEventListener(type, (event) => {
      if (!pointers.delete(event.pointerId)) return;
      element.classList.remove("desk-moving");
      if (type === "pointerup" && travelled <= STILL && pointers.size === 0) press(event);
    });
  }

  element.addEventListener(
    "wheel",
    (event) => {
      if (!zooms(event)) return;
      event.preventDefault();
      zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004), event.clientX, event.clientY);
    },
    { passive: false },
  );
}
