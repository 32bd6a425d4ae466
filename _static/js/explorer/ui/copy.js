// @ts-check
// The button that copies the address of this view.

/** @param {HTMLButtonElement} button @param {{say: (text: string) => void}} announcer */
export function createCopy(button, announcer) {
  const text = /** @type {HTMLElement} */ (button.querySelector("span"));
  const before = text.textContent;
  const onClick = async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(window.location.href);
    } catch {
      done = false; // not asked for by a person, or not over https
    }
    text.textContent = done ? "Copied" : "Copy it from the address bar";
    announcer.say(done ? "Link copied" : "The browser does not let the page copy; copy the link from the address bar");
    setTimeout(() => (text.textContent = before), 2500);
  };
  button.addEventListener("click", onClick);
  button.disabled = false;
  return { destroy: () => button.removeEventListener("click", onClick) };
}
