// On hover, a moment in UTC also says what it is in the reader's own time zone.
function addOwnTime(event) {
  const time = event.target.closest?.("time[datetime]");
  if (!time || time.title) return;
  const own = new Date(time.dateTime);
  if (!Number.isNaN(own.valueOf())) {
    time.title = `${time.dateTime}\n${own.toLocaleString([], { dateStyle: "full", timeStyle: "long" })}`;
  }
}
document.addEventListener("pointerover", addOwnTime);
document.addEventListener("focusin", addOwnTime);
