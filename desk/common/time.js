// Moments: unix seconds, file names of images, and words.
const pad = (number) => String(number).padStart(2, "0");

function parts(seconds) {
  const date = new Date(seconds * 1000);
  return {
    day: `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`,
    time: [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(pad),
  };
}

export function imageName(device, seconds) {
  const { day, time } = parts(seconds);
  return `${device}.${day}_${time.join("-")}.jpg`;
}

export function utc(seconds, { withSeconds = false } = {}) {
  const { day, time } = parts(seconds);
  return `${day} ${time.slice(0, withSeconds ? 3 : 2).join(":")} UTC`;
}

export function iso(seconds) {
  const { day, time } = parts(seconds);
  return `${day}T${time.join(":")}Z`;
}

// The reader's own time, as a list: empty where that is UTC.
export function own(seconds) {
  if (new Date(seconds * 1000).getTimezoneOffset() === 0) return [];
  const form = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  return [new Date(seconds * 1000).toLocaleString("en-GB", form)];
}
