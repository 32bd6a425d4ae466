// @ts-check
/**
 * Formulas over bands: numbers, names, + - * / and parentheses, min, max, abs, sqrt. Parsed here, never run as code.
 *
 * A name that is more than letters, digits, _ and . stands in quotation marks: "band 1".
 */

/**
 * @typedef {{kind: "number", value: number}
 *   | {kind: "band", name: string}
 *   | {kind: "negative", of: Node}
 *   | {kind: "binary", operator: "+" | "-" | "*" | "/", left: Node, right: Node}
 *   | {kind: "call", name: "min" | "max" | "abs" | "sqrt", of: Node[]}} Node
 * @typedef {{text: string, at: number, kind: "number" | "name" | "sign" | "end"}} Token
 */

export const LONGEST = 300; // characters
export const DEEPEST = 24; // levels of parentheses, functions and signs
const TOKEN = /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_.]*)|"([^"]+)"|([-+*/(),]))/uy;
/** Least and most arguments. @type {Record<string, [number, number]>} */
const FUNCTIONS = { abs: [1, 1], max: [2, 8], min: [2, 8], sqrt: [1, 1] };

/** What is wrong with a formula, in words. */
export class FormulaError extends Error {
  /** @param {string} problem @param {number} at place in the text, counted from 0 */
  constructor(problem, at) {
    super(`${problem} (at character ${at + 1})`);
    this.name = "FormulaError";
    this.at = at;
  }
}

/**
 * @param {string} text
 * @param {readonly string[]} bands names that it may use
 * @returns {Node}
 */
export function parse(text, bands) {
  if (text.length > LONGEST) throw new FormulaError(`At most ${LONGEST} characters are read`, LONGEST);
  const tokens = tokensOf(text);
  let next = 0;
  const peek = () => tokens[next];
  /** @param {string} sign */
  const take = (sign) => tokens[next].kind === "sign" && tokens[next].text === sign && ++next > 0;

  /** @param {number} depth @returns {Node} */
  function sum(depth) {
    if (depth > DEEPEST) throw new FormulaError(`At most ${DEEPEST} levels of parentheses are read`, peek().at);
    let left = product(depth);
    while (["+", "-"].includes(peek().text) && peek().kind === "sign") left = binary(left, product, depth);
    return left;
  }
  /** @param {number} depth @returns {Node} */
  function product(depth) {
    let left = signed(depth);
    while (["*", "/"].includes(peek().text) && peek().kind === "sign") left = binary(left, signed, depth);
    return left;
  }
  /** @param {Node} left @param {(depth: number) => Node} operand @param {number} depth @returns {Node} */
  function binary(left, operand, depth) {
    const operator = /** @type {"+"} */ (tokens[next++].text);
    return { kind: "binary", operator, left, right: operand(depth) };
  }
  /** @param {number} depth @returns {Node} */
  function signed(depth) {
    let negative = false;
    while (peek().kind === "sign" && "+-".includes(peek().text)) negative = (tokens[next++].text === "-") !== negative;
    const of = primary(depth);
    return negative ? { kind: "negative", of } : of;
  }
  /** @param {number} depth @returns {Node} */
  function primary(depth) {
    const token = peek();
    if (take("(")) {
      const inner = sum(depth + 1);
      if (!take(")")) throw new FormulaError("A closing parenthesis is missing", peek().at);
      return inner;
    }
    if (token.kind === "number") return next++, { kind: "number", value: Number(token.text) };
    if (token.kind !== "name") throw new FormulaError(`A band or a number is missing before ${shown(token)}`, token.at);
    next++;
    if (take("(")) return call(token, depth);
    if (bands.includes(token.text)) return { kind: "band", name: token.text };
    throw new FormulaError(unknown(token.text, bands), token.at);
  }
  /** @param {Token} token @param {number} depth @returns {Node} */
  function call(token, depth) {
    if (!Object.hasOwn(FUNCTIONS, token.text)) {
      throw new FormulaError(`“${token.text}” is no function; there are ${Object.keys(FUNCTIONS).join(", ")}`, token.at);
    }
    const of = [sum(depth + 1)];
    while (take(",")) of.push(sum(depth + 1));
    if (!take(")")) throw new FormulaError("A closing parenthesis is missing", peek().at);
    const [least, most] = FUNCTIONS[token.text];
    if (of.length < least || of.length > most) {
      const wanted = least === most ? `${least} value` : `${least} to ${most} values`;
      throw new FormulaError(`${token.text} takes ${wanted}; it has ${of.length}`, token.at);
    }
    return { kind: "call", name: /** @type {"min"} */ (token.text), of };
  }

  if (tokens.length === 1) throw new FormulaError("The formula is empty", 0);
  const whole = sum(0);
  if (peek().kind !== "end") throw new FormulaError(`An operator is missing before ${shown(peek())}`, peek().at);
  if (!tokens.some(({ kind, text: name }) => kind === "name" && bands.includes(name))) {
    throw new FormulaError(`No band is in the formula; there are ${bands.join(", ")}`, 0);
  }
  return whole;
}

/** @param {string} text @returns {Token[]} the last one is the end */
function tokensOf(text) {
  /** @type {Token[]} */
  const tokens = [];
  const end = text.trimEnd().length;
  for (let at = 0; at < end; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const start = at + text.slice(at).search(/\S/);
    if (!match) throw new FormulaError(`“${[...text.slice(start)][0]}” is nothing that a formula has`, start);
    const [, number, name, quoted, sign] = match;
    const kind = number ? "number" : sign ? "sign" : "name";
    tokens.push({ text: number ?? name ?? quoted ?? sign, at: start, kind });
    at = TOKEN.lastIndex;
  }
  return [...tokens, { text: "", at: end, kind: "end" }];
}

/** @param {Token} token */
const shown = (token) => (token.kind === "end" ? "the end" : `“${token.text}”`);

/** @param {string} name @param {readonly string[]} bands */
function unknown(name, bands) {
  const near = bands.find((band) => band.toLowerCase() === name.toLowerCase());
  return `“${name}” is no band of this patch; ${near ? `did you mean ${near}?` : `it has ${bands.join(", ")}`}`;
}
