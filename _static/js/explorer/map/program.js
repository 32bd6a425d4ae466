// @ts-check
/** Small helpers around WebGL2. */

/** @param {WebGL2RenderingContext} gl @param {string} vertex source @param {string} fragment source */
export function makeProgram(gl, vertex, fragment) {
  const program = gl.createProgram();
  for (const type of [gl.VERTEX_SHADER, gl.FRAGMENT_SHADER]) {
    const shader = gl.createShader(type);
    if (!shader || !program) throw new Error("WebGL gives no shader");
    const source = type === gl.VERTEX_SHADER ? vertex : fragment;
    gl.shaderSource(shader, `#version 300 es\nprecision highp float;\nprecision highp int;\n${source}`);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`WebGL program: ${gl.getProgramInfoLog(program)}`);
  }
  const names = new Map();
  return {
    use: () => gl.useProgram(program),
    /** @param {string} name */
    place(name) {
      if (!names.has(name)) names.set(name, gl.getUniformLocation(program, name));
      return names.get(name);
    },
  };
}

/** @param {WebGL2RenderingContext} gl @param {ArrayBufferView | null} data @param {number} [usage] */
export function makeBuffer(gl, data, usage = gl.STATIC_DRAW) {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  if (data) gl.bufferData(gl.ARRAY_BUFFER, data, usage);
  return buffer;
}

/** Colours by index, in lines of 256. @param {WebGL2RenderingContext} gl @param {WebGLTexture | null} texture
 *  @param {Uint32Array} lut pixels */
export function fillPalette(gl, texture, lut) {
  const lines = Math.ceil(lut.length / 256);
  const bytes = new Uint8Array(lines * 1024);
  bytes.set(new Uint8Array(lut.buffer, lut.byteOffset, lut.byteLength));
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, lines, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
}
