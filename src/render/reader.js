(most) => {
  // Serialises the page as it is shown: scripts emptied, frames and shadow trees in their places, `hidden` where the computed
  // style shows nothing. Runs apart from the page's own scripts and changes nothing.
  const VOID = new Set(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]);
  const DROPPED = new Set(["style", "noscript", "template", "noframes"]);
  const DEPTH = 500;
  const out = [];
  const frames = [];
  let size = 0, cut = false, painted = false;

  const put = (text) => {
    if (cut || size + text.length > most) {
      cut = true;
      return;
    }
    size += text.length;
    out.push(text);
  };
  const fits = (text) => {
    if (size + text.length > most) cut = true;
    return !cut;
  };
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const quoted = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;");
  const closed = (style, way) => style["overflow" + way] === "hidden" || style["overflow" + way] === "clip";

  // Nothing of it is on the page, whatever its children say.
  const gone = (element, style) => {
    if (style.display === "none") return true;
    if (style.display === "contents" || style.display === "inline") return false;
    const box = element.getBoundingClientRect();
    return (box.width === 0 && closed(style, "X")) || (box.height === 0 && closed(style, "Y"));
  };

  // It fills much of the page's width without a word that could be read: a canvas, what a closed shadow tree may hold, or a
  // picture laid behind an empty box where footers stand.
  const paints = (element, name, style) => {
    const box = element.getBoundingClientRect();
    if (box.width <= innerWidth * 0.6) return false;
    if (name === "canvas") return true;
    if (element.shadowRoot || box.height < 20 || element.firstElementChild || element.textContent.trim() !== "") return false;
    const low = box.top + scrollY > document.documentElement.scrollHeight * 0.6;
    return name.includes("-") || (low && style.backgroundImage.includes("url("));
  };

  const attributes = (element, hidden) => {
    for (const { name, value } of element.attributes) {
      if (name === "hidden" || !/^[^\s"'<>\/=]+$/.test(name)) continue;
      const text = value.startsWith("data:") ? value.slice(0, 100) : value;
      if (!fits(text)) return;
      put(` ${name}="${quoted(text)}"`);
    }
    if (hidden) put(' hidden=""');
  };

  const children = (element, style, depth) => {
    if (element.shadowRoot) return nodes(element.shadowRoot.childNodes, style, depth);
    if (element.localName === "slot") {
      const given = element.assignedNodes({ flatten: true });
      return nodes(given.length ? given : element.childNodes, style, depth);
    }
    return nodes(element.childNodes, style, depth);
  };

  const nodes = (list, style, depth) => {
    for (const node of list) {
      if (cut) return;
      if (node.nodeType === 3) text(node.data, style);
      else if (node.nodeType === 1) element(node, depth);
      else if (node.nodeType === 8 && fits(node.data)) put(`<!--${node.data.replace(/--+/g, "-")}-->`);
    }
  };

  const text = (data, style) => {
    if (!fits(data)) return;
    const unseen = style && (style.visibility !== "visible" || style.fontSize === "0px") && data.trim() !== "";
    put(unseen ? `<span hidden="">${escaped(data)}</span>` : escaped(data));
  };

  const element = (node, depth) => {
    if (depth > DEPTH) {
      cut = true;
      return;
    }
    const name = node.localName;
    if (DROPPED.has(name)) return;
    const style = node.ownerDocument.defaultView.getComputedStyle(node);
    const hidden = gone(node, style) || (style.visibility !== "visible" && !node.firstElementChild);
    if (name === "script") {
      put("<script");
      attributes(node, false);
      put("></script>");
      return;
    }
    if (name === "iframe" || name === "frame") return frame(node, style, hidden, depth);
    const tag = name === "frameset" ? "div" : name;
    if (!/^[a-z][a-z0-9:-]*$/.test(tag)) return;
    if (!hidden && paints(node, name, style)) painted = true;
    put(`<${tag}`);
    attributes(node, hidden);
    put(">");
    if (VOID.has(name)) return;
    children(node, style, depth + 1);
    put(`</${tag}>`);
  };

  const frame = (node, style, hidden, depth) => {
    let inside = null;
    try {
      inside = node.contentDocument;
    } catch {}
    if (!inside || !inside.documentElement) {
      if (!hidden && style.visibility === "visible" && node.src && frames.length < 20) frames.push(String(node.src).slice(0, 300));
      return;
    }
    put("<div");
    if (hidden) put(' hidden=""');
    put(">");
    const top = inside.body || inside.documentElement;
    nodes(top.childNodes, inside.defaultView.getComputedStyle(top), depth + 1);
    put("</div>");
  };

  put("<!DOCTYPE html>");
  if (document.documentElement) element(document.documentElement, 0);
  return { html: out.join(""), cut, frames, painted, url: document.URL };
}
