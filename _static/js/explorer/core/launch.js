// @ts-check
/** Start a worker made of modules. */

/**
 * A worker that has said that it is ready; null where a browser has none, or none made of modules.
 * @param {URL} address @returns {Promise<Worker | null>}
 */
export function launch(address) {
  return new Promise((resolve) => {
    try {
      const worker = new Worker(address, { type: "module" });
      worker.onmessage = () => resolve(worker); // its first message says that it is ready
      worker.onerror = (event) => {
        event.preventDefault();
        worker.terminate();
        resolve(null);
      };
    } catch {
      resolve(null);
    }
  });
}
