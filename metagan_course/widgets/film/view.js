// Sliders and one picture. A native range input brings arrow keys, Home, End and the screen reader with it.

function slider(model, name, count) {
  const row = document.createElement("label");
  row.style.cssText = "display:inline-flex;gap:.6em;align-items:center;margin-right:2em";
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: 0, max: count - 1, step: 1 });
  input.setAttribute("aria-label", name);
  const place = document.createElement("output");
  place.style.minWidth = "2em";
  const follow = () => { input.value = place.value = model.get("at")[name] ?? 0; };
  input.addEventListener("input", () => {
    place.value = input.value;
    model.set("at", { ...model.get("at"), [name]: Number(input.value) });
    model.save_changes();
  });
  row.append(name.replaceAll("_", " "), input, place);
  follow();
  model.on("change:at", follow);
  return { row, forget: () => model.off("change:at", follow) };
}

function render({ model, el }) {
  const sliders = Object.entries(model.get("sliders")).map(([name, count]) => slider(model, name, count));
  const bar = document.createElement("div");
  bar.append(...sliders.map((one) => one.row));
  const picture = document.createElement("img");
  picture.style.cssText = "display:block;max-width:100%";
  let address = "";
  const show = () => {
    const old = address;
    address = URL.createObjectURL(new Blob([model.get("picture")], { type: "image/png" }));
    picture.onload = () => {
      picture.style.minHeight = `${picture.offsetHeight}px`; // the next picture must not make the page jump
      picture.dataset.frame = model.get("frame");
      if (old) URL.revokeObjectURL(old);
    };
    picture.alt = model.get("words");
    picture.src = address;
  };
  show();
  model.on("change:frame", show);
  el.append(bar, picture);
  return () => {
    sliders.forEach((one) => one.forget());
    model.off("change:frame", show);
    URL.revokeObjectURL(address);
  };
}

export default { render };
