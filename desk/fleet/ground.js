// Coasts and borders of Natural Earth, drawn on a canvas below the map.

/** @typedef {{ points: number[][], west: number, east: number, south: number, north: number }} Outline */
/** @typedef {{ x: (longitude: number) => number, y: (latitude: number) => number, width: number, height: number }} Projection */

const { topojson } = /** @type {any} */ (window);

/** @param {number[][]} points @returns {Outline} */
function outline(points) {
  const [longitudes, latitudes] = [points.map(([longitude]) => longitude), points.map(([, latitude]) => latitude)];
  return {
    points,
    west: Math.min(...longitudes),
    east: Math.max(...longitudes),
    south: Math.min(...latitudes),
    north: Math.max(...latitudes),
  };
}

export class Ground {
  /** @type {Outline[]} */
  #land = [];
  /** @type {Outline[]} */
  #borders = [];

  /** @param {string} url of a TopoJSON file of world-atlas */
  static async load(url) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`The ground of the map cannot be loaded: ${response.status}`);
    const topology = await response.json();
    const ground = new Ground();
    const { land, countries } = topology.objects;
    ground.#land = topojson
      .merge(topology, land.geometries ?? [land])
      .coordinates.flat()
      .map(outline);
    const inside = (/** @type {unknown} */ one, /** @type {unknown} */ other) => one !== other;
    ground.#borders = topojson.mesh(topology, countries, inside).coordinates.map(outline);
    return ground;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Projection} projection
   * @param {{ land: string, coast: string, border: string }} colours
   */
  draw(context, projection, { land, coast, border }) {
    context.clearRect(0, 0, projection.width, projection.height);
    context.beginPath();
    for (const ring of this.#land) trace(context, projection, ring);
    context.fillStyle = land;
    context.fill("evenodd");
    context.strokeStyle = coast;
    context.stroke();
    context.beginPath();
    for (const line of this.#borders) trace(context, projection, line);
    context.strokeStyle = border;
    context.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Projection} projection
 * @param {Outline} line
 */
function trace(context, { x, y, width, height }, { points, west, east, south, north }) {
  if (x(east) < 0 || x(west) > width || y(south) < 0 || y(north) > height) return;
  for (const [index, [longitude, latitude]] of points.entries()) {
    const isNext = index && Math.abs(longitude - points[index - 1][0]) < 180; // else it crosses the 180th meridian
    if (isNext) context.lineTo(x(longitude), y(latitude));
    else context.moveTo(x(longitude), y(latitude));
  }
}
