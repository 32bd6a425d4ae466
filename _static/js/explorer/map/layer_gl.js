// @ts-check
/** Patches by WebGL2: points, and footprints as instanced quads. */
import { worldPixels } from "./mercator.js";
import { fillPalette, makeBuffer, makeProgram } from "./program.js";
import { smallestOf } from "./raster.js";

/** @typedef {import("./types.js").Frame} Frame */

/** Footprints that are drawn at once; beyond it, points. */
export const MOST_QUADS = 40000;

// A patch of the selection lies nearer, so that it covers the others whatever their order.
const POINT = `
layout(location = 0) in float x; layout(location = 1) in float y; layout(location = 2) in uint state;
uniform vec4 place; uniform float size; uniform sampler2D palette; flat out vec4 colour;
void main() {
  gl_Position = vec4(x * place.x + place.z, -(y * place.y + place.w), state == 0u ? 0.5 : 0.0, 1.0);
  gl_PointSize = size;
  colour = texelFetch(palette, ivec2(int(state & 255u), int(state >> 8)), 0);
}`;
const PLAIN = `
flat in vec4 colour; out vec4 pixel;
void main() { pixel = vec4(colour.rgb * colour.a, colour.a); }`;
const QUAD = `
layout(location = 0) in vec4 upper; layout(location = 1) in vec4 lower; layout(location = 2) in uint state;
uniform vec2 screen; uniform sampler2D palette; flat out vec4 colour; out vec2 at; flat out vec2 size;
void main() {
  int corner = int[6](0, 1, 2, 0, 2, 3)[gl_VertexID];
  vec2 spot = corner == 0 ? upper.xy : corner == 1 ? upper.zw : corner == 2 ? lower.xy : lower.zw;
  at = vec2(corner == 1 || corner == 2 ? 1.0 : 0.0, corner > 1 ? 1.0 : 0.0);
  size = vec2(distance(upper.xy, upper.zw), distance(upper.zw, lower.xy));
  gl_Position = vec4(spot / screen * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
  colour = texelFetch(palette, ivec2(int(state & 255u), int(state >> 8)), 0);
}`;
const FRAMED = `
flat in vec4 colour; in vec2 at; flat in vec2 size; out vec4 pixel;
void main() {
  vec2 edge = min(at, 1.0 - at) * size;
  float alpha = colour.a * (min(edge.x, edge.y) < 1.0 ? 1.0 : 0.5);
  pixel = vec4(colour.rgb * alpha, alpha);
}`;

/** WebGL by software took two to ten times as long for a frame as the canvas layer; not every browser that does so
 *  minds `failIfMajorPerformanceCaveat`. @param {WebGL2RenderingContext} gl */
function isSoftware(gl) {
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
}

/**
 * @param {HTMLCanvasElement} canvas @param {Float32Array} x local @param {Float32Array} y
 * @param {number} rows @param {boolean} fast whether it has to be hardware
 * @returns {{draw: (frame: Frame) => void, destroy: () => void} | null} null without WebGL2
 */
export function createGlLayer(canvas, x, y, rows, fast) {
  const gl = canvas.getContext("webgl2", { antialias: false, depth: true, failIfMajorPerformanceCaveat: fast });
  if (!gl || (fast && isSoftware(gl))) return null;
  const [points, quads] = [makeProgram(gl, POINT, PLAIN), makeProgram(gl, QUAD, FRAMED)];
  const [bufferX, bufferY] = [makeBuffer(gl, x), makeBuffer(gl, y)];
  const states = makeBuffer(gl, new Uint16Array(rows), gl.DYNAMIC_DRAW);
  const [corners, quadStates] = [makeBuffer(gl, null), makeBuffer(gl, null)];
  const palette = gl.createTexture();
  /** @type {Uint32Array | null} */
  let lut = null;
  let version = -1;

  const attribute = (/** @type {number} */ place, /** @type {WebGLBuffer | null} */ buffer, /** @type {number} */ count,
    /** @type {number} */ stride, /** @type {number} */ offset, /** @type {number} */ every) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(place);
    if (place === 2) gl.vertexAttribIPointer(place, 1, gl.UNSIGNED_SHORT, 0, 0);
    else gl.vertexAttribPointer(place, count, gl.FLOAT, false, stride, offset);
    gl.vertexAttribDivisor(place, every);
  };

  /** @param {Frame} frame */
  function drawPoints({ view, ratio, centre, blocks, visible, state, stateVersion }) {
    points.use();
    attribute(0, bufferX, 1, 0, 0, 0);
    attribute(1, bufferY, 1, 0, 0, 0);
    attribute(2, states, 1, 0, 0, 0);
    if (version !== stateVersion) gl?.bufferSubData(gl.ARRAY_BUFFER, 0, state);
    version = stateVersion;
    const scale = worldPixels(view.zoom);
    const [sx, sy] = [(2 * scale) / view.width, (2 * scale) / view.height];
    gl?.uniform4f(points.place("place"), sx, sy, (centre[0] - view.x) * sx, (centre[1] - view.y) * sy);
    let [from, to, size] = [0, 0, 0];
    const flush = () => to > from && (gl?.uniform1f(points.place("size"), size), gl?.drawArrays(gl.POINTS, from, to - from));
    for (const block of visible) {
      const wide = Math.max(smallestOf(state.length), Math.max(blocks.width[block], blocks.height[block]) * scale) * ratio;
      // Neighbouring blocks of nearly the same size are one call.
      if (blocks.start[block] !== to || Math.abs(wide - size) > 0.25) {
        flush();
        [from, size] = [blocks.start[block], wide];
      }
      to = blocks.end[block];
    }
    flush();
  }

  return {
    draw(frame) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      if (lut !== frame.lut) fillPalette(gl, palette, (lut = frame.lut));
      gl.bindTexture(gl.TEXTURE_2D, palette);
      if (!frame.quads) {
        gl.enable(gl.DEPTH_TEST);
        gl.disable(gl.BLEND);
        return drawPoints(frame);
      }
      gl.disable(gl.DEPTH_TEST);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      quads.use();
      gl.uniform2f(quads.place("screen"), frame.view.width, frame.view.height);
      gl.bindBuffer(gl.ARRAY_BUFFER, corners);
      gl.bufferData(gl.ARRAY_BUFFER, frame.quads.corners, gl.DYNAMIC_DRAW);
      gl.bindBuffer(gl.ARRAY_BUFFER, quadStates);
      gl.bufferData(gl.ARRAY_BUFFER, frame.quads.state, gl.DYNAMIC_DRAW);
      attribute(0, corners, 4, 32, 0, 1);
      attribute(1, corners, 4, 32, 16, 1);
      attribute(2, quadStates, 1, 0, 0, 1);
      gl.drawArraysInstanced(gl.TRIANGLES, 0, 6, frame.quads.count);
    },
    destroy: () => gl.getExtension("WEBGL_lose_context")?.loseContext(),
  };
}
