// A stand-in for Jupyter's side of anywidget: a model whose changes and messages go to window.__to_python.
async ([esm, css, state]) => {
  const decode = v => v && v.b64 !== undefined
    ? new DataView(Uint8Array.from(atob(v.b64), c => c.charCodeAt(0)).buffer) : v;
  const bytes = v => v instanceof DataView ? new Uint8Array(v.buffer, v.byteOffset, v.byteLength)
    : v instanceof ArrayBuffer || ArrayBuffer.isView(v) ? new Uint8Array(v.buffer || v) : null;
  const encode = v => { const b = bytes(v); return b ? { b64: btoa(String.fromCharCode(...b)) } : v; };
  for (const k in state) state[k] = decode(state[k]);
  if (css) document.head.append(Object.assign(document.createElement('style'), { textContent: css }));
  const listeners = {}, dirty = new Set();
  const fire = (e, ...a) => [...(listeners[e] || [])].forEach(f => f(...a));
  window.saved = []; window.sent = []; window.connected = true;
  window.receive = ({ state: changed, messages }) => {
    for (const k in changed) state[k] = decode(changed[k]);
    for (const k in changed) fire('change:' + k, model, state[k]);
    if (Object.keys(changed).length) fire('change', model);
    for (const m of messages) fire('msg:custom', m, []);
  };
  const toPython = async what => { if (window.connected) window.receive(await window.__to_python(what)); };
  const model = window.model = {
    get: k => state[k],
    set: (k, v) => { if (typeof k === 'object') { for (const n in k) model.set(n, k[n]); return; }
      const same = state[k] === v; state[k] = v; dirty.add(k);
      if (!same) { fire('change:' + k, model, v); fire('change', model); } },
    save_changes: () => { const out = {}; for (const k of dirty) out[k] = encode(state[k]); dirty.clear();
      window.saved.push(out); toPython({ state: out }); },
    on: (e, f) => { for (const n of e.split(' ')) (listeners[n] ||= []).push(f); },
    off: (e, f) => { for (const n of (e || '').split(' '))
      listeners[n] = (listeners[n] || []).filter(g => f && g !== f); },
    send: content => { window.sent.push(content); toPython({ content }); },
  };
  const module = await import(URL.createObjectURL(new Blob([esm], { type: 'text/javascript' })));
  const widget = typeof module.default === 'function' ? await module.default() : module.default;
  if (widget.initialize) await widget.initialize({ model });
  document.body.replaceChildren();
  window.cleanups = [];
  window.display = async () => {
    const el = document.createElement('div'); document.body.append(el);
    window.cleanups.push([el, await widget.render({ model, el })]);
  };
  window.undisplay = async n => {
    const [el, stop] = window.cleanups[n];
    if (stop) await stop();
    el.remove();
  };
  await window.display();
}
