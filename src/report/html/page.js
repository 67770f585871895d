// What the page can do besides being read: filter tables and findings, and move about in the graph.
"use strict";
document.documentElement.classList.add("scripted");

const part = (id) => document.getElementById(id);
const setHidden = (element, hidden) => { if (element.hidden !== hidden) element.hidden = hidden; };

// Shows the filters of a part and calls `apply` with their fields, now and whenever one changes.
function filters(of, apply) {
  const form = of && of.querySelector("form.filters");
  if (!form) return null;
  form.hidden = false;
  const update = () => {
    const said = apply(new FormData(form));
    if (said !== undefined) form.querySelector("output").textContent = said;
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  update();
  return { form, update };
}

// What is chosen to see entrypoints that have nothing in a column.
const NONE = "— none";

function guards() {
  const table = part("matrix");
  if (!table) return null;
  const entries = [...table.tBodies].map((body) => {
    const cells = [...body.rows[0].cells].slice(1);
    return {
      body,
      text: body.rows[0].textContent.toLowerCase(),
      values: cells.map((cell) => [...cell.querySelectorAll("li")].map((item) => item.textContent)),
    };
  });
  const controls = filters(part("guards"), (fields) => {
    const text = fields.get("text").toLowerCase();
    const columns = [...fields].filter(([name, value]) => name !== "text" && value !== "");
    const has = (values, value) => value === NONE ? values.length === 0 : values.includes(value);
    let shown = 0;
    for (const { body, text: own, values } of entries) {
      const fits = own.includes(text) && columns.every(([column, value]) => has(values[column], value));
      setHidden(body, !fits);
      shown += fits;
    }
    return `${shown} of ${entries.length} entrypoints`;
  });
  // The name of an entrypoint opens and closes its evidence.
  table.addEventListener("click", (event) => {
    const link = event.target.closest("th[scope=row] a");
    if (!link) return;
    event.preventDefault();
    const details = link.closest("tbody").querySelector("details");
    details.open = !details.open;
    link.setAttribute("aria-expanded", details.open);
  });
  return controls;
}

function findings() {
  const files = [...document.querySelectorAll("#findings .file")];
  const all = files.map((file) => [file, [...file.querySelectorAll(".finding")]]);
  filters(part("findings"), (fields) => {
    const severities = new Set(fields.getAll("severity"));
    const rule = fields.get("rule");
    let shown = 0, count = 0;
    for (const [file, own] of all) {
      let any = false;
      for (const finding of own) {
        const fits = severities.has(finding.dataset.severity) && [finding.dataset.rule, ""].includes(rule);
        setHidden(finding, !fits);
        any ||= fits;
        shown += fits;
        count += 1;
      }
      setHidden(file, !any);
    }
    return `${shown} of ${count} findings`;
  });
}

function graph(guardsOf) {
  const svg = part("drawing");
  if (!svg) return;
  const nodes = [...svg.querySelectorAll(".node")].map((element) => {
    const rect = element.querySelector("rect");
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));
    return { element, name: element.getAttribute("aria-label"), left: x, top: y, right: x + width, bottom: y + height };
  });
  const edges = [...svg.querySelectorAll(".edge")].map((element) => ({
    element, from: Number(element.dataset.from), to: Number(element.dataset.to), kinds: [...element.classList].slice(1),
  }));
  const calling = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const putAway = new Set();
  const isShown = (node) => !node.element.hasAttribute("hidden");
  let view = svg.viewBox.baseVal;

  const look = (x, y, width, height) => {
    view = { x, y, width, height };
    svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
  };
  // All that is shown, and nothing larger than it was drawn.
  const fit = () => {
    const shown = nodes.filter(isShown);
    if (shown.length === 0) return;
    const [left, top] = [Math.min(...shown.map((node) => node.left)), Math.min(...shown.map((node) => node.top))];
    const [right, bottom] = [Math.max(...shown.map((node) => node.right)), Math.max(...shown.map((node) => node.bottom))];
    const width = Math.max(right - left + 24, svg.clientWidth), height = Math.max(bottom - top + 24, svg.clientHeight);
    look((left + right - width) / 2, (top + bottom - height) / 2, width, height);
  };
  const zoom = (factor, x = view.x + view.width / 2, y = view.y + view.height / 2) =>
    look(x + (view.x - x) * factor, y + (view.y - y) * factor, view.width * factor, view.height * factor);
  const move = (x, y) => look(view.x + x, view.y + y, view.width, view.height);

  const controls = filters(part("graph"), (fields) => {
    const name = fields.get("focus");
    const focus = nodes.findIndex((node) => node.name === name);
    const kinds = new Set(fields.getAll("kind")), groups = new Set(fields.getAll("group"));
    const hasGroups = svg.closest("section").querySelector("[name=group]") !== null;
    const hasIdle = svg.closest("section").querySelector("[name=idle]") === null || fields.has("idle");
    const wanted = edges.filter((edge) => edge.kinds.every((kind) => kinds.has(kind)));
    const near = new Set([focus, ...wanted.flatMap(({ from, to }) => from === focus ? [to] : to === focus ? [from] : [])]);
    nodes.forEach(({ element }, index) => {
      const { group } = element.dataset;
      const shown = index === focus || !putAway.has(index) && (focus < 0 || near.has(index))
        && (!hasGroups || group === "" || groups.has(group)) && (hasIdle || calling.has(index));
      element.toggleAttribute("hidden", !shown);
      element.classList.toggle("focused", index === focus);
    });
    edges.forEach(({ element }) => element.toggleAttribute("hidden", true));
    wanted.forEach(({ element, from, to }) => {
      const isNear = focus < 0 || from === focus || to === focus;
      element.toggleAttribute("hidden", !isNear || !isShown(nodes[from]) || !isShown(nodes[to]));
    });
    fit();
    const guards = part("graph").querySelector("a.guards");
    setHidden(guards, focus < 0);
    if (focus < 0) return `${nodes.filter(isShown).length} of ${nodes.length} shown`;
    guards.onclick = () => guardsOf(name);
    const count = (end) => wanted.filter((edge) => edge[end] === focus).length;
    return `${name}: calls ${count("from")}, called by ${count("to")}`;
  });
  part("graph").querySelector(".help").hidden = false;
  new ResizeObserver(fit).observe(svg);

  const { form, update } = controls;
  const focusOn = (name) => {
    form.elements.focus.value = form.elements.focus.value === name ? "" : name;
    update();
  };
  const showAll = () => {
    form.reset();
    putAway.clear();
    update();
  };
  const hide = (index) => {
    putAway.add(index);
    update();
  };
  const nodeAt = (event) => {
    const element = event.target.closest(".node");
    return element === null ? -1 : Number(element.dataset.node);
  };
  form.addEventListener("click", ({ target }) => {
    const action = { in: () => zoom(0.8), out: () => zoom(1.25), all: showAll }[target.value];
    if (target.type === "button" && action) action();
  });

  let from = null, hasMoved = false;
  svg.addEventListener("pointerdown", (event) => {
    from = event;
    hasMoved = false;
  });
  svg.addEventListener("pointermove", (event) => {
    if (from === null || event.buttons === 0) return;
    const [x, y] = [from.clientX - event.clientX, from.clientY - event.clientY];
    if (!hasMoved && Math.hypot(x, y) < 4) return;
    if (!hasMoved) svg.setPointerCapture(event.pointerId);
    hasMoved = true;
    from = event;
    const scale = 1 / svg.getScreenCTM().a;
    move(x * scale, y * scale);
  });
  svg.addEventListener("pointerup", () => { from = null; });
  svg.addEventListener("click", (event) => {
    const index = nodeAt(event);
    if (hasMoved || index < 0) return;
    if (event.shiftKey) hide(index);
    else focusOn(nodes[index].name);
  });
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    zoom(event.deltaY < 0 ? 0.85 : 1 / 0.85, at.x, at.y);
  }, { passive: false });
  svg.addEventListener("keydown", (event) => {
    const index = nodeAt(event), step = view.width / 10;
    const ofNode = { Enter: () => focusOn(nodes[index].name), " ": () => focusOn(nodes[index].name), Delete: () => hide(index) };
    const always = {
      "+": () => zoom(0.8), "-": () => zoom(1.25), Escape: showAll,
      ArrowLeft: () => move(-step, 0), ArrowRight: () => move(step, 0), ArrowUp: () => move(0, -step), ArrowDown: () => move(0, step),
    };
    const action = (index >= 0 && ofNode[event.key]) || always[event.key];
    if (!action || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  });
}

const matrix = guards();
findings();
graph((name) => {
  if (!matrix) return;
  matrix.form.elements.text.value = `${name}.`;
  matrix.update();
});
