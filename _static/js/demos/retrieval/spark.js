// @ts-check
/** The numbers of a descriptor as small bars up and down from zero. */
const SVG = "http://www.w3.org/2000/svg";
const [HEIGHT, BAR] = [40, 4];

/** @param {Float32Array} vector @param {string} name what it is, for who cannot see it */
export function spark(vector, name) {
  const most = vector.reduce((far, value) => Math.max(far, Math.abs(value)), 1e-12);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${vector.length * BAR} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", name);
  svg.setAttribute("class", "ds-d-spark");
  const path = document.createElementNS(SVG, "path");
  const middle = HEIGHT / 2;
  path.setAttribute("d", Array.from(vector, (value, at) => {
    const length = (value / most) * (middle - 1);
    return `M${at * BAR + 0.5} ${middle}v${(-length).toFixed(2)}h${BAR - 1}v${length.toFixed(2)}z`;
  }).join(""));
  svg.append(path);
  return svg;
}
