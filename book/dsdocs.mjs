// The roles of dsdocs for Jupyter Book 2.x, which reads the pages without Sphinx: they show the key instead of the value.
const role = (name) => ({
  name,
  doc: `The key of a ${name}; dsdocs inserts its value.`,
  body: { type: String },
  run: (data) => [{ type: "inlineCode", value: data.body }],
});

export default { name: "dsdocs", roles: [role("fact"), role("dataset"), role("claim")] };
