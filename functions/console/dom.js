// Elements. Every text becomes a text node: nothing here, and nothing that uses it, makes markup of a string.

const SVG = "http://www.w3.org/2000/svg";

/// `h("a", { class: "quiet", href }, "text", child)`. `on` has listeners; null, undefined and false are left out.
export function h(tag, attributes, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

/// The same, for pictures.
export function s(tag, attributes, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  const wanted = children.flat(Infinity).filter((it) => it !== null && it !== undefined && it !== false);
  return wanted.map((it) => (it instanceof Node ? it : document.createTextNode(String(it))));
}

/// Replaces what is in `place`. What has the focus keeps it if there is something of the same `data-key` again, and
/// what was unfolded stays so.
export function show(place, ...children) {
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = [...place.querySelectorAll("details[open][data-key]")].map((it) => it.dataset.key);
  place.replaceChildren(...nodes(children));
  const keyed = (key) => place.querySelector(`[data-key="${CSS.escape(key)}"]`);
  for (const key of open) keyed(key)?.setAttribute("open", "");
  if (focused) keyed(focused)?.focus({ preventScroll: true });
}

/// Says it to who listens instead of looking.
export function say(text) {
  document.getElementById("said").textContent = text;
}

/// Calls `what` once nobody has asked for it for so many milliseconds.
export function calmly(milliseconds, what) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(what, milliseconds);
  };
}
