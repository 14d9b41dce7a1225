// Adds the local time to the title of a UTC time on hover.
function addLocalTime(event) {
  const time = event.target.closest?.("time[datetime]");
  if (!time || time.title) return;
  const local = new Date(time.dateTime);
  if (!Number.isNaN(local.valueOf())) {
    time.title = `${time.dateTime}\n${local.toLocaleString([], { dateStyle: "full", timeStyle: "long" })}`;
  }
}
document.addEventListener("pointerover", addLocalTime);
document.addEventListener("focusin", addLocalTime);
