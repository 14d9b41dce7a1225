// Pointers on an element as gestures: moved by one, pinched by two, turned by a wheel, pressed without moving.
const STILL = 4; // px

export function watchGestures(element, { move, zoom, press, refuse = () => false, wheelNeeds = () => true }) {
  const pointers = new Map();
  let travelled = 0;

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || refuse(event)) return;
    pointers.set(event.pointerId, event);
    if (pointers.size === 1) travelled = 0;
  });

  element.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (pointers.size === 1) {
      travelled += Math.abs(x) + Math.abs(y);
      if (travelled > STILL) {
        if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
        element.classList.add("desk-moving");
        move(x, y);
      }
    } else if (pointers.size === 2) {
      travelled += STILL;
      pinch(before, event);
    }
    pointers.set(event.pointerId, event);
  });

  function pinch(before, event) {
    const other = [...pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
    const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
    zoom(distance(before) / distance(event), (event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2);
  }

  for (const type of ["pointerup", "pointercancel"]) {
    element.addEventListener(type, (event) => {
      if (!pointers.delete(event.pointerId)) return;
      element.classList.remove("desk-moving");
      if (type === "pointerup" && travelled <= STILL && pointers.size === 0) press(event);
    });
  }

  element.addEventListener(
    "wheel",
    (event) => {
      if (!wheelNeeds(event)) return;
      event.preventDefault();
      zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004), event.clientX, event.clientY);
    },
    { passive: false },
  );
}
