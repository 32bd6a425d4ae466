// @ts-check
// Runs before the page's own script, which has many parts: the worker has parts of its own, and both come side by side.
import { startEarly } from "./core/backend.js";

if (document.documentElement.classList.contains("ds-x-on")) startEarly();
